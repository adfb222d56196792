"""information_schema: what the catalog holds, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
from sqlglot import exp

from local.cloud.athena.catalog import CATALOG, Table, TableName
from local.cloud.athena.errors import QueryError
from local.cloud.athena.session import Session

NAME = "information_schema"
_TEXTS = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "views": ("table_catalog", "table_schema", "table_name", "view_definition"),
    "columns": (
        *("table_catalog", "table_schema", "table_name", "column_name"),
        *("ordinal_position", "column_default", "is_nullable", "data_type", "comment"),
    ),
}


def relation(session: Session, name: str, reference: exp.Table) -> str:
    """SQL of ``information_schema.tables`` and its like."""
    if name not in _TEXTS:
        raise QueryError("TABLE_NOT_FOUND", f"Table '{CATALOG}.{NAME}.{name}' does not exist")
    databases = _databases(session, reference)
    if name == "schemata":
        rows: Iterable[tuple[object, ...]] = ((CATALOG, database) for database in databases)
    else:
        rows = _rows(session, name, databases)
    registered = session.new_name("information")
    columns = list(zip(*rows, strict=True)) or [()] * len(_TEXTS[name])
    types = [pa.int64() if c == "ordinal_position" else pa.string() for c in _TEXTS[name]]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    session.connection.register(registered, pa.table(arrays, names=list(_TEXTS[name])))
    return f"SELECT * FROM {registered}"


def _databases(session: Session, reference: exp.Table) -> list[str]:
    """All databases, or the one that the query asks for: Glue lists tables by database."""
    names = session.catalog.databases()
    where = reference.parent_select.args.get("where") if reference.parent_select else None
    if where is None or where.find(exp.Or):
        return names
    asked = [
        str(node.expression.this)
        for node in where.find_all(exp.EQ)
        if isinstance(node.this, exp.Column)
        and node.this.name.lower() == "table_schema"
        and isinstance(node.expression, exp.Literal)
    ]
    return [name for name in names if name in asked] if asked else names


def _rows(session: Session, name: str, databases: list[str]) -> Iterator[tuple[object, ...]]:
    for database in databases:
        for table in session.catalog.tables(database):
            key = (CATALOG, database, table.name.table)
            if name == "tables":
                yield (*key, "VIEW" if table.is_view else "BASE TABLE")
            elif name == "columns":
                yield from _columns(key, table)
            elif table.is_view:
                yield (*key, table.glue.get("ViewOriginalText"))


def _columns(key: tuple[str, str, str], table: Table) -> Iterator[tuple[object, ...]]:
    for position, column in enumerate((*table.columns, *table.partition_keys), 1):
        comment = column.comment or None
        yield (*key, column.name, position, None, "YES", column.type.trino, comment)


def is_information_schema(name: TableName) -> bool:
    """Whether a name is one of these tables."""
    return name.database == NAME
