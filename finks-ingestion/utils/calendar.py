"""Trading days of an exchange, known beforehand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import holidays

from utils.dates import Window, is_weekend

EXCHANGE = "XNYS"
"""New York, whose days all American exchanges keep."""


_EXCHANGES = "holidays.financial"


def _skip_other_exchanges() -> None:
    """Let an exchange be imported without its package, which imports all exchanges of the world.

    Some of these import all countries: 300 modules, 70 ms and 9 MB for nothing.
    """
    package = ModuleType(_EXCHANGES)
    package.__path__ = [str(Path(holidays.__file__).parent / "financial")]
    sys.modules.setdefault(_EXCHANGES, package)


@lru_cache(maxsize=8)
def _closed(exchange: str, first_year: int, last_year: int) -> holidays.HolidayBase:
    _skip_other_exchanges()
    return holidays.financial_holidays(exchange, years=range(first_year, last_year + 1))


def sessions(window: Window, exchange: str = EXCHANGE) -> Iterator[date]:
    """The days of a window on which an exchange trades, oldest first; a short day is one, too."""
    closed = _closed(exchange, window.start.year, window.end.year)
    return (day for day in window.days() if not is_weekend(day) and day not in closed)
