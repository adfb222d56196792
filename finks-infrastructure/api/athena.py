"""Runs one query on Athena and reads its rows as Python values."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from api.errors import BusyError, QueryFailedError, QueryTimeoutError
from api.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient

Row = dict[str, Any]

_BUSY = {"TooManyRequestsException", "ThrottlingException"}
_CONVERSIONS: Mapping[str, Callable[[str], Any]] = {
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "float": float,
    "double": float,
    "boolean": lambda text: text == "true",
}
"""By Athena's type. Decimals stay texts: a float would not hold them exactly."""


def literal(text: str) -> str:
    """A text as an execution parameter: Athena reads parameters as SQL literals."""
    return "'" + text.replace("'", "''") + "'"


def run(client: AthenaClient, settings: Settings, sql: str, parameters: Sequence[str]) -> list[Row]:
    """The rows of a SELECT, by column; `parameters` are literals for its question marks.

    Raises BusyError, QueryFailedError, or QueryTimeoutError, which stops the query as well.
    """
    try:
        query_id = client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Catalog": "AwsDataCatalog", "Database": settings.database},
            WorkGroup=settings.workgroup,
            ExecutionParameters=parameters,
        )["QueryExecutionId"]
        _wait(client, settings, query_id)
        return _rows(client, query_id)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _BUSY:
            raise BusyError("too many queries at once; ask again in a minute") from error
        raise QueryFailedError("the figures cannot be read now", detail=str(error)) from error


def _wait(client: AthenaClient, settings: Settings, query_id: str) -> None:
    deadline = time.monotonic() + settings.query_seconds
    while True:
        status = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
        state = status["State"]
        if state == "SUCCEEDED":
            return
        if state in {"FAILED", "CANCELLED"}:
            reason = status.get("StateChangeReason", "")
            raise QueryFailedError(
                "the figures cannot be read now", detail=f"query {query_id} {state}: {reason}"
            )
        if time.monotonic() > deadline:
            client.stop_query_execution(QueryExecutionId=query_id)
            raise QueryTimeoutError(
                f"no answer within {settings.query_seconds:g} seconds; ask for fewer days"
            )
        time.sleep(settings.poll_seconds)


def _rows(client: AthenaClient, query_id: str) -> list[Row]:
    rows: list[Row] = []
    names: list[str] = []
    conversions: list[Callable[[str], Any]] = []
    for number, page in enumerate(
        client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
    ):
        data = page["ResultSet"]["Rows"]
        if number == 0:
            columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            names = [column["Name"] for column in columns]
            conversions = [_CONVERSIONS.get(column["Type"], str) for column in columns]
            data = data[1:]  # the header
        rows += [_row(names, conversions, entry["Data"]) for entry in data]
    return rows


def _row(
    names: Sequence[str], conversions: Sequence[Callable[[str], Any]], data: Sequence[Any]
) -> Row:
    texts = [datum.get("VarCharValue") for datum in data]
    return {
        name: None if text is None else convert(text)
        for name, convert, text in zip(names, conversions, texts, strict=True)
    }
