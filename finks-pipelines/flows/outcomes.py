"""Final states of flow runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed

from config import EXCHANGE
from trading_days import Window

SKIPPED = "Skipped"
INCOMPLETE = "Incomplete"


def skipped(window: Window) -> State[Any]:
    """The window holds nothing to do, and that is no fault."""
    day = "is no trading day" if window.start == window.end else "holds no trading day"
    return Completed(name=SKIPPED, message=f"{window} {day} of {EXCHANGE}: nothing to do")


def completed(message: str, reasons: Sequence[str], data: Any = None) -> State[Any]:
    """Completed, or Incomplete for the reasons that are given."""
    if not reasons:
        return Completed(message=message, data=data)
    return Completed(name=INCOMPLETE, message=f"{message}. But: {'; '.join(reasons)}", data=data)


def restatement(days: Sequence[date]) -> str:
    """What a message says of dates outside of the window that changed; empty without any."""
    if not days:
        return ""
    span = str(days[0]) if len(days) == 1 else f"{days[0]}..{days[-1]}"
    return f"; {len(days)} other dates restated ({span})"
