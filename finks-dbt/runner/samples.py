"""The rows that made a dbt test fail or warn: one Athena query a test."""

from __future__ import annotations

import time
from typing import Any

import boto3

from runner.settings import Settings

MAX_ROWS = 20
TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.2
_RUNNING = ("QUEUED", "RUNNING")


class SampleError(RuntimeError):
    """The query for the rows did not succeed."""


def failing_rows(compiled_code: str, settings: Settings) -> list[dict[str, str | None]]:
    """At most MAX_ROWS rows of a test's compiled query, values as Athena prints them.

    Raises SampleError, or the botocore error of a refused call.
    """
    client = boto3.client("athena", region_name=settings.region)
    test = compiled_code.strip().rstrip(";")
    query_id = client.start_query_execution(
        QueryString=f"select * from (\n{test}\n) limit {MAX_ROWS}",  # noqa: S608  dbt's own SQL
        WorkGroup=settings.workgroup,
        ResultConfiguration={"OutputLocation": settings.staging_uri},
    )["QueryExecutionId"]
    deadline = time.monotonic() + TIMEOUT_SECONDS
    status = _status(client, query_id)
    while status["State"] in _RUNNING:
        if time.monotonic() > deadline:
            client.stop_query_execution(QueryExecutionId=query_id)
            raise SampleError(f"query {query_id} took more than {TIMEOUT_SECONDS:.0f} seconds")
        time.sleep(_POLL_SECONDS)
        status = _status(client, query_id)
    if status["State"] != "SUCCEEDED":
        raise SampleError(f"query {query_id}: {status.get('StateChangeReason', status['State'])}")
    rows = client.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
    header, *body = [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]
    names = [str(name) for name in header]
    return [dict(zip(names, row, strict=True)) for row in body]


def _status(client: Any, query_id: str) -> dict[str, Any]:
    execution = client.get_query_execution(QueryExecutionId=query_id)
    status: dict[str, Any] = execution["QueryExecution"]["Status"]
    return status
