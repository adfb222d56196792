"""The flows, over the local cloud: real connector, real Spark, real catalog."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from datetime import date
from decimal import Decimal
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from errors import ContainerFailedError, RequestRefusedError
from flows.ingestion.base_ingestion import ingestion
from flows.master.daily_pipeline import daily_pipeline
from flows.transformation.base_transformation import ranges, transformation
from tasks.bronze import HISTORICAL, manifest_key
from tasks.publish import published
from tests.lake import BRONZE, FRIDAY, THURSDAY
from tests.stack import Stack

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.timeout(300)]
CLUSTER = "finks-local"
RANGE = {"start_date": "2013-02-28", "end_date": "2013-03-01"}


def final_state(flow: Any, **parameters: Any) -> Any:
    return flow(**parameters, return_state=True)


def test_dates_far_from_the_others_get_a_run_of_their_own() -> None:
    days = [date(2013, 2, 28), date(2005, 3, 1), date(2013, 3, 1), date(2012, 12, 31)]
    assert ranges(days) == [
        (date(2005, 3, 1), date(2005, 3, 1)),
        (date(2012, 12, 31), date(2013, 3, 1)),
    ]
    assert ranges(()) == []


@pytest.mark.parametrize("flow", [daily_pipeline, ingestion, transformation])
def test_a_saturday_is_skipped_before_anything_is_started(flow: Any) -> None:
    state = final_state(flow, date="2013-02-16")
    assert (state.type.value, state.name) == ("COMPLETED", "Skipped")
    assert "2013-02-16 is no trading day of XNYS" in state.message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"date": "2013-03-04"}, "lies in the future"),
        ({"date": "yesterday"}, "write it as YYYY-MM-DD"),
        ({"start_date": "2013-02-20", "end_date": "2013-02-19"}, "exchange the two dates"),
        ({"date": "2013-02-15", "datasets": ["news"]}, "unknown dataset news"),
    ],
)
def test_parameters_that_make_no_sense_fail_with_the_remedy(
    parameters: dict[str, Any], message: str
) -> None:
    state = final_state(daily_pipeline, **parameters)
    assert state.type.value == "FAILED"
    assert message in state.message
    with pytest.raises(RequestRefusedError):
        state.result()


@pytest.mark.usefixtures("cloud", "replay")
def test_a_range_reaches_silver_and_a_second_run_changes_nothing() -> None:
    state = final_state(ingestion, **RANGE)
    assert (state.type.value, state.name) == ("COMPLETED", "Completed"), state.message
    assert state.result().audit.rows[HISTORICAL] == 10

    state = final_state(transformation, **RANGE)
    assert state.name == "Completed", state.message
    assert state.result().changed == (THURSDAY, FRIDAY)
    first = published("fmp_quotes", (THURSDAY, FRIDAY))
    assert {day: entry.rows for day, entry in first.items()} == {THURSDAY: 5, FRIDAY: 5}

    assert final_state(ingestion, **RANGE).name == "Completed"
    again = final_state(transformation, **RANGE)
    assert "up to date" in again.message
    assert published("fmp_quotes", (THURSDAY, FRIDAY)) == first

    # Bronze that is not what its manifest says: the audit leaves the old partition in place.
    s3 = boto3.client("s3")
    key = manifest_key(HISTORICAL, FRIDAY)
    document = json.loads(s3.get_object(Bucket=BRONZE, Key=key)["Body"].read())
    wrong = {**document, "rows": 6, "run_id": "other"}
    s3.put_object(Bucket=BRONZE, Key=key, Body=json.dumps(wrong).encode())
    refused = final_state(transformation, date=FRIDAY.isoformat())
    s3.put_object(Bucket=BRONZE, Key=key, Body=json.dumps(document).encode())
    assert refused.type.value == "FAILED"
    assert "stay as they were published before" in refused.message
    assert published("fmp_quotes", (THURSDAY, FRIDAY)) == first


@pytest.mark.usefixtures("cloud", "replay")
def test_restated_dates_reach_silver_although_the_window_is_another_day() -> None:
    monday, tuesday, wednesday = (date(2013, 2, day) for day in (4, 5, 6))
    days = {"start_date": monday.isoformat(), "end_date": wednesday.isoformat()}
    for flow in (ingestion, transformation):
        assert final_state(flow, **days).name == "Completed"
    before = closes(monday, tuesday, wednesday)

    # A run that restates two days, and dies before anything is transformed.
    restate(monday, tuesday, run_id="restated")

    state = final_state(ingestion, date=wednesday.isoformat())
    assert state.result().restated == (monday, tuesday)
    assert "2 other dates restated (2013-02-04..2013-02-05)" in state.message
    assert state.result().audit.rows[HISTORICAL] == 5
    state = final_state(transformation, date=wednesday.isoformat())
    assert state.name == "Completed", state.message
    assert state.result().changed == state.result().restated == (monday, tuesday)
    assert "2 other dates restated (2013-02-04..2013-02-05)" in state.message

    after = closes(monday, tuesday, wednesday)
    assert after[wednesday] == before[wednesday]
    for day in (monday, tuesday):
        assert after[day] == {symbol: close / 2 for symbol, close in before[day].items()}
    assert published("fmp_quotes", (monday,))[monday].source_run_id == "restated"
    again = final_state(transformation, date=wednesday.isoformat())
    assert "up to date" in again.message

    # The connector itself notices that FMP has other prices, and restates what bronze has of them.
    thursday = date(2013, 2, 7)
    state = final_state(ingestion, date=thursday.isoformat())
    assert {monday, tuesday, wednesday} <= set(state.result().restated)
    state = final_state(transformation, date=thursday.isoformat())
    assert {monday, tuesday, wednesday, thursday} <= set(state.result().changed)
    assert closes(monday, tuesday, wednesday) == before


@pytest.mark.usefixtures("cloud", "replay")
def test_an_unknown_symbol_leaves_the_run_incomplete_and_says_so() -> None:
    state = final_state(ingestion, date="2013-02-15", symbols=["IBM", "NOSUCH"])
    assert (state.type.value, state.name) == ("COMPLETED", "Incomplete"), state.message
    assert "NOSUCH" in state.message
    assert state.result().audit.rows[HISTORICAL] == 1


@pytest.mark.usefixtures("replay")
def test_a_wrong_key_fails_at_once_with_fmps_words(cloud: Stack) -> None:
    cloud.bootstrap(FMP_API_KEY="wrong")
    try:
        state = final_state(ingestion, date="2013-02-14")
    finally:
        cloud.bootstrap()
    assert state.type.value == "FAILED"
    assert "Invalid API KEY" in state.message
    with pytest.raises(ContainerFailedError) as caught:
        state.result()
    assert caught.value.exit_code == 3
    assert not _manifests(date(2013, 2, 14))


def test_a_dead_fmp_is_retried_then_fails_and_leaves_nothing(cloud: Stack) -> None:
    day = date(2013, 2, 13)
    dead = {"FMP_BASE_URL": "http://127.0.0.1:9/stable", "FMP_RETRY_SECONDS": "0"}
    before = _task_count()
    with cloud.connector_environment(**dead):
        state = final_state(ingestion, date=day.isoformat())
    assert state.type.value == "FAILED"
    assert "the connector gave up for now (exit 5)" in state.message
    assert _task_count() - before == 2
    assert not _manifests(day)


@pytest.mark.usefixtures("cloud", "replay")
def test_an_ingestion_task_that_is_killed_is_run_again() -> None:
    day = date(2013, 2, 12)
    before = _task_count()
    killer = threading.Thread(target=_stop_next_task)
    killer.start()
    state = final_state(ingestion, date=day.isoformat())
    killer.join()
    assert state.name == "Completed", state.message
    assert state.result().extraction.run_id.endswith("-2")
    assert _task_count() - before == 2
    assert _manifests(day)


@pytest.mark.usefixtures("cloud", "replay")
def test_a_task_beyond_its_time_limit_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINKS_INGESTION_TIMEOUT_MINUTES", "0.005")
    state = final_state(ingestion, date="2013-02-11")
    assert "took longer than 0.005 minutes and was stopped" in state.message
    ecs = boto3.client("ecs")
    deadline = time.monotonic() + 20
    while ecs.list_tasks(cluster=CLUSTER, desiredStatus="RUNNING")["taskArns"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def restate(*days: date, run_id: str) -> None:
    """Commit some days anew with half the prices, as a connector would after a split."""
    s3 = boto3.client("s3")
    documents = {
        day: json.loads(
            s3.get_object(Bucket=BRONZE, Key=manifest_key(HISTORICAL, day))["Body"].read()
        )
        for day in days
    }
    keys = {file["key"] for document in documents.values() for file in document["files"]}
    tables = [_table(BRONZE, key) for key in sorted(keys)]
    rows = [row for table in tables for row in table.to_pylist() if row["date"] in days]
    for row in rows:
        row.update({name: row[name] / 2 for name in ("open", "high", "low", "close", "vwap")})
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, tables[0].schema), sink, compression="zstd")
    content, key = sink.getvalue(), f"fmp/{HISTORICAL}/run={run_id}/part-00000.parquet"
    s3.put_object(Bucket=BRONZE, Key=key, Body=content)
    digest = hashlib.sha256(content).hexdigest()
    file = {"key": key, "sha256": digest, "rows": len(rows), "bytes": len(content)}
    for day, document in documents.items():
        body = json.dumps({**document, "run_id": run_id, "files": [file]}).encode()
        s3.put_object(Bucket=BRONZE, Key=manifest_key(HISTORICAL, day), Body=body)


def closes(*days: date) -> dict[date, dict[str, Decimal]]:
    """Published closing prices by day and symbol."""
    s3 = boto3.client("s3")
    found = {}
    for day, partition in published("fmp_quotes", days).items():
        bucket, _, prefix = partition.location.removeprefix("s3://").partition("/")
        (entry,) = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        rows = _table(bucket, entry["Key"]).to_pylist()
        found[day] = {row["symbol"]: row["close"] for row in rows}
    return found


def _table(bucket: str, key: str) -> pa.Table:
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return pq.ParquetFile(io.BytesIO(body)).read()


def _stop_next_task() -> None:
    ecs = boto3.client("ecs")
    while not (found := ecs.list_tasks(cluster=CLUSTER, desiredStatus="RUNNING")["taskArns"]):
        time.sleep(0.1)
    ecs.stop_task(cluster=CLUSTER, task=found[0], reason="killed by a test")


def _task_count() -> int:
    ecs = boto3.client("ecs")
    return len(ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"])


def _manifests(day: date) -> list[str]:
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=BRONZE, Prefix=manifest_key(HISTORICAL, day))
    return [entry["Key"] for entry in found.get("Contents", [])]
