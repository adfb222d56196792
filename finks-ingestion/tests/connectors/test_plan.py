"""What is left to fetch, given what bronze has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from connectors.endpoints import Ask
from connectors.fmp.datasets import COMPANY_PROFILE, HISTORICAL_PRICE_EOD, QUOTES
from connectors.fmp_bulk.datasets import EOD_BULK
from connectors.plan import Plan, plan_dataset
from utils.dates import Window
from utils.manifests import Manifest

NOW = datetime(2013, 3, 1, tzinfo=UTC)
TODAY = date(2013, 3, 1)
FEBRUARY = Window(date(2013, 2, 11), date(2013, 2, 22))


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
    incomplete = manifest(
        11, status="incomplete", symbols_received=["AAPL"], symbols_failed=["IBM"]
    )

    found = plan(incomplete, manifest(12, dates_without_records=[day(11)]))

    assert found.missing[day(11)] == {"IBM"}


def test_only_symbols_that_a_day_lacks_are_asked_for() -> None:
    found = plan(manifest(11), symbols=("AAPL", "GOOG"), asked=Window(day(11), day(11)))

    assert found.asks == (Ask(("GOOG",), Window(day(11), day(11))),)
    assert found.beside == {day(11): manifest(11)}


def test_each_symbol_is_asked_for_the_span_of_its_own_gaps() -> None:
    lake = [manifest(d) for d in (11, 12, 13, 14, 15, 19, 20, 21, 22)]
    failed = {"status": "incomplete", "symbols_received": ["AAPL"], "symbols_failed": ["IBM"]}
    lake[1] = manifest(12, **failed)
    lake[3] = manifest(14, **failed)

    assert plan(*lake).asks == (Ask(("IBM",), Window(day(12), day(14))),)
    assert plan(*lake, symbols=("AAPL", "GOOG", "IBM", "MSFT")).asks == (
        Ask(("GOOG", "MSFT"), FEBRUARY),
        Ask(("IBM",), Window(day(12), day(14))),
    )


def test_where_a_call_brings_the_whole_market_there_is_one_ask() -> None:
    """A call for each symbol's own days would ask for a day twice."""
    lake = [manifest(d) for d in (12, 13, 14)]

    found = plan(*lake, symbols=("AAPL", "GOOG"), asked=Window(day(11), day(14)), dataset=EOD_BULK)

    assert found.asks == (Ask(("AAPL", "GOOG"), Window(day(11), day(14))),)


def test_an_empty_symbol_is_settled_when_it_was_not_listed_yet() -> None:
    lake = manifest(
        11,
        status="incomplete",
        symbols_asked=["AAPL", "FB", "GOOG", "IBM", "MSFT"],
        symbols_received=["AAPL", "MSFT"],
        symbols_empty=["FB", "IBM"],
        symbols_rejected=["GOOG", "MSFT"],
        symbols_not_listed=["FB"],
    )

    found = plan(lake, symbols=tuple(lake.symbols_asked), asked=Window(day(11), day(11)))

    assert found.symbols == ("GOOG", "IBM", "MSFT"), "MSFT's good record is in doubt"


def test_a_date_that_lacks_only_what_nobody_wants_any_more_needs_no_call() -> None:
    mistaken = manifest(11, status="incomplete", symbols_received=["AAPL"], symbols_empty=["APPL"])

    found = plan(mistaken, symbols=("AAPL",), asked=Window(day(11), day(11)))

    assert (found.dates, found.asks) == ((day(11),), ())


def test_force_fetches_everything_again() -> None:
    found = plan(manifest(11), symbols=("GOOG",), force=True)

    assert len(found.dates) == 9
    assert found.missing[day(11)] == {"AAPL", "GOOG", "IBM"}, "what is replaced is not lost"
    assert found.missing[day(12)] == {"GOOG"}
    assert found.anew == {day(11)}
    assert not found.beside


def test_only_today_can_be_observed() -> None:
    past = plan(dataset=QUOTES)
    present = plan(dataset=QUOTES, asked=Window(day(28), TODAY))

    assert past.window is None
    assert past.reason == "only today (2013-03-01) can be observed, and the window ends before it"
    assert present.dates == (TODAY,)


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
