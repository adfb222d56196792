"""Queries of the local lake for the command line and the checks, through Athena's API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from config.local import LocalSettings
from local import aws

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient

_POLL_SECONDS = 0.1
_QUERY_SECONDS = 120
Row = dict[str, str | None]


class QueryError(Exception):
    """A query failed; the message is Athena's."""


def query(settings: LocalSettings, sql: str) -> list[Row]:
    """Rows of a SELECT, every value as Athena's text (None for null)."""
    athena: AthenaClient = aws.session(settings).client("athena", **aws.client_options(settings))
    execution = athena.start_query_execution(QueryString=sql, WorkGroup=settings.names.workgroup)[
        "QueryExecutionId"
    ]
    deadline = time.monotonic() + _QUERY_SECONDS
    while True:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            break
        if status["State"] in {"FAILED", "CANCELLED"}:
            raise QueryError(status.get("StateChangeReason", status["State"]))
        if time.monotonic() > deadline:
            athena.stop_query_execution(QueryExecutionId=execution)
            raise QueryError(f"no result after {_QUERY_SECONDS} s: {sql}")
        time.sleep(_POLL_SECONDS)
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
    lines = [
        [cell.get("VarCharValue") for cell in row["Data"]]
        for page in pages
        for row in page["ResultSet"]["Rows"]
    ]
    header, *rows = lines
    names = [name or "" for name in header]
    return [dict(zip(names, row, strict=True)) for row in rows]
