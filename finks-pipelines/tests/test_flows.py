"""The flows, over the local cloud: real connector, real Spark, real catalog."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import boto3
import pytest

from errors import ContainerFailedError, RequestRefusedError
from flows.ingestion.base_ingestion import ingestion
from flows.master.daily_pipeline import daily_pipeline
from flows.transformation.base_transformation import transformation
from tasks.bronze import HISTORICAL, manifest_key
from tasks.publish import published
from tests.lake import BRONZE, FRIDAY, THURSDAY
from tests.stack import Stack

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.timeout(300)]
RANGE = {"start_date": "2013-02-28", "end_date": "2013-03-01"}


def final_state(flow: Any, **parameters: Any) -> Any:
    return flow(**parameters, return_state=True)


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


def _manifests(day: date) -> list[str]:
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=BRONZE, Prefix=manifest_key(HISTORICAL, day))
    return [entry["Key"] for entry in found.get("Contents", [])]
