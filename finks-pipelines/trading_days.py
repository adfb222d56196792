"""Trading days of the exchange, and the dates that a flow run is asked for.

``python -m trading_days --last 30`` prints the newest ones up to the market clock's today.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import exchange_calendars

from config import EXCHANGE, Settings
from errors import RequestRefusedError

# The calendar refuses questions outside of its bounds, and a question needs a session in them.
_MARGIN = timedelta(days=14)


def trading_days(start: date, end: date) -> tuple[date, ...]:
    """Days of `start` to `end` (inclusive) on which the exchange is open, oldest first."""
    # Without a start the calendar knows the last 20 years only.
    calendar = exchange_calendars.get_calendar(
        EXCHANGE, start=(start - _MARGIN).isoformat(), end=(end + _MARGIN).isoformat()
    )
    sessions = calendar.sessions_in_range(start.isoformat(), end.isoformat())
    return tuple(session.date() for session in sessions)


def last_trading_days(count: int, today: date) -> tuple[date, ...]:
    """The newest `count` trading days up to and with `today`, oldest first."""
    # 252 sessions a year; the margin covers the holidays at the end of a year.
    span = timedelta(days=count * 366 // 252 + 14)
    return trading_days(today - span, today)[-count:]


@dataclass(frozen=True)
class Window:
    """The days that a run is about: as asked for, and the trading days among them."""

    start: date
    end: date
    days: tuple[date, ...]

    def __str__(self) -> str:
        """One date, or both ends."""
        return f"{self.start}" if self.start == self.end else f"{self.start}..{self.end}"


def requested_window(
    today: date, day: str | None, start_date: str | None, end_date: str | None
) -> Window:
    """The window of a flow run's parameters; without any of them the clock's today.

    Raises RequestRefusedError for dates that are malformed, in the future or contradictory.
    """
    if day and (start_date or end_date):
        raise RequestRefusedError(
            "date and start_date/end_date are both given: give one date, or a range"
        )
    start = _parse("date" if day else "start_date", day or start_date)
    end = _parse("date" if day else "end_date", day or end_date)
    if start is None and end is not None:
        raise RequestRefusedError(f"end_date is {end} without a start_date: give both ends")
    end = end or today
    start = start or today
    if start > today or end > today:
        latest = max(start, end)
        raise RequestRefusedError(
            f"{latest} lies in the future: the market clock shows {today};"
            f" ask for {today} or an earlier date"
        )
    if start > end:
        raise RequestRefusedError(
            f"start_date {start} is after end_date {end}: exchange the two dates"
        )
    return Window(start, end, trading_days(start, end))


def _parse(name: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat also takes 20130215 and 2013-W07-5.
    if day is None or day.isoformat() != text:
        raise RequestRefusedError(
            f"{name} is {text!r}, which is no date: write it as YYYY-MM-DD, for example 2013-02-15"
        )
    return day


def main(argv: Sequence[str] | None = None) -> None:
    """Print the newest trading days, one a line, oldest first."""
    parser = argparse.ArgumentParser(prog="trading_days", description=main.__doc__)
    parser.add_argument("--last", type=int, default=1, metavar="N")
    found = parser.parse_args(argv)
    for day in last_trading_days(found.last, Settings().market_today()):
        print(day.isoformat())  # noqa: T201 (the output of the command)


if __name__ == "__main__":
    main()
