"""Hive tables: files of a folder or of registered partitions as a DuckDB relation.

Only registered partitions are read, wherever they point: publishing a partition is moving its
pointer. Columns have the types of the catalog, and a column that a file lacks is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from local.cloud.athena import sql_types
from local.cloud.athena.catalog import Column, Partition, Table
from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.quoting import identifier, text, texts
from local.cloud.athena.session import Session
from local.cloud.athena.tables.formats import TableFormat
from local.cloud.athena.tables.pruning import NULL_PARTITION, Condition, prune

PATH = "$path"
_FILE = "__file"
_INTEGERS = ("tinyint", "smallint", "integer", "bigint")
_READABLE: dict[str, tuple[str, ...]] = {
    "varchar": ("varchar",),
    "double": ("double", "real"),
    "real": ("real", "double"),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp", "timestamp with time zone"),
    "decimal": ("decimal", *_INTEGERS),
    "varbinary": ("varbinary", "varchar"),
    **dict.fromkeys(_INTEGERS, _INTEGERS),
}


@dataclass(frozen=True)
class _DataFile:
    uri: str
    path: Path
    partition: Partition | None


def relation(session: Session, table: Table, wanted: list[Condition], *, hidden: bool) -> str:
    """SQL that reads the table; with `hidden` it has the column ``$path`` too."""
    table_format = TableFormat.of(table)
    files = _files(session, table, wanted)
    keys = table.partition_keys
    if not files:
        return _empty(table, hidden=hidden)
    session.scan_bytes(sum(file.path.stat().st_size for file in files))
    paths = [str(file.path) for file in files]
    if table_format.kind == "parquet":
        source = f"read_parquet({texts(paths)}, union_by_name=true, hive_partitioning=false)"
        present = _check_types(session, table, source)
    else:
        source = table_format.reader(table.columns, paths)
        present = {column.name for column in table.columns}
    columns = [
        f"{_cast(column, table_format)} AS {identifier(column.name)}"
        if column.name in present
        else f"CAST(NULL AS {column.type.duckdb}) AS {identifier(column.name)}"
        for column in table.columns
    ]
    if not keys and not hidden:
        return f"SELECT {', '.join(columns)} FROM {source}"
    lookup = _register_lookup(session, files, keys)
    columns += [f"p.{identifier(key.name)}" for key in keys]
    if hidden:
        columns.append(f"p.{identifier(PATH)}")
    joined = f"{source} AS f JOIN {lookup} AS p ON f.filename = p.{_FILE}"
    return f"SELECT {', '.join(columns)} FROM {joined}"


def _files(session: Session, table: Table, wanted: list[Condition]) -> list[_DataFile]:
    if not table.partition_keys:
        return [_DataFile(uri, path, None) for uri, path in session.files.list(table.location)]
    partitions = prune(table.partition_keys, session.catalog.partitions(table.name), wanted)
    return [
        _DataFile(uri, path, partition)
        for partition in partitions
        for uri, path in session.files.list(partition.location)
    ]


def _empty(table: Table, *, hidden: bool) -> str:
    columns = [
        f"CAST(NULL AS {column.type.duckdb}) AS {identifier(column.name)}"
        for column in (*table.columns, *table.partition_keys)
    ]
    if hidden:
        columns.append(f"'' AS {identifier(PATH)}")
    return f"SELECT {', '.join(columns)} WHERE false"


def _cast(column: Column, table_format: TableFormat) -> str:
    return table_format.cast(column)


def _check_types(session: Session, table: Table, source: str) -> set[str]:
    """Names of the columns that the files have; QueryError if one has no type that can be read."""
    described = session.execute(f"SELECT * FROM {source} LIMIT 0").description or []
    actual = {name.lower(): kind for name, kind, *_ in described}
    for column in table.columns:
        if column.name not in actual:
            continue
        kind = sql_types.from_duckdb(actual[column.name])
        if kind.kind not in _READABLE.get(column.type.kind, (column.type.kind,)):
            raise QueryError(
                "HIVE_BAD_DATA",
                f"Malformed Parquet file. Field {column.name}'s type {kind.trino} in parquet file"
                f" is incompatible with type {column.type.trino} defined in table schema"
                f" ({table.name}); write the files again or correct the table",
            )
    return set(actual)


def _register_lookup(session: Session, files: list[_DataFile], keys: tuple[Column, ...]) -> str:
    """A relation with a row a file: its path and URI, and the values of its partition."""
    raw = session.new_name("files")
    values = {
        f"v{index}": [
            None if value == NULL_PARTITION else value
            for file in files
            if file.partition is not None
            for value in [file.partition.values[index]]
        ]
        for index in range(len(keys))
    }
    session.connection.register(
        raw,
        pa.table(
            {
                _FILE: pa.array([str(file.path) for file in files], pa.string()),
                PATH: pa.array([file.uri for file in files], pa.string()),
                **{name: pa.array(items, pa.string()) for name, items in values.items()},
            }
        ),
    )
    typed = [
        f"CAST(v{index} AS {key.type.duckdb}) AS {identifier(key.name)}"
        for index, key in enumerate(keys)
    ]
    name = session.new_name("partitions")
    session.execute(
        f"CREATE TEMP TABLE {name} AS"
        f" SELECT {', '.join([_FILE, identifier(PATH), *typed])} FROM {raw}"
    )
    session.connection.unregister(raw)
    return name


def partitions_relation(session: Session, table: Table) -> str:
    """SQL of the table ``"t$partitions"``: a row a partition."""
    keys = table.partition_keys
    if not keys:
        raise QueryError("TABLE_NOT_FOUND", f"Table '{table.name}$partitions' does not exist")
    rows = [
        "("
        + ", ".join(
            "NULL" if value == NULL_PARTITION else f"CAST({text(value)} AS {key.type.duckdb})"
            for key, value in zip(keys, partition.values, strict=True)
        )
        + ")"
        for partition in session.catalog.partitions(table.name)
    ]
    names = ", ".join(identifier(key.name) for key in keys)
    if not rows:
        empty = ", ".join(f"CAST(NULL AS {k.type.duckdb}) AS {identifier(k.name)}" for k in keys)
        return f"SELECT {empty} WHERE false"
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS t({names})"


def require_writable(table: Table) -> TableFormat:
    """The format in which a Hive table is written; QueryError for those that only can be read."""
    table_format = TableFormat.of(table)
    if table_format.kind not in ("parquet", "text", "json"):
        raise not_supported(f"Writing to a table of format {table_format.kind}")
    return table_format
