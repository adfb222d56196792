"""The connector from end to end: replay to bronze, and what a reader finds there."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from tests.conftest import SYMBOLS, Extract, Lake
from tests.prices import adjusted

HISTORY = "historical_price_eod"


def test_a_day_is_what_the_price_file_says(extract: Extract, lake: Lake) -> None:
    outcome = extract()

    assert outcome.code == 0, outcome.error
    rows = {row["symbol"]: row for row in lake.rows(HISTORY, "2013-02-15")}
    expected = adjusted().set_index(["date", "ticker"]).loc["2013-02-15"]
    assert sorted(rows) == list(SYMBOLS)
    for symbol, row in rows.items():
        bar = expected.loc[symbol]
        for name in ("open", "high", "low", "close"):
            assert float(row[name]) == pytest.approx(bar[name], abs=1e-9)
        assert row["volume"] == bar["volume"]
        assert float(row["change"]) == pytest.approx(bar["close"] - bar["open"], abs=1e-9)


def test_a_range_costs_one_call_per_symbol_and_gives_every_trading_day(
    extract: Extract, lake: Lake
) -> None:
    outcome = extract(EXTRACTION_START="2013-01-17", EXTRACTION_END="2013-02-28", DATASETS=HISTORY)

    assert outcome.code == 0, outcome.error
    assert outcome.summary["api_calls"] == len(SYMBOLS)
    frame = adjusted()
    window = frame[frame["date"].between("2013-01-17", "2013-02-28")]
    trading_days = sorted({day.date().isoformat() for day in window["date"]})
    assert lake.dates(HISTORY) == trading_days
    assert outcome.summary["rows"] == len(window)
    assert outcome.dataset()["dates_without_records"] == [], "holidays are known beforehand"
    manifest = lake.manifest(HISTORY, trading_days[3])
    assert manifest["rows"] == 5
    assert manifest["files"][0]["rows"] == len(window)


@pytest.mark.parametrize(
    ("symbol", "start", "end"),
    [
        ("AAPL", "2000-06-19", "2000-06-23"),
        ("AAPL", "2005-02-24", "2005-03-02"),
        ("MSFT", "2003-02-12", "2003-02-20"),
    ],
)
def test_prices_around_a_split_match_pandas(
    extract: Extract, lake: Lake, symbol: str, start: str, end: str
) -> None:
    extract(EXTRACTION_START=start, EXTRACTION_END=end, DATASETS=HISTORY, SYMBOLS=symbol)

    got = lake.table(lake.keys(f"fmp/{HISTORY}/run=")[0]).to_pandas()
    frame = adjusted()
    want = frame[(frame["ticker"] == symbol) & frame["date"].between(start, end)]
    assert list(pd.to_datetime(got["date"])) == list(want["date"])
    for name in ("open", "high", "low", "close"):
        assert [float(v) for v in got[name]] == pytest.approx(list(want[name]), abs=5.1e-5)
    assert list(got["volume"]) == list(want["volume"])


def test_a_manifest_names_its_files_and_symbols(extract: Extract, lake: Lake) -> None:
    extract(RUN_ID="run-1", LOG_CORRELATION_ID="flow-1")

    manifest = lake.manifest(HISTORY, "2013-02-15")
    entry = manifest["files"][0]
    body = lake.read(entry["key"])
    assert entry["key"] == f"fmp/{HISTORY}/run=run-1/part-00000.parquet"
    assert entry["sha256"] == hashlib.sha256(body).hexdigest()
    assert (entry["bytes"], entry["rows"], manifest["rows"]) == (len(body), 5, 5)
    assert (manifest["status"], manifest["schema_version"]) == ("complete", 2)
    assert manifest["symbols_asked"] == manifest["symbols_received"] == list(SYMBOLS)
    row = lake.rows(HISTORY, "2013-02-15")[0]
    assert row["_run_id"] == "run-1"
    assert row["_extra"] is None
    assert row["_ingested_at"].utcoffset().total_seconds() == 0


def test_every_log_line_has_the_run_and_the_flow_and_never_the_key(extract: Extract) -> None:
    outcome = extract(RUN_ID="run-1", LOG_CORRELATION_ID="flow-1", EXTRACTION_DATE="2013-03-01")

    assert outcome.log
    assert {(line["run_id"], line["correlation_id"]) for line in outcome.log} == {
        ("run-1", "flow-1")
    }
    assert "finks-local-key" not in outcome.stderr + str(outcome.summary)


def test_files_are_sorted_by_date_and_symbol(extract: Extract, lake: Lake) -> None:
    extract(EXTRACTION_START="2013-02-11", EXTRACTION_END="2013-02-15", SYMBOLS="MSFT,AAPL")

    rows = lake.table(lake.keys(f"fmp/{HISTORY}/run=")[0]).to_pylist()
    order = [(row["date"], row["symbol"]) for row in rows]
    assert order == sorted(order)
    assert len(order) == 10


def test_observations_are_written_under_today_only(extract: Extract, lake: Lake) -> None:
    past = extract(EXTRACTION_DATE="2013-02-15")
    today = extract(EXTRACTION_DATE="2013-03-01")

    assert past.code == today.code == 0
    assert past.dataset("quote")["status"] == "skipped"
    assert "only today (2013-03-01) can be observed" in past.dataset("company_profile")["reason"]
    assert lake.dates("quote") == lake.dates("company_profile") == ["2013-03-01"]
    quotes = {row["symbol"]: row for row in lake.rows("quote", "2013-03-01")}
    closes = adjusted().set_index(["date", "ticker"])["close"].loc["2013-03-01"]
    assert {s: float(row["price"]) for s, row in quotes.items()} == pytest.approx(closes.to_dict())
    profiles = {row["symbol"]: row for row in lake.rows("company_profile", "2013-03-01")}
    assert profiles["AAPL"]["cik"] == "0000320193"
    assert profiles["FB"]["ipoDate"].isoformat() == "2012-05-18"
    assert profiles["IBM"]["isEtf"] is False


def test_a_second_run_asks_for_nothing(extract: Extract, lake: Lake) -> None:
    window = {"EXTRACTION_START": "2013-01-14", "EXTRACTION_END": "2013-02-19"}
    extract(**window)
    before = lake.keys()

    again = extract(**window)

    assert (again.code, again.summary["api_calls"]) == (0, 0)
    assert again.dataset()["status"] == "skipped"
    assert lake.keys() == before


def test_only_missing_dates_are_fetched_and_the_rest_goes_on(extract: Extract, lake: Lake) -> None:
    extract(EXTRACTION_START="2013-02-11", EXTRACTION_END="2013-02-13", RUN_ID="first")
    outcome = extract(EXTRACTION_START="2013-02-11", EXTRACTION_END="2013-02-15", RUN_ID="second")

    committed = {"count": 2, "first": "2013-02-14", "last": "2013-02-15"}
    assert outcome.dataset()["dates_committed"] == committed
    assert outcome.dataset()["rows"] == 10
    assert lake.manifest(HISTORY, "2013-02-12")["run_id"] == "first"
    assert lake.manifest(HISTORY, "2013-02-14")["run_id"] == "second"


def test_force_fetches_again_and_gives_the_same_rows(extract: Extract, lake: Lake) -> None:
    extract(RUN_ID="first")
    before = lake.rows(HISTORY, "2013-02-15")
    outcome = extract(RUN_ID="second", FORCE="true")

    after = lake.rows(HISTORY, "2013-02-15")
    lineage = ("_run_id", "_ingested_at")
    assert outcome.dataset()["dates_committed"]["count"] == 1
    assert [{k: v for k, v in row.items() if k not in lineage} for row in before] == [
        {k: v for k, v in row.items() if k not in lineage} for row in after
    ]
    assert {row["_run_id"] for row in after} == {"second"}


def test_more_symbols_are_fetched_and_fewer_lose_nothing(extract: Extract, lake: Lake) -> None:
    extract(SYMBOLS="AAPL,IBM")
    assert extract(SYMBOLS="IBM").summary["api_calls"] == 0
    extract(SYMBOLS="MSFT")

    assert lake.manifest(HISTORY, "2013-02-15")["symbols_received"] == ["AAPL", "IBM", "MSFT"]
    assert len(lake.rows(HISTORY, "2013-02-15")) == 3


def test_the_same_run_id_again_never_overwrites_a_file(extract: Extract, lake: Lake) -> None:
    extract(RUN_ID="same", EXTRACTION_DATE="2013-02-14")
    extract(RUN_ID="same", EXTRACTION_DATE="2013-02-15")

    files = lake.keys(f"fmp/{HISTORY}/run=same/")
    assert [key[-18:] for key in files] == ["part-00000.parquet", "part-00001.parquet"]
    assert len(lake.rows(HISTORY, "2013-02-14")) == len(lake.rows(HISTORY, "2013-02-15")) == 5


def test_days_before_the_first_trading_day_of_a_symbol_are_complete(
    extract: Extract, lake: Lake
) -> None:
    ranged = extract(EXTRACTION_START="2012-05-16", EXTRACTION_END="2012-05-21")
    single = extract(EXTRACTION_DATE="2012-05-15")

    assert ranged.code == 0, ranged.error
    manifest = lake.manifest(HISTORY, "2012-05-17")
    assert (manifest["status"], manifest["symbols_empty"]) == ("complete", ["FB"])
    # FB did not exist for the replay of March 2013 either way: its profile gives the day.
    assert single.code == 0, single.error
    assert lake.manifest(HISTORY, "2012-05-15")["symbols_empty"] == ["FB"]


def test_a_holiday_between_days_that_are_complete_is_no_failure(
    extract: Extract, lake: Lake
) -> None:
    for day in ("2013-02-15", "2013-02-19"):
        extract(EXTRACTION_DATE=day)

    outcome = extract(EXTRACTION_START="2013-02-15", EXTRACTION_END="2013-02-19")

    assert outcome.code == 0, outcome.error
    assert lake.dates(HISTORY) == ["2013-02-15", "2013-02-19"]


def test_weekends_need_no_call(extract: Extract, lake: Lake) -> None:
    outcome = extract(EXTRACTION_START="2013-02-16", EXTRACTION_END="2013-02-17")

    assert (outcome.code, outcome.summary["api_calls"]) == (0, 0)
    assert outcome.dataset()["reason"] == "no trading day"
    assert lake.keys() == []


def test_a_day_without_any_record_is_incomplete_and_leaves_no_manifest(
    extract: Extract, lake: Lake
) -> None:
    """The exchange would have traded: FMP has no bar of the symbol before its listing."""
    outcome = extract(EXTRACTION_DATE="2012-05-17", SYMBOLS="FB,ZZZZ")

    assert outcome.code == 4
    assert "no symbol has a record on 2012-05-17" in outcome.error
    assert lake.keys() == []
