"""Calendar and requested windows."""

from __future__ import annotations

from datetime import date

import pytest

from errors import RequestRefusedError
from trading_days import last_trading_days, main, requested_window, trading_days

TODAY = date(2013, 3, 1)


def test_holidays_and_weekends_are_no_trading_days() -> None:
    days = trading_days(date(2013, 2, 14), date(2013, 2, 20))
    assert [day.day for day in days] == [14, 15, 19, 20]


def test_days_before_the_calendars_own_start_are_known() -> None:
    assert trading_days(date(2000, 3, 1), date(2000, 3, 1)) == (date(2000, 3, 1),)
    assert not trading_days(date(2001, 9, 11), date(2001, 9, 14))


def test_the_newest_trading_days_end_today(capsys: pytest.CaptureFixture[str]) -> None:
    days = last_trading_days(30, TODAY)
    assert (len(days), days[0], days[-1]) == (30, date(2013, 1, 17), TODAY)
    main(["--last", "2"])
    assert capsys.readouterr().out.split() == ["2013-02-28", "2013-03-01"]


def test_the_last_trading_day_of_a_saturday_is_friday() -> None:
    assert last_trading_days(1, date(2013, 3, 2)) == (TODAY,)


def test_a_window_is_one_date_a_range_or_today() -> None:
    assert requested_window(TODAY, None, None, None).days == (TODAY,)
    assert requested_window(TODAY, "2013-02-15", None, None).days == (date(2013, 2, 15),)
    assert len(requested_window(TODAY, None, "2013-02-01", "2013-02-28").days) == 19
    assert requested_window(TODAY, None, "2013-02-28", None).end == TODAY


def test_a_saturday_has_no_trading_days() -> None:
    window = requested_window(TODAY, "2013-02-16", None, None)
    assert (window.days, str(window)) == ((), "2013-02-16")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2013-02-30", None, None), "write it as YYYY-MM-DD"),
        (("20130215", None, None), "write it as YYYY-MM-DD"),
        (("2013-03-04", None, None), "lies in the future: the market clock shows 2013-03-01"),
        ((None, "2013-02-01", "2013-03-04"), "2013-03-04 lies in the future"),
        ((None, "2013-02-20", "2013-02-19"), "exchange the two dates"),
        ((None, None, "2013-02-19"), "give both ends"),
        (("2013-02-15", "2013-02-15", None), "give one date, or a range"),
    ],
)
def test_dates_that_make_no_sense_are_refused(
    arguments: tuple[str | None, str | None, str | None], message: str
) -> None:
    with pytest.raises(RequestRefusedError, match=message):
        requested_window(TODAY, *arguments)
