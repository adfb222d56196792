"""What is left to fetch, given what bronze has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answers import Answer
from connectors.coverage import Coverage
from connectors.datasets import Dataset
from connectors.draft import DraftedDates, is_better
from connectors.fmp.datasets import COMPANY_PROFILE, HISTORICAL_PRICE_EOD, QUOTES
from connectors.plan import Plan, plan_dataset
from utils.arrow import record_schema
from utils.calendar import sessions
from utils.dates import Window
from utils.manifests import Manifest

NOW = datetime(2013, 3, 1, tzinfo=UTC)
TODAY = date(2013, 3, 1)
FEBRUARY = Window(date(2013, 2, 11), date(2013, 2, 22))
FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=120)
NAMES = ("AAPL", "GOOG", "IBM", "MSFT")


def day(number: int) -> date:
    return date(2013, 2, number)


def manifest(number: int, **changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "dataset": "historical_price_eod",
        "date": day(number),
        "run_id": "run-1",
        "status": "complete",
        "files": [],
        "rows": 2,
        "symbols_asked": ["AAPL", "IBM"],
        "symbols_received": ["AAPL", "IBM"],
        "symbols_empty": [],
        "symbols_rejected": [],
        "symbols_failed": [],
        "dates_without_records": [],
        "started_at": NOW,
        "finished_at": NOW,
    }
    return Manifest.model_validate(fields | changes)


def plan(*manifests: Manifest, symbols: tuple[str, ...] = ("AAPL", "IBM"), **more: Any) -> Plan:
    found = {m.date: m for m in manifests}
    asked = more.pop("asked", FEBRUARY)
    dataset = more.pop("dataset", HISTORICAL_PRICE_EOD)
    options: dict[str, Any] = {"today": TODAY, "force": False} | more
    return plan_dataset(dataset, asked, symbols, found, **options)


def test_an_empty_bronze_misses_every_trading_day() -> None:
    """The 18th was Presidents' Day."""
    assert [d.day for d in plan().dates] == [11, 12, 13, 14, 15, 19, 20, 21, 22]
    assert plan().window == FEBRUARY


def test_one_call_spans_the_gaps() -> None:
    complete = [manifest(d) for d in (11, 13, 14, 22)]

    found = plan(*complete)

    assert found.window == Window(day(12), day(21))
    assert found.done == tuple(m.date for m in complete)


def test_a_holiday_before_a_complete_day_is_known_to_be_empty() -> None:
    trading = [manifest(d) for d in (11, 12, 13, 14, 15, 20, 21, 22)]
    trading.append(manifest(19, dates_without_records=[day(18)]))

    assert plan(*trading).dates == ()
    assert plan(*trading).reason.startswith("complete already")


def test_a_manifest_that_was_deleted_is_missing() -> None:
    assert plan(*[manifest(d) for d in (11, 12, 14, 15, 18, 19, 20, 21, 22)]).dates == (day(13),)


def test_an_incomplete_day_is_missing_even_before_a_complete_one() -> None:
    found = plan(manifest(11, status="incomplete"), manifest(12, dates_without_records=[day(11)]))

    assert day(11) in found.dates


def test_a_day_with_fewer_symbols_is_missing_and_its_symbols_are_kept() -> None:
    found = plan(manifest(11), symbols=("GOOG",), asked=Window(day(11), day(11)))

    assert found.dates == (day(11),)
    assert found.symbols == ("AAPL", "GOOG", "IBM")


def test_symbols_that_never_came_are_not_kept() -> None:
    mistaken = manifest(11, status="incomplete", symbols_asked=["AAPL", "APPL"])

    found = plan(mistaken, symbols=("AAPL",), asked=Window(day(11), day(11)))
    assert found.symbols == ("AAPL", "IBM")


def test_force_fetches_everything_again() -> None:
    assert len(plan(manifest(11), force=True).dates) == 9


def test_only_today_can_be_observed() -> None:
    past = plan(dataset=QUOTES)
    present = plan(dataset=QUOTES, asked=Window(day(28), TODAY))

    assert past.window is None
    assert past.reason == "only today (2013-03-01) can be observed, and the window ends before it"
    assert present.dates == (TODAY,)


SYMBOLS = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
DAYS = st.dates(FEBRUARY.start, FEBRUARY.end)
WINDOWS = st.tuples(DAYS, DAYS).map(lambda days: Window(*sorted(days)))


@st.composite
def lakes(draw: st.DrawFn) -> dict[date, Manifest]:
    """What some earlier runs may have left."""
    found = {}
    for moment in draw(st.sets(st.sampled_from(list(sessions(FEBRUARY))))):
        asked = draw(SYMBOLS)
        received = draw(st.lists(st.sampled_from(asked), min_size=1, unique=True))
        holidays = [d for d in (day(11), day(14), day(19)) if d < moment and draw(st.booleans())]
        found[moment] = manifest(
            moment.day,
            status=draw(st.sampled_from(["complete", "complete", "incomplete"])),
            schema_version=draw(st.sampled_from([2, 2, 2, 1])),
            symbols_asked=sorted(asked),
            symbols_received=sorted(received),
            dates_without_records=holidays,
        )
    return found


def within(window: Window, lake: Mapping[date, Manifest]) -> dict[date, Manifest]:
    """What a run reads of the lake."""
    return {d: m for d, m in sorted(lake.items()) if d in window}


def plan_in(
    lake: Mapping[date, Manifest],
    asked: Window,
    symbols: Sequence[str],
    dataset: Dataset = HISTORICAL_PRICE_EOD,
    *,
    force: bool = False,
) -> Plan:
    return plan_dataset(dataset, asked, symbols, within(asked, lake), today=TODAY, force=force)


