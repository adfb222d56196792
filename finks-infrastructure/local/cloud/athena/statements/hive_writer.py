"""Writing rows into Hive tables: files, one or more a partition, then the partitions' entries."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from local.cloud.athena.catalog import Column, Partition
from local.cloud.athena.errors import QueryError
from local.cloud.athena.quoting import identifier, text
from local.cloud.athena.session import Session
from local.cloud.athena.tables.formats import TableFormat
from local.cloud.athena.tables.pruning import NULL_PARTITION

OPEN_PARTITIONS = 100
"""How many partitions one statement of Athena may write."""
_ESCAPED = re.compile(r"[\x00-\x1f\"#%'*/:=?\\\x7f{}\[\]^]")


@dataclass(frozen=True)
class Written:
    """What was written: number of rows, URIs, and the partitions that the rows fell into."""

    rows: int
    files: list[str]
    partitions: list[Partition]


def materialize(session: Session, sql: str, columns: Sequence[Column]) -> str:
    """The rows of a query in a temporary table, in the columns' types; its name."""
    name = session.new_name("rows")
    typed = ", ".join(
        f"CAST({identifier(column.name)} AS {column.type.duckdb}) AS {identifier(column.name)}"
        for column in columns
    )
    names = ", ".join(identifier(column.name) for column in columns)
    session.execute(f"CREATE TEMP TABLE {name} AS SELECT {typed} FROM ({sql}) AS q({names})")
    return name


def write(
    session: Session,
    rows: str,
    columns: Sequence[Column],
    keys: Sequence[Column],
    location: str,
    table_format: TableFormat,
    compression: str | None = None,
) -> Written:
    """Write a temporary table below a location; raises QueryError past 100 partitions."""
    count = _scalar(session, f"SELECT count(*) FROM {rows}")
    if not keys:
        files = (
            [_copy(session, rows, columns, location, table_format, compression)] if count else []
        )
        return Written(count, files, [])
    names = ", ".join(identifier(key.name) for key in keys)
    texts = ", ".join(f"{_text(key)} AS {identifier(key.name)}" for key in keys)
    values: list[tuple[str | None, ...]] = session.execute(
        f"SELECT {texts} FROM (SELECT DISTINCT {names} FROM {rows}) ORDER BY ALL"
    ).fetchall()
    if len(values) > OPEN_PARTITIONS:
        raise QueryError(
            "HIVE_TOO_MANY_OPEN_PARTITIONS",
            f"Exceeded limit of {OPEN_PARTITIONS} open writers for partitions/buckets:"
            f" {len(values)} partitions; insert them in several statements",
        )
    files, partitions = [], []
    for value in values:
        folder = f"{location.rstrip('/')}/{partition_path(keys, value)}"
        condition = " AND ".join(f"{_text(key)} IS NOT DISTINCT FROM ?::VARCHAR" for key in keys)
        subset = f"(SELECT * FROM {rows} WHERE {condition})"
        files.append(
            _copy(session, subset, columns, folder, table_format, compression, list(value))
        )
        partitions.append(Partition(tuple(v or NULL_PARTITION for v in value), f"{folder}/"))
    return Written(count, files, partitions)


def partition_path(keys: Sequence[Column], values: Sequence[str | None]) -> str:
    """``d=2020-01-01/n=5``, escaped as Hive does."""
    return "/".join(
        f"{key.name}={NULL_PARTITION if value is None else _escape(value)}"
        for key, value in zip(keys, values, strict=True)
    )


def _escape(value: str) -> str:
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", value)


def _text(key: Column) -> str:
    name = identifier(key.name)
    if key.type.kind == "timestamp":
        return f"strftime({name}, '%Y-%m-%d %H:%M:%S.%g')"
    return f"CAST({name} AS VARCHAR)"


def _copy(
    session: Session,
    source: str,
    columns: Sequence[Column],
    folder: str,
    table_format: TableFormat,
    compression: str | None,
    parameters: list[str | None] | None = None,
) -> str:
    name = f"{session.query_id.replace('-', '')}_{uuid.uuid4()}{table_format.suffix}"
    uri = f"{folder.rstrip('/')}/{name}"
    staged = session.files.stage()
    names = ", ".join(identifier(column.name) for column in columns)
    options = table_format.copy_options(compression)
    rows = f"SELECT {names} FROM {source}"
    session.execute(f"COPY ({rows}) TO {text(staged)} ({options})", parameters)
    session.files.place(staged, uri)
    return uri


def _scalar(session: Session, sql: str) -> int:
    row = session.execute(sql).fetchone()
    return int(row[0]) if row else 0
