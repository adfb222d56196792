"""What a run would do, before it does it: its calls, their number, and how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.budgets import Cost
from connectors.costs import Expected
from connectors.errors import BudgetError, ExitCode

_MINUTE = 60.0


@dataclass(frozen=True)
class Preview:
    """The calls that a run would make for each dataset.

    The number is exact when the account's plan has the preferred endpoints, no call is repeated
    and no symbol is without records; `most` is what it can become. `refusal` is what the run
    would be refused with before its first call.
    """

    connector: str
    window: tuple[date, date]
    expected: Sequence[Expected]
    most: Cost
    calls_per_minute: int | None
    refusal: BudgetError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """That of the run, as far as it is known."""
        return self.refusal.exit_code if self.refusal else ExitCode.COMPLETE

    @property
    def calls(self) -> int:
        """Calls of all datasets."""
        return sum(len(each.calls) for each in self.expected)

    @property
    def seconds(self) -> float:
        """How long the limit of calls a minute makes them take at the least.

        The calls of the first minute go as fast as the source answers.
        """
        if not self.calls_per_minute or not self.calls:
            return 0.0
        return (self.calls - 1) // self.calls_per_minute * _MINUTE

    def summary(self) -> dict[str, Any]:
        """One line for JSON (dates by `default=str`), with every call."""
        return {
            "event": "plan",
            "connector": self.connector,
            "window": {"start": self.window[0], "end": self.window[1]},
            "calls": self.calls,
            "calls_at_most": self.most.calls,
            "bytes_at_most": self.most.received,
            "seconds_at_least": self.seconds,
            "calls_per_minute": self.calls_per_minute,
            "exit_code": int(self.exit_code),
            "error": str(self.refusal) if self.refusal else None,
            "datasets": {each.dataset.name: _dataset(each) for each in self.expected},
        }


def _dataset(each: Expected) -> dict[str, Any]:
    dates = each.plan.dates
    return {
        "reason": each.plan.reason,
        "dates": {
            "count": len(dates),
            "first": min(dates, default=None),
            "last": max(dates, default=None),
        },
        "symbols": len(each.plan.symbols),
        "calls": [{"endpoint": call.endpoint.path, **dict(call.parameters)} for call in each.calls],
    }
