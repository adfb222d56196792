"""INSERT INTO Hive and Iceberg tables."""

from __future__ import annotations

from sqlglot import exp

from local.cloud.athena.catalog import Column, Table
from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.outcome import Outcome, written
from local.cloud.athena.quoting import identifier, identifiers
from local.cloud.athena.session import Session
from local.cloud.athena.sql_types import Type
from local.cloud.athena.statements import hive_writer, iceberg_writer
from local.cloud.athena.tables import hive, iceberg
from local.cloud.athena.tables.resolver import Resolver, table_name
from local.cloud.athena.translate.dialect import position

_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "decimal", "real", "double")


def run(session: Session, tree: exp.Insert, sql: str) -> Outcome:
    """Add the rows of a query to a table."""
    if tree.args.get("overwrite"):
        raise QueryError(
            "SYNTAX_ERROR", "mismatched input 'OVERWRITE': Athena has INSERT INTO only"
        )
    into, given = _target(tree)
    where = position(into, sql)
    table = session.catalog.get(table_name(into, session.database), where)
    if table.is_view:
        raise not_supported(f"Inserting into the view '{table.name}'")
    columns = [*table.columns, *table.partition_keys]
    resolver = Resolver(session)
    query = resolver.to_duckdb(tree.expression, sql)
    source = _arrange(columns, given, resolver.columns(query), query)
    if table.is_iceberg:
        loaded = iceberg.load(session, table)
        rows = iceberg_writer.read(session, source, loaded.schema())
        files = iceberg_writer.append(session, loaded, rows)
        return written("DML", "INSERT", rows.num_rows, [file.file_path for file in files])
    return _hive(session, table, columns, source)


def _target(tree: exp.Insert) -> tuple[exp.Table, list[str] | None]:
    target = tree.this
    if isinstance(target, exp.Schema):
        return target.this, [column.name.lower() for column in target.expressions]
    return target, None


def _arrange(
    columns: list[Column],
    given: list[str] | None,
    selected: list[Column],
    query: str,
) -> str:
    """The query's columns in the table's order, those that were not given as null."""
    names = given or [column.name for column in columns]
    by_name = {column.name: column for column in columns}
    for name in names:
        if name not in by_name:
            raise QueryError(
                "COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {name}"
            )
    targets = [by_name[name].type for name in names]
    sources = [column.type for column in selected]
    if len(targets) != len(sources) or not all(
        _assignable(source, target) for source, target in zip(sources, targets, strict=True)
    ):
        raise QueryError(
            "TYPE_MISMATCH",
            "Insert query has mismatched column types: Table:"
            f" [{', '.join(t.trino for t in targets)}], Query:"
            f" [{', '.join(s.trino for s in sources)}]; cast the columns of the query",
        )
    projections = [
        f"q.{identifier(column.name)}"
        if column.name in names
        else f"CAST(NULL AS {column.type.duckdb}) AS {identifier(column.name)}"
        for column in columns
    ]
    return f"SELECT {', '.join(projections)} FROM ({query}) AS q({identifiers(names)})"


def _assignable(source: Type, target: Type) -> bool:
    if source.kind in ("unknown", target.kind):
        return True
    if source.kind == "decimal" and source.scale == 0 and target.kind in _NUMBERS:
        return True
    if source.kind in _NUMBERS and target.kind in _NUMBERS:
        return _NUMBERS.index(source.kind) < _NUMBERS.index(target.kind)
    return source.kind == "date" and target.kind == "timestamp"


def _hive(session: Session, table: Table, columns: list[Column], source: str) -> Outcome:
    table_format = hive.require_writable(table)
    rows = hive_writer.materialize(session, source, columns)
    keys = table.partition_keys
    session.check()
    result = hive_writer.write(session, rows, table.columns, keys, table.location, table_format)
    if keys:
        known = {partition.values for partition in session.catalog.partitions(table.name)}
        new = [partition for partition in result.partitions if partition.values not in known]
        session.catalog.add_partitions(table, new)
    return written("DML", "INSERT", result.rows, result.files)
