"""What is left to fetch, given what bronze has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from connectors.fmp.datasets import HISTORICAL_PRICE_EOD, QUOTES
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
    assert "never written under a past date" in past.reason
    assert present.dates == (TODAY,)
