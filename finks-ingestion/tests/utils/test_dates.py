from __future__ import annotations

from datetime import date

import pytest

from utils.clock import market_today
from utils.dates import Window, is_weekend, parse_date


@pytest.mark.parametrize("text", ["2013-W10", "20130301", "2013-3-1", "2013-02-30", "", "today"])
def test_only_iso_dates_are_dates(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no date|does not exist"):
        parse_date(text)


def test_a_window_is_split_without_gap_or_overlap() -> None:
    window = Window(date(2000, 3, 1), date(2013, 3, 1))

    parts = window.split(4 * 365)

    assert [day for part in parts for day in part.days()] == list(window.days())
    assert max((part.end - part.start).days + 1 for part in parts) == 4 * 365


def test_a_window_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="after its end"):
        Window(date(2013, 3, 2), date(2013, 3, 1))


def test_weekends() -> None:
    week = Window(date(2013, 2, 11), date(2013, 2, 17))
    assert [is_weekend(day) for day in week.days()] == [False] * 5 + [True] * 2


def test_the_market_clock_is_one_setting() -> None:
    assert market_today({"FINKS_TODAY": "2013-03-01"}) == date(2013, 3, 1)
    assert market_today({"FINKS_TODAY": ""}) == market_today({}) > date(2020, 1, 1)
