"""Views as Athena keeps them in Glue: JSON, base64, in a comment."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from local.cloud.athena.catalog import CATALOG, Column, Table
from local.cloud.athena.errors import QueryError

_TEXT = re.compile(r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/")


@dataclass(frozen=True)
class View:
    """A view: its query, the database its names are looked up in, and its columns."""

    sql: str
    database: str
    columns: tuple[str, ...]


def decode(table: Table) -> View:
    """The view behind a catalog entry; raises QueryError if it is none that Athena wrote."""
    match = _TEXT.fullmatch(str(table.glue.get("ViewOriginalText", "")).strip())
    try:
        body = json.loads(base64.b64decode(match[1])) if match else None
    except (binascii.Error, ValueError):
        body = None
    if body is None:
        raise QueryError(
            "INVALID_VIEW", f"View '{table.name}' is not readable: create it again with CREATE VIEW"
        )
    return View(
        sql=body["originalSql"],
        database=body.get("schema") or table.name.database,
        columns=tuple(column["name"] for column in body.get("columns", ())),
    )


def table_input(sql: str, database: str, columns: list[Column]) -> dict[str, Any]:
    """The catalog entry of a view."""
    body = {
        "originalSql": sql,
        "catalog": CATALOG,
        "schema": database,
        "columns": [{"name": column.name, "type": column.type.trino} for column in columns],
    }
    encoded = base64.b64encode(json.dumps(body).encode()).decode()
    return {
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": f"/* Presto View: {encoded} */",
        "ViewExpandedText": "/* Presto View */",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {
            "Columns": [column.glue for column in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "PartitionKeys": [],
    }
