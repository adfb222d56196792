"""Iceberg tables: a snapshot's data files as a DuckDB relation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyiceberg.catalog.glue import _IcebergSchemaToGlueType
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.schema import Schema, visit
from pyiceberg.table import FileScanTask
from pyiceberg.table import Table as IcebergTable
from pyiceberg.types import NestedField, PrimitiveType, TimestamptzType, TimeType, UUIDType

from local.cloud.athena import sql_types
from local.cloud.athena.catalog import Table
from local.cloud.athena.errors import QueryError
from local.cloud.athena.quoting import identifier, text, texts
from local.cloud.athena.session import Session
from local.cloud.athena.sql_types import Type

PATH = "$path"
FILE = "__file"
ROW = "__row"


def load(session: Session, table: Table) -> IcebergTable:
    """The table at its current metadata; QueryError if that cannot be read."""
    try:
        return session.iceberg._convert_glue_to_iceberg(table.glue)  # type: ignore[arg-type]  # saves a call of Glue
    except (FileNotFoundError, NoSuchTableError) as error:
        raise QueryError(
            "ICEBERG_INVALID_METADATA",
            f"Metadata of table '{table.name}' not found at"
            f" {table.parameters.get('metadata_location')}: drop the table and create it again",
        ) from error


def column_type(field: NestedField) -> Type:
    """The type of a column."""
    if isinstance(field.field_type, TimestamptzType):
        return Type("timestamp with time zone")
    return sql_types.from_hive(visit(field.field_type, _IcebergSchemaToGlueType()))


@dataclass(frozen=True)
class Snapshot:
    """The files of one snapshot, planned once and read as often as a query likes."""

    schema: Schema
    tasks: list[FileScanTask]
    arrow: pa.Table | None
    """The rows themselves, where DuckDB cannot read the files: deletes, nested types."""


def plan(session: Session, iceberg: IcebergTable, snapshot_id: int | None = None) -> Snapshot:
    """The files to read; a snapshot of None is the current one."""
    scan = iceberg.scan(snapshot_id=snapshot_id)
    tasks = list(scan.plan_files())
    schema = scan.projection()
    session.scan_bytes(sum(task.file.file_size_in_bytes for task in tasks))
    plain = all(_is_plain(field) for field in schema.fields)
    if plain and not any(task.delete_files for task in tasks):
        return Snapshot(schema, tasks, None)
    return Snapshot(schema, tasks, _rows(iceberg, schema, tasks))


def _rows(iceberg: IcebergTable, schema: Schema, tasks: list[FileScanTask]) -> pa.Table:
    """All rows with their places, read by pyiceberg; a row's number is that among the live ones."""
    scan = ArrowScan(iceberg.metadata, iceberg.io, schema, AlwaysTrue())
    parts = []
    for task in tasks:
        rows = scan.to_table([task])
        files = pa.array([task.file.file_path] * rows.num_rows, pa.string())
        numbers = pa.array(range(rows.num_rows), pa.int64())
        parts.append(rows.append_column(FILE, files).append_column(ROW, numbers))
    if not parts:
        return scan.to_table([])
    return pa.concat_tables(parts, promote_options="permissive")


def _is_plain(field: NestedField) -> bool:
    return isinstance(field.field_type, PrimitiveType) and not isinstance(
        field.field_type, TimeType | UUIDType
    )


def relation(session: Session, snapshot: Snapshot, *, hidden: bool = False) -> str:
    """SQL that reads a snapshot; with `hidden` it has ``$path``, the URI of the row's file."""
    columns = _typed_columns(snapshot.schema)
    if snapshot.arrow is not None:
        if hidden:
            columns.append(f"{FILE} AS {identifier(PATH)}")
        name = session.new_name("arrow")
        session.connection.register(name, snapshot.arrow)
        return f"SELECT {', '.join(columns)} FROM {name}"
    if not snapshot.tasks:
        return _empty(snapshot.schema, [PATH] if hidden else [])
    if hidden:
        uris = {str(session.files.path(t.file.file_path)): t.file.file_path for t in snapshot.tasks}
        pairs = ", ".join(f"{text(path)}: {text(uri)}" for path, uri in uris.items())
        columns.append(f"MAP {{{pairs}}}[filename] AS {identifier(PATH)}")
    return f"SELECT {', '.join(columns)} FROM {_reader(session, snapshot)}"


def rows_relation(session: Session, snapshot: Snapshot) -> str:
    """SQL that reads a snapshot with the place of each row: its file and number in it."""
    if not snapshot.tasks:
        return _empty(snapshot.schema, [FILE, ROW])
    if snapshot.arrow is not None and snapshot.tasks:
        name = session.new_name("arrow")
        session.connection.register(name, snapshot.arrow)
        return f"SELECT {', '.join([*_typed_columns(snapshot.schema), FILE, ROW])} FROM {name}"
    uris = {str(session.files.path(t.file.file_path)): t.file.file_path for t in snapshot.tasks}
    pairs = ", ".join(f"{text(path)}: {text(uri)}" for path, uri in uris.items())
    columns = [
        *_typed_columns(snapshot.schema),
        f"MAP {{{pairs}}}[filename] AS {FILE}",
        f"file_row_number AS {ROW}",
    ]
    return f"SELECT {', '.join(columns)} FROM {_reader(session, snapshot)}"


def _typed_columns(schema: Schema) -> list[str]:
    return [
        f"CAST({identifier(f.name)} AS {column_type(f).duckdb}) AS {identifier(f.name)}"
        for f in schema.fields
    ]


def _reader(session: Session, snapshot: Snapshot) -> str:
    """read_parquet() that finds columns by their Iceberg field id, whatever they are called."""
    fields = ", ".join(
        f"{f.field_id}: {{name: {text(f.name)}, type: {text(column_type(f).duckdb)},"
        " default_value: NULL}"
        for f in snapshot.schema.fields
    )
    paths = [session.files.path(task.file.file_path) for task in snapshot.tasks]
    return f"read_parquet({texts(paths)}, schema=MAP {{{fields}}})"


def _empty(schema: Schema, extra: list[str]) -> str:
    columns = [
        f"CAST(NULL AS {column_type(f).duckdb}) AS {identifier(f.name)}" for f in schema.fields
    ]
    columns += [f"NULL AS {identifier(name)}" for name in extra]
    return f"SELECT {', '.join(columns)} WHERE false"


_INSPECTED = {
    "snapshots": "snapshots",
    "history": "history",
    "files": "files",
    "manifests": "manifests",
    "partitions": "partitions",
    "refs": "refs",
}


def metadata_relation(session: Session, table: Table, suffix: str) -> str:
    """SQL of ``"t$snapshots"`` and its like."""
    if suffix not in _INSPECTED:
        raise QueryError("TABLE_NOT_FOUND", f"Table '{table.name}${suffix}' does not exist")
    rows: Any = getattr(load(session, table).inspect, _INSPECTED[suffix])()
    name = session.new_name("metadata")
    session.connection.register(name, rows)
    return f"SELECT * FROM {name}"
