"""The exchange's days, against a second library that keeps its own list."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import exchange_calendars  # type: ignore[import-untyped]
import pytest

from utils.calendar import EXCHANGE, sessions
from utils.dates import Window

PROJECT = Path(__file__).parent.parent.parent
YEARS = Window(date(1990, 1, 1), date(2027, 12, 31))


@pytest.mark.filterwarnings("ignore:Series.values")  # of the other library
def test_every_day_of_the_exchange() -> None:
    other = exchange_calendars.get_calendar(EXCHANGE, start=str(YEARS.start), end=str(YEARS.end))

    assert list(sessions(YEARS)) == [moment.date() for moment in other.sessions]


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2001, 9, 11), "the attacks"),
        (date(2004, 6, 11), "mourning of Reagan"),
        (date(2012, 10, 29), "hurricane Sandy"),
        (date(2013, 2, 18), "Presidents' Day"),
        (date(2013, 3, 29), "Good Friday"),
        (date(2022, 6, 20), "Juneteenth, moved to Monday"),
        (date(2025, 1, 9), "mourning of Carter"),
        (date(2013, 3, 2), "a Saturday"),
    ],
)
def test_days_without_trading(day: date, why: str) -> None:
    assert not list(sessions(Window(day, day))), why


@pytest.mark.parametrize(
    "day",
    [
        date(2012, 12, 24),  # a short day
        date(2021, 12, 31),  # New Year was a Saturday, and is not moved into the old year
        date(2011, 11, 11),  # Veterans Day
    ],
)
def test_days_with_trading(day: date) -> None:
    assert list(sessions(Window(day, day))) == [day]


def test_a_window_over_the_turn_of_the_year_has_the_holidays_of_both() -> None:
    window = Window(date(2012, 12, 24), date(2013, 1, 2))

    assert [day.day for day in sessions(window)] == [24, 26, 27, 28, 31, 2]


def test_no_country_is_imported_for_an_exchange() -> None:
    """They would take more time and memory than the rest of the plan."""
    script = (
        "import sys; from datetime import date; from utils.calendar import sessions;"
        "from utils.dates import Window;"
        "days = list(sessions(Window(date(2013, 7, 3), date(2013, 7, 5))));"
        "print(len(days), sum(name.startswith('holidays.countries') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE)
    assert done.stdout.split() == [b"2", b"0"]
