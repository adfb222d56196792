"""Whatever earlier runs have left: what is planned is what is missing, and a run settles it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answers import Answer
from connectors.costs import expect
from connectors.coverage import Coverage
from connectors.datasets import Dataset
from connectors.draft import DraftedDates
from connectors.fmp.datasets import COMPANY_PROFILE, HISTORICAL_PRICE_EOD, QUOTES
from connectors.fmp_bulk.datasets import EOD_BULK
from connectors.plan import Plan, plan_dataset
from tests.connectors.test_plan import FEBRUARY, NOW, TODAY, day, manifest
from utils.arrow import record_schema
from utils.bronze import WrittenFile, count_by
from utils.calendar import sessions
from utils.dates import Window
from utils.manifests import FileEntry, Manifest

FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=120)
NAMES = ("AAPL", "GOOG", "IBM", "MSFT")
SYMBOLS = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
DAYS = st.dates(FEBRUARY.start, FEBRUARY.end)
WINDOWS = st.tuples(DAYS, DAYS).map(lambda days: Window(*sorted(days)))


@st.composite
def manifests(draw: st.DrawFn, number: int) -> Manifest:
    """What earlier runs may have left of a day: each symbol in some state, or not asked for."""
    kinds = ("received", "empty", "rejected", "failed", "not_listed")
    states = {
        symbol: draw(st.sampled_from([*kinds, "received", "received", "doubtful", "unasked"]))
        for symbol in NAMES
    }
    lists = {kind: [s for s, state in states.items() if state == kind] for kind in kinds}
    doubtful = [s for s, state in states.items() if state == "doubtful"]
    bad = [*lists["rejected"], *lists["failed"], *lists["empty"], *doubtful]
    return manifest(
        number,
        status="incomplete" if bad else "complete",
        schema_version=draw(st.sampled_from([2, 2, 2, 1])),
        rows=len(lists["received"]) + len(doubtful),
        symbols_asked=[s for s, state in states.items() if state != "unasked"],
        symbols_received=sorted([*lists["received"], *doubtful]),
        symbols_empty=sorted([*lists["empty"], *lists["not_listed"]]),
        symbols_rejected=sorted([*lists["rejected"], *doubtful]),
        symbols_failed=lists["failed"],
        symbols_not_listed=lists["not_listed"],
        dates_without_records=[day(n) for n in (11, 14, 19) if n < number and draw(st.booleans())],
    )


@st.composite
def lakes(draw: st.DrawFn) -> dict[date, Manifest]:
    """What some earlier runs may have left."""
    days = draw(st.sets(st.sampled_from(list(sessions(FEBRUARY)))))
    return {moment: draw(manifests(moment.day)) for moment in days}


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


def settled(lake: Mapping[date, Manifest], moment: date, symbol: str) -> bool:
    """Whether bronze knows all of a symbol on a date; from the lists alone."""
    there = lake.get(moment)
    if there is None:
        return any(
            moment in m.dates_without_records and settled(lake, m.date, symbol)
            for m in lake.values()
        )
    if there.schema_version == 1 or symbol in [*there.symbols_rejected, *there.symbols_failed]:
        return False
    return symbol in [*there.symbols_received, *there.symbols_not_listed]


@FIXED
@given(lake=lakes(), asked=WINDOWS, symbols=SYMBOLS, bulk=st.booleans())
def test_what_is_planned_is_what_is_missing(
    lake: dict[date, Manifest], asked: Window, symbols: list[str], bulk: bool
) -> None:
    there = within(asked, lake)
    found = plan_in(lake, asked, symbols, EOD_BULK if bulk else HISTORICAL_PRICE_EOD)

    trading = list(sessions(asked))
    lost = {d: set(m.symbols_received) for d, m in there.items() if m.schema_version == 1}
    gaps = {
        (moment, symbol)
        for moment in trading
        for symbol in {*symbols, *lost.get(moment, ())}
        if not settled(there, moment, symbol)
    }
    assert {(d, s) for d, some in found.missing.items() for s in some} == gaps
    assert sorted(s for ask in found.asks for s in ask.symbols) == sorted({s for _, s in gaps})
    for ask in found.asks:
        for symbol in ask.symbols:
            own = [moment for moment, name in gaps if name == symbol or bulk]
            assert ask.window == Window(min(own), max(own))
    assert len({ask.window for ask in found.asks}) == len(found.asks)
    assert found.beside.keys() | found.anew == found.missing.keys() & there.keys()
    assert {there[d].schema_version for d in found.anew} <= {1}
    idle = found.missing.keys() - found.dates_to_ask
    assert all(there[d].status == "incomplete" for d in idle)
    assert list(found.done) == [d for d in trading if d in there and d not in found.missing]
    assert bool(found.reason) == (not found.dates)


@FIXED
@given(lake=lakes(), asked=WINDOWS, symbols=SYMBOLS)
def test_the_calls_of_a_plan_are_for_what_is_missing(
    lake: dict[date, Manifest], asked: Window, symbols: list[str]
) -> None:
    """One call a symbol, or for a day of the market one for all; none for a closed day."""
    found = plan_in(lake, asked, symbols)
    calls = expect(HISTORICAL_PRICE_EOD, found, found.asks).calls
    assert sorted(call.symbols[0] for call in calls) == list(found.symbols)
    for call in calls:
        gaps = [d for d, some in found.missing.items() if call.symbols[0] in some]
        assert (call.window.start, call.window.end) == (gaps[0], gaps[-1])

    market = plan_in(lake, asked, symbols, EOD_BULK)
    days = [call.window for call in expect(EOD_BULK, market, market.asks).calls]
    assert days == [Window(d, d) for d in sorted(market.dates_to_ask)]
    assert set(sessions(asked)) >= {window.start for window in days}


@FIXED
@given(lake=lakes(), asked=WINDOWS, symbols=SYMBOLS)
def test_force_plans_every_trading_day(
    lake: dict[date, Manifest], asked: Window, symbols: list[str]
) -> None:
    found = plan_in(lake, asked, symbols, force=True)

    assert list(found.dates) == list(sessions(asked))
    assert not found.done
    assert not found.beside
    for moment, some in found.missing.items():
        kept = lake[moment].symbols_received if moment in lake else []
        assert some == {*symbols, *kept}


def committed(
    dataset: Dataset, planned: Plan, lake: Mapping[date, Manifest], silent: Sequence[date] = ()
) -> dict[date, Manifest]:
    """The lake after a run to which the source had a record of everything, but on some days."""
    coverage = Coverage(dataset, planned, TODAY)
    files = [WrittenFile(FileEntry(key="new", sha256="", rows=0, bytes=0), Counter())]
    schema = record_schema(dataset.model)
    blank = dict.fromkeys(schema.names)
    days = [d for d in planned.dates if d not in silent]
    for symbol in planned.symbols:
        own = {"timestamp": 1} if dataset is QUOTES else {}
        records = [blank | own | {"symbol": symbol} for _ in days]
        if dataset.date_field:
            records = [r | {dataset.date_field: d} for r, d in zip(records, days, strict=True)]
        kept = coverage.take(Answer((symbol,), pa.Table.from_pylist(records, schema)))
        if dataset.date_field:
            files[0].rows.update(count_by(kept[dataset.date_field]))
        else:
            files[0].rows[TODAY] += len(kept)
    after = dict(lake)
    for addition in DraftedDates(dataset, planned, coverage, files, lake, "run-2", NOW):
        if drafted := addition.beside(addition.known):
            after[drafted.date] = drafted
    return after


@FIXED
@given(lake=lakes(), asked=WINDOWS, symbols=SYMBOLS, force=st.booleans())
def test_after_a_run_nothing_is_left_to_do(
    lake: dict[date, Manifest], asked: Window, symbols: list[str], force: bool
) -> None:
    first = plan_in(lake, asked, symbols, force=force)
    if first.window is None:
        return

    there = within(asked, lake)
    closed = {d for m in there.values() for d in m.dates_without_records} - there.keys()

    after = committed(HISTORICAL_PRICE_EOD, first, there, sorted(closed))

    assert set(plan_in(after, asked, symbols).dates) <= closed
    for moment in set(first.dates) - closed:
        found = after[moment]
        assert found.complete or (found.doubtful and not found.doubtful & set(symbols))
        assert found.rows == len(found.symbols_received), "no row is lost, and none comes twice"
        assert set(found.symbols_received) >= set(symbols) - set(found.symbols_not_listed)
        if moment in lake:
            assert set(lake[moment].symbols_received) <= set(found.symbols_received)
            assert force or lake[moment].settled <= found.settled


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
        assert plan_in(after, today, ["AAPL", "IBM"], dataset).symbols == ("AAPL",)
        assert plan_in(after, today, ["IBM"], dataset, force=True).dates == (TODAY,)
