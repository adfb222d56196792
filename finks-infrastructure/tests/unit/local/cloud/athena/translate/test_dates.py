from __future__ import annotations

from collections.abc import Callable

import pytest

from local.cloud.athena.errors import QueryError

Typed = Callable[[str], list[tuple[str | None, str]]]
Run = Callable[[str], list[str | None]]


@pytest.mark.parametrize(
    ("expression", "text", "kind"),
    [
        ("date_add('day', 1, date '2020-01-31')", "2020-02-01", "date"),
        ("date_add('month', 1, date '2020-01-31')", "2020-02-29", "date"),
        (
            "date_add('hour', 2, timestamp '2020-01-31 23:00:00')",
            "2020-02-01 01:00:00.000",
            "timestamp",
        ),
        ("date_trunc('month', date '2020-01-31')", "2020-01-01", "date"),
        ("date_trunc('week', date '2020-01-05')", "2019-12-30", "date"),
        (
            "date_trunc('hour', timestamp '2020-01-31 23:59:59')",
            "2020-01-31 23:00:00.000",
            "timestamp",
        ),
        ("date '2020-01-31' + interval '1' day", "2020-02-01", "date"),
        ("date '2020-03-31' - interval '1' month", "2020-02-29", "date"),
        ("interval '2' day + date '2020-01-01'", "2020-01-03", "date"),
        ("date '2020-01-01' + 3 * interval '1' day", "2020-01-04", "date"),
        (
            "timestamp '2020-01-01 00:00:00' - interval '90' minute",
            "2019-12-31 22:30:00.000",
            "timestamp",
        ),
        ("last_day_of_month(date '2020-02-05')", "2020-02-29", "date"),
        ("date('2020-02-05')", "2020-02-05", "date"),
    ],
)
def test_a_date_stays_a_date(typed: Typed, expression: str, text: str, kind: str) -> None:
    assert typed(expression) == [(text, kind)]


@pytest.mark.parametrize(
    ("unit", "start", "end", "count"),
    [
        # whole units, not boundaries that lie between
        ("day", "timestamp '2020-01-01 23:00:00'", "timestamp '2020-01-02 01:00:00'", "0"),
        ("day", "date '2020-01-01'", "date '2020-03-01'", "60"),
        ("day", "date '2020-03-01'", "date '2020-01-01'", "-60"),
        ("month", "date '2020-01-31'", "date '2020-02-28'", "0"),
        ("month", "date '2020-01-15'", "date '2020-02-15'", "1"),
        ("year", "date '2019-06-01'", "date '2020-05-31'", "0"),
        ("week", "date '2020-01-05'", "date '2020-01-11'", "0"),
        ("hour", "timestamp '2020-01-01 00:59:00'", "timestamp '2020-01-01 01:01:00'", "0"),
    ],
)
def test_date_diff_counts_whole_units(
    typed: Typed, unit: str, start: str, end: str, count: str
) -> None:
    assert typed(f"date_diff('{unit}', {start}, {end})") == [(count, "bigint")]


def test_functions_of_dates_take_aggregates(run: Run) -> None:
    days = "(values date '2020-01-15', date '2020-02-20') t(d)"
    assert run(f"date_trunc('month', max(d)), date_add('day', 1, min(d)) from {days}") == [
        "2020-02-01",
        "2020-01-16",
    ]
    instants = "(values timestamp '2020-01-15 10:20:00') t(d)"
    assert run(f"date_trunc('hour', max(d)), max(d) - interval '1' day from {instants}") == [
        "2020-01-15 10:00:00.000",
        "2020-01-14 10:20:00.000",
    ]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (
            "cast(timestamp '2020-01-01 03:00:00' at time zone 'America/New_York' as date)",
            "2019-12-31",
        ),
        ("hour(timestamp '2020-07-01 12:00:00 UTC' at time zone 'America/New_York')", "8"),
        (
            "cast(date_trunc('day', timestamp '2020-01-01 03:00:00' at time zone"
            " 'America/New_York') as timestamp)",
            "2019-12-31 00:00:00.000",
        ),
        ("timestamp '2020-01-01 03:00:00' at time zone 'UTC'", "2020-01-01 03:00:00.000 UTC"),
        ("from_iso8601_timestamp('2020-01-01T02:00:00+02:00')", "2020-01-01 00:00:00.000 UTC"),
        ("to_iso8601(date '2020-01-01')", "2020-01-01"),
        ("to_iso8601(timestamp '2020-01-01 10:00:00.5')", "2020-01-01T10:00:00.500"),
        ("to_iso8601(from_iso8601_timestamp('2020-01-01T00:00:00Z'))", "2020-01-01T00:00:00.000Z"),
        (
            "format_datetime(timestamp '2020-01-05 09:08:07', 'yyyy-MM-dd HH:mm:ss')",
            "2020-01-05 09:08:07",
        ),
        ("format_datetime(date '2020-01-05', 'EEE, d MMM yyyy')", "Sun, 5 Jan 2020"),
        ("format_datetime(date '2020-01-05', 'yyyy''T''MM')", "2020T01"),
        (
            "date_format(timestamp '2020-01-05 09:08:07', '%Y-%m-%d %H:%i:%s')",
            "2020-01-05 09:08:07",
        ),
        ("date_format(timestamp '2020-01-05 09:08:07', '%e %M %y, %W')", "5 January 20, Sunday"),
        ("date_parse('05/01/2020 09:08', '%d/%m/%Y %H:%i')", "2020-01-05 09:08:00.000"),
        ("try(date_parse('x', '%Y-%m-%d'))", None),
        ("from_unixtime(1577836800)", "2020-01-01 00:00:00.000 UTC"),
        ("to_unixtime(timestamp '2020-01-01 00:00:00')", "1.5778368E9"),
        ("day_of_week(date '2020-01-05')", "7"),  # Sunday
        ("week(date '2021-01-03')", "53"),
        ("extract(doy from date '2020-02-01')", "32"),
        ("millisecond(timestamp '2020-01-01 00:00:07.250')", "250"),
        ("to_milliseconds(date '2020-01-03' - date '2020-01-01') / 86400000", "2"),
    ],
)
def test_times_and_texts(run: Run, expression: str, text: str | None) -> None:
    assert run(expression) == [text]


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        (
            "timestamp '2020-01-01 03:00:00' at time zone 'America/New_York'",
            "NOT_SUPPORTED: AT TIME ZONE",
        ),
        ("date_add('day', 1, '2020-01-01')", "TYPE_MISMATCH"),
        ("date_trunc('hour', date '2020-01-01')", "hour is not a valid DATE field"),
        ("date_diff('century', date '2020-01-01', date '2020-01-01')", "century"),
        ("date '2020-01-01' + 1", "TYPE_MISMATCH"),
        ("d - e from (values (date '2020-01-01', date '2020-01-02')) t(d, e)", "date_diff"),
        ("format_datetime(date '2020-01-01', 'QQ')", "QQ"),
    ],
)
def test_what_trino_refuses_or_this_engine_cannot(run: Run, expression: str, error: str) -> None:
    with pytest.raises(QueryError, match=error):
        run(expression)