@FIXED
@given(lake=lakes(), asked=WINDOWS, symbols=SYMBOLS)
def test_what_is_planned_is_what_is_missing(
    lake: dict[date, Manifest], asked: Window, symbols: list[str]
) -> None:
    found = plan_in(lake, asked, symbols)

    trading = list(sessions(asked))
    whole = [d for d in trading if d in lake and lake[d].complete]
    enough = [d for d in whole if set(symbols) <= set(lake[d].symbols_asked)]
    closed = {d for e in enough for d in lake[e].dates_without_records} - lake.keys()
    assert list(found.done) == enough
    assert list(found.dates) == [d for d in trading if d not in enough and d not in closed]
    assert (found.window is None) == (not found.dates)
    assert bool(found.reason) == (not found.dates)
    if found.window:
        assert (found.window.start, found.window.end) == (found.dates[0], found.dates[-1])
        received = {s for d in found.dates if d in lake for s in lake[d].symbols_received}
        assert list(found.symbols) == sorted({*symbols, *received})


@FIXED
@given(lake=lakes(), asked=WINDOWS, symbols=SYMBOLS)
def test_force_plans_every_trading_day(
    lake: dict[date, Manifest], asked: Window, symbols: list[str]
) -> None:
    found = plan_in(lake, asked, symbols, force=True)

    assert list(found.dates) == list(sessions(asked))
    assert found.done == ()
    assert set(symbols) <= set(found.symbols)


def committed(
    dataset: Dataset, planned: Plan, lake: Mapping[date, Manifest], silent: Sequence[date] = ()
) -> dict[date, Manifest]:
    """The lake after a run to which the source had a record of everything, but on some days."""
    coverage = Coverage(dataset, planned, TODAY)
    schema = record_schema(dataset.model)
    blank = dict.fromkeys(schema.names)
    days = [d for d in planned.dates if d not in silent]
    for symbol in planned.symbols:
        own = {"timestamp": 1} if dataset is QUOTES else {}
        records = [blank | own | {"symbol": symbol} for _ in days]
        if dataset.date_field:
            records = [r | {dataset.date_field: d} for r, d in zip(records, days, strict=True)]
        coverage.take(Answer((symbol,), pa.Table.from_pylist(records, schema)))
    drafts = DraftedDates(dataset, planned, coverage, [], lake, "run-2", NOW)
    return {**lake, **{d.manifest.date: d.manifest for d in drafts}}


@FIXED
@given(lake=lakes(), asked=WINDOWS, symbols=SYMBOLS, force=st.booleans())
def test_after_a_run_nothing_is_left_to_do(
    lake: dict[date, Manifest], asked: Window, symbols: list[str], force: bool
) -> None:
    first = plan_in(lake, asked, symbols, force=force)
    if first.window is None:
        return

    after = committed(HISTORICAL_PRICE_EOD, first, within(asked, lake))

    assert plan_in(after, asked, symbols).dates == ()
    for moment in first.dates:
        assert after[moment].complete
        if moment in lake:
            assert set(lake[moment].symbols_received) <= set(after[moment].symbols_received)
            assert is_better(after[moment], lake[moment])


@FIXED
@given(asked=WINDOWS, symbols=SYMBOLS, silent=st.sets(DAYS))
def test_days_on_which_nothing_happened_are_asked_for_once(
    asked: Window, symbols: list[str], silent: set[date]
) -> None:
    """But for those after the last record: these may still come."""
    first = plan_in({}, asked, symbols)
    if first.window is None:
        return

    after = committed(HISTORICAL_PRICE_EOD, first, {}, sorted(silent))

    last = max(after, default=None)
    again = plan_in(after, asked, symbols)
    assert list(again.dates) == [d for d in first.dates if last is None or d > last]


@FIXED
@given(asked=WINDOWS, symbols=SYMBOLS, parts=st.integers(1, 9))
def test_a_window_in_parts_is_the_same_as_the_whole(
    asked: Window, symbols: list[str], parts: int
) -> None:
    lake: dict[date, Manifest] = {}
    for part in asked.split(parts):
        planned = plan_in(lake, part, symbols)
        if planned.window:
            lake = committed(HISTORICAL_PRICE_EOD, planned, lake)

    assert list(lake) == list(sessions(asked))
    assert plan_in(lake, asked, symbols).dates == ()


def test_observations_are_made_once_a_day() -> None:
    today = Window(TODAY, TODAY)
    for dataset in (QUOTES, COMPANY_PROFILE):
        first = plan_in({}, today, ["IBM"], dataset)
        after = committed(dataset, first, {})

        assert first.dates == (TODAY,)
        assert plan_in(after, today, ["IBM"], dataset).dates == ()
        assert plan_in(after, today, ["AAPL"], dataset).symbols == ("AAPL", "IBM")
        assert plan_in(after, today, ["IBM"], dataset, force=True).dates == (TODAY,)


def test_on_a_day_without_trading_profiles_are_seen_and_quotes_are_not() -> None:
    sunday = date(2013, 3, 3)
    window = Window(sunday, sunday)
    options: dict[str, Any] = {"today": sunday, "force": False}

    quotes = plan_dataset(QUOTES, window, ["IBM"], {}, **options)
    profiles = plan_dataset(COMPANY_PROFILE, window, ["IBM"], {}, **options)

    assert (quotes.dates, quotes.reason) == ((), "no trading day: 2013-03-03")
    assert profiles.dates == (sunday,)


def test_what_an_older_version_wrote_is_missing() -> None:
    found = plan(manifest(11, schema_version=1), asked=Window(day(11), day(11)))

    assert found.dates == (day(11),)
