"""The Glue script on real Spark, over `s3://` paths."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from bronze_to_silver import (
    DATASETS,
    SCHEMA_VERSION,
    Job,
    bronze_name,
    parse_arguments,
    read_bronze,
    run,
)
from tests.conftest import HISTORICAL, INGESTED, NUMBER, PROFILE, Lake

NUMBERS = ("open", "high", "low", "close", "vwap")
THURSDAY, FRIDAY = date(2013, 2, 28), date(2013, 3, 1)


def job(run_id: str = "s1", start: date = THURSDAY, end: date = FRIDAY) -> Job:
    return Job(start, end, "bronze", "silver", run_id)


def bar(symbol: str | None, day: date, close: str | None = "10.5", **more: Any) -> dict[str, Any]:
    """A row of bronze; numbers but the volume as FMP writes them."""
    record = {"open": "10", "high": "11", "low": "9.5", "close": close, "vwap": "10.2"} | more
    numbers = {n: v if v is None else Decimal(v) for n, v in record.items() if n in NUMBERS}
    return {"symbol": symbol, "date": day, "volume": 1000} | record | numbers


def test_writes_a_range_as_one_file_a_date_in_the_schema_of_silver(
    spark: SparkSession, lake: Lake
) -> None:
    rows = [bar(s, d, "431.1234567") for d in (THURSDAY, FRIDAY) for s in ("MSFT", "AAPL")]
    lake.write_run("historical_price_eod", "b1", HISTORICAL, rows, {THURSDAY: 2, FRIDAY: 2})

    summary = run(spark, job(start=THURSDAY - timedelta(1)))

    assert summary["tables"]["fmp_quotes"] == {
        "dates": 2,
        "rows_in": 4,
        "rows_out": 4,
        "problems": {},
        "without_manifest": ["2013-02-27"],
    }
    assert len(lake.files("fmp_quotes", FRIDAY, "s1")) == 1
    table = lake.silver("fmp_quotes", FRIDAY, "s1")
    price = pa.decimal128(18, 6)
    assert [(f.name, f.type) for f in table.schema] == [
        ("symbol", pa.string()),
        *((name, price) for name in ("open", "high", "low", "close")),
        ("volume", pa.int64()),
        ("vwap", price),
        ("source", pa.string()),
        ("ingested_at", pa.timestamp("us", tz="UTC")),
        ("run_id", pa.string()),
    ]
    assert table["symbol"].to_pylist() == ["AAPL", "MSFT"]
    assert table["close"].to_pylist() == [Decimal("431.123457")] * 2
    assert table["ingested_at"].to_pylist() == [INGESTED] * 2
    report = lake.report("fmp_quotes", FRIDAY, "s1")
    assert (report["rows_in"], report["rows_out"], report["source_run_id"]) == (2, 2, "b1")


def test_rejects_by_rule_and_keeps_the_latest_of_a_key(spark: SparkSession, lake: Lake) -> None:
    later = INGESTED + timedelta(hours=1)
    rows = [
        bar("AAPL", FRIDAY, "10.6", _ingested_at=later),
        bar("AAPL", FRIDAY, "10.5"),
        bar(" IBM ", FRIDAY),
        bar("", FRIDAY),
        bar("NA", FRIDAY),
        bar("C", FRIDAY, None),
        bar("D", FRIDAY, low="-1"),
        bar("E", FRIDAY, high="9"),
        bar("F", FRIDAY, volume=-1),
        bar("G", FRIDAY, open="1e15"),
        bar("H", FRIDAY, "1000000000000", high=None),
    ]
    lake.write_run("historical_price_eod", "b1", HISTORICAL, rows, {FRIDAY: 11})

    run(spark, job())

    report = lake.report("fmp_quotes", FRIDAY, "s1")
    assert report["rejected"] == {
        "high_below_low": 1,
        "invalid_close": 1,
        "missing_close": 1,
        "missing_symbol": 1,
        "negative_volume": 1,
        "price_not_positive": 1,
    }
    assert (report["rows_in"], report["rows_out"], report["duplicates"]) == (11, 4, 1)
    assert report["nulled"] == {"open": 1}
    found = {r["symbol"]: r for r in lake.silver("fmp_quotes", FRIDAY, "s1").to_pylist()}
    assert sorted(found) == ["AAPL", "G", "IBM", "NA"]
    assert found["AAPL"]["close"] == Decimal("10.6")
    assert found["G"]["open"] is None


def test_prices_are_rounded_half_up_from_fmps_own_digits(spark: SparkSession, lake: Lake) -> None:
    # As a double the first is below its half, and the fourth and fifth lose digits.
    written = {
        "A": ("431.1234565", "431.123457"),
        "B": ("1.0000005", "1.000001"),
        "C": ("10.0000014999999999", "10.000001"),
        "D": ("999999999999.9999994", "999999999999.999999"),
        "E": ("0.000001000000000001", "0.000001"),
        "F": ("99999999.0000025", "99999999.000003"),
    }
    wide = {"low": "0.000001", "high": None}
    rows = [bar(symbol, FRIDAY, close, **wide) for symbol, (close, _) in written.items()]
    rows.append(bar("G", FRIDAY, "999999999999.9999995", **wide))
    lake.write_run("historical_price_eod", "b1", HISTORICAL, rows, {FRIDAY: len(rows)})

    run(spark, job())

    found = {r["symbol"]: r["close"] for r in lake.silver("fmp_quotes", FRIDAY, "s1").to_pylist()}
    assert found == {symbol: Decimal(close) for symbol, (_, close) in written.items()}
    assert lake.report("fmp_quotes", FRIDAY, "s1")["rejected"] == {"invalid_close": 1}


def test_a_date_may_lie_in_files_of_several_runs(spark: SparkSession, lake: Lake) -> None:
    first = lake.write_file(
        "historical_price_eod", "b1", HISTORICAL, [bar("AAPL", d) for d in (THURSDAY, FRIDAY)]
    )
    parts = [
        lake.write_file(
            "historical_price_eod", "b2", HISTORICAL, [bar(s, d) for d in (THURSDAY, FRIDAY)], part
        )
        for part, s in enumerate(("IBM", "MSFT"))
    ]
    lake.commit("historical_price_eod", "b2", THURSDAY, 2, parts)
    lake.commit("historical_price_eod", "b2", FRIDAY, 3, [first, *parts])

    run(spark, job())

    found = {
        d: lake.silver("fmp_quotes", d, "s1")["symbol"].to_pylist() for d in (THURSDAY, FRIDAY)
    }
    assert found == {THURSDAY: ["IBM", "MSFT"], FRIDAY: ["AAPL", "IBM", "MSFT"]}


def test_of_a_file_with_many_dates_only_the_wanted_part_is_read(
    spark: SparkSession, lake: Lake
) -> None:
    path = lake.write_run(
        "historical_price_eod", "b1", HISTORICAL, [bar("AAPL", FRIDAY)], {FRIDAY: 1}
    )
    key = str(path.relative_to(lake.root / "bronze"))
    rows = read_bronze(spark, job(), DATASETS[0], [(key, THURSDAY), (key, FRIDAY)])
    plan = rows._jdf.queryExecution().executedPlan().toString()
    pushed = next(line for line in plan.splitlines() if "PushedFilters" in line)
    assert "GreaterThanOrEqual(date,2013-02-28)" in pushed
    assert "LessThanOrEqual(date,2013-03-01)" in pushed


def test_a_manifest_of_another_schema_is_reported_with_the_remedy(
    spark: SparkSession, lake: Lake
) -> None:
    path = lake.write_file("historical_price_eod", "b1", HISTORICAL, [bar("AAPL", FRIDAY)])
    lake.commit("historical_price_eod", "b1", FRIDAY, 1, [path], schema_version=SCHEMA_VERSION - 1)
    run(spark, job())
    (problem,) = lake.report("fmp_quotes", FRIDAY, "s1")["problems"]
    assert problem.endswith("ingest the date again with force")
    assert not lake.files("fmp_quotes", FRIDAY, "s1")


def test_reads_only_what_the_manifests_name(spark: SparkSession, lake: Lake) -> None:
    old = [bar("AAPL", THURSDAY, "1.0"), bar("AAPL", FRIDAY, "1.0")]
    lake.write_run("historical_price_eod", "b1", HISTORICAL, old, {THURSDAY: 1, FRIDAY: 1})
    new = [bar("AAPL", THURSDAY, "2.0"), bar("AAPL", FRIDAY, "2.0")]
    lake.write_run("historical_price_eod", "b2", HISTORICAL, new, {FRIDAY: 1})

    run(spark, job())

    closes = [lake.silver("fmp_quotes", d, "s1")["close"].to_pylist() for d in (THURSDAY, FRIDAY)]
    assert closes == [[Decimal(1)], [Decimal(2)]]


def test_a_date_that_differs_from_its_manifest_is_reported_and_not_written(
    spark: SparkSession, lake: Lake
) -> None:
    rows = [bar("AAPL", THURSDAY), bar("AAPL", FRIDAY)]
    lake.write_run("historical_price_eod", "b1", HISTORICAL, rows, {THURSDAY: 1, FRIDAY: 2})

    run(spark, job())

    assert lake.files("fmp_quotes", THURSDAY, "s1")
    assert not lake.files("fmp_quotes", FRIDAY, "s1")
    (problem,) = lake.report("fmp_quotes", FRIDAY, "s1")["problems"]
    assert "1 rows of 2013-03-01, its manifest says 2" in problem


def test_a_missing_file_is_reported_and_the_other_dates_go_on(
    spark: SparkSession, lake: Lake
) -> None:
    good = [bar("AAPL", THURSDAY)]
    lake.write_run("historical_price_eod", "b1", HISTORICAL, good, {THURSDAY: 1})
    gone = lake.write_run(
        "historical_price_eod", "b2", HISTORICAL, [bar("AAPL", FRIDAY)], {FRIDAY: 1}
    )
    gone.unlink()

    run(spark, job())

    assert lake.report("fmp_quotes", THURSDAY, "s1")["rows_out"] == 1
    assert "missing" in lake.report("fmp_quotes", FRIDAY, "s1")["problems"][0]


def test_a_repeated_run_leaves_the_same_files_and_no_other_run_is_touched(
    spark: SparkSession, lake: Lake
) -> None:
    rows = [bar("AAPL", FRIDAY)]
    lake.write_run("historical_price_eod", "b1", HISTORICAL, rows, {FRIDAY: 1})

    for run_id in ("s1", "s2", "s2"):
        run(spark, job(run_id))

    assert len(lake.files("fmp_quotes", FRIDAY, "s1")) == 1
    assert len(lake.files("fmp_quotes", FRIDAY, "s2")) == 1
    table = lake.root / "silver/fmp_quotes"
    assert [path.name for path in table.iterdir()] == [f"date={FRIDAY}"]


def test_observations_belong_to_the_date_of_their_manifest(spark: SparkSession, lake: Lake) -> None:
    seen = int(datetime(2013, 3, 1, 21, 0, tzinfo=UTC).timestamp())
    numbers = [
        *("price", "change", "changePercentage", "dayLow", "dayHigh", "yearLow", "yearHigh"),
        *("marketCap", "priceAvg50", "priceAvg200", "open", "previousClose"),
    ]
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("symbol", "name", "exchange")),
            *((name, NUMBER) for name in numbers),
            *((name, pa.int64()) for name in ("volume", "timestamp")),
            ("_ingested_at", pa.timestamp("us", tz="UTC")),
            ("_run_id", pa.string()),
        ]
    )
    quote = dict.fromkeys(numbers, Decimal("430.47")) | {
        "symbol": "AAPL",
        "timestamp": seen,
        "name": "NA",
    }
    lake.write_run("quote", "b1", schema, [quote, quote | {"timestamp": None}], {FRIDAY: 2})
    profile = {"symbol": "AAPL", "zip": "00501", "cik": "0000320193", "country": "", "ceo": "NA"}
    profile |= {"fullTimeEmployees": "72800", "ipoDate": "1980-12-12"}
    lake.write_run("company_profile", "b1", PROFILE, [profile], {FRIDAY: 1})

    run(spark, job())

    (row,) = lake.silver("fmp_quote_snapshots", FRIDAY, "s1").to_pylist()
    assert row["observed_at"] == datetime(2013, 3, 1, 21, 0, tzinfo=UTC)
    assert (row["name"], row["previous_close"]) == (None, Decimal("430.47"))
    assert lake.report("fmp_quote_snapshots", FRIDAY, "s1")["rejected"] == {
        "missing_observed_at": 1
    }
    (row,) = lake.silver("fmp_company_profiles", FRIDAY, "s1").to_pylist()
    assert (row["zip"], row["cik"], row["country"], row["ceo"]) == (
        "00501",
        "0000320193",
        None,
        None,
    )
    assert (row["full_time_employees"], row["ipo_date"]) == (72800, date(1980, 12, 12))


def test_bronze_names_are_those_of_fmp() -> None:
    assert bronze_name("price_avg_50") == "priceAvg50"
    assert bronze_name("full_time_employees") == "fullTimeEmployees"
    assert bronze_name("observed_at") == "timestamp"


def test_every_key_column_but_the_partition_is_required() -> None:
    for dataset in DATASETS:
        assert set(dataset.key) - {"date"} <= set(dataset.required)


BUCKETS = ["--SOURCE_BUCKET", "b", "--TARGET_BUCKET", "s"]


def test_arguments_of_glue_itself_are_passed_over() -> None:
    found = parse_arguments(
        ["--DATE", "2013-03-01", *BUCKETS, "--RUN_ID", "r1", "--job-language", "python"]
    )
    assert found == Job(FRIDAY, FRIDAY, "b", "s", "r1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--RUN_ID", "r"], "no dates"),
        (["--RUN_ID", "r", "--DATE", "2013-02-30"], "invalid fromisoformat value"),
        (["--RUN_ID", "r", "--START_DATE", "2013-03-02", "--END_DATE", "2013-03-01"], "is after"),
        (["--RUN_ID", "a/b", "--DATE", "2013-03-01"], "letters, digits"),
    ],
)
def test_bad_arguments_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_arguments([*BUCKETS, *arguments])
    assert caught.value.code == 2
    assert re.search(message, capsys.readouterr().err)
