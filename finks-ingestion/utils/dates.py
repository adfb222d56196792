"""Calendar dates: strict parsing, windows, and their splitting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SATURDAY = 5


def parse_date(text: str) -> date:
    """A date written YYYY-MM-DD and in no other way (Python alone also takes 2013W10).

    Raises ValueError.
    """
    if not _ISO_DATE.fullmatch(text):
        raise ValueError(f"{text!r} is no date; write it as YYYY-MM-DD, such as 2013-03-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} does not exist in the calendar; correct the date") from None


def is_weekend(day: date) -> bool:
    """Whether no exchange that we read trades on this day of the week."""
    return day.weekday() >= SATURDAY


@dataclass(frozen=True)
class Window:
    """Days from `start` to `end`, both inclusive."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"the window starts on {self.start}, after its end {self.end}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return str(self.start) if self.start == self.end else f"{self.start} to {self.end}"

    def days(self) -> Iterator[date]:
        """Every calendar day, oldest first."""
        for offset in range((self.end - self.start).days + 1):
            yield self.start + timedelta(days=offset)

    def split(self, max_days: int) -> list[Window]:
        """Consecutive windows of at most `max_days` calendar days, oldest first."""
        parts = []
        start = self.start
        while start <= self.end:
            end = min(self.end, start + timedelta(days=max_days - 1))
            parts.append(Window(start, end))
            start = end + timedelta(days=1)
        return parts
