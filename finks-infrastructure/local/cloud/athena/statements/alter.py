"""ALTER TABLE."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

from local.cloud.athena.catalog import Column, Partition, Table
from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.outcome import Outcome, ddl
from local.cloud.athena.session import Session
from local.cloud.athena.statements import grammar
from local.cloud.athena.statements.hive_writer import partition_path
from local.cloud.athena.tables import iceberg
from local.cloud.athena.tables.iceberg_schema import iceberg_type

_FLAGS = re.IGNORECASE | re.DOTALL
_PART = r"[`\"]?[\w$]+[`\"]?"


def run(session: Session, match: re.Match[str]) -> Outcome:
    """ALTER TABLE name …, by what follows the name."""
    name = grammar.table_name(match["name"], session.database)
    table = session.catalog.get(name)
    rest = match["rest"].strip()
    for pattern, substatement, action in _ACTIONS:
        if found := re.fullmatch(pattern, rest, _FLAGS):
            action(session, table, found)
            return ddl(substatement)
    raise not_supported(f"ALTER TABLE … {rest[:40]}")


def _rename(session: Session, table: Table, match: re.Match[str]) -> None:
    target = grammar.table_name(match["name"], table.name.database)
    if not table.is_iceberg:
        raise QueryError(
            "NOT_SUPPORTED",
            f"Renaming the Hive table '{table.name}': only Iceberg tables can be renamed",
        )
    if session.catalog.find(target) is not None:
        raise QueryError("TABLE_ALREADY_EXISTS", f"Table '{target}' already exists")
    session.iceberg.rename_table(
        (table.name.database, table.name.table), (target.database, target.table)
    )


def _set_properties(session: Session, table: Table, match: re.Match[str]) -> None:
    properties = grammar.properties(match["properties"])
    if table.is_iceberg:
        with iceberg.load(session, table).transaction() as transaction:
            transaction.set_properties(properties)
        return
    session.catalog.update(table, Parameters={**table.parameters, **properties})


def _unset_properties(session: Session, table: Table, match: re.Match[str]) -> None:
    names = [item.strip("'\" ") for item in grammar.split(match["properties"])]
    if table.is_iceberg:
        with iceberg.load(session, table).transaction() as transaction:
            transaction.remove_properties(*names)
        return
    kept = {key: value for key, value in table.parameters.items() if key not in names}
    session.catalog.update(table, Parameters=kept)


def _add_columns(session: Session, table: Table, match: re.Match[str]) -> None:
    columns = grammar.columns(match["columns"])
    existing = {column.name for column in (*table.columns, *table.partition_keys)}
    for column in columns:
        if column.name in existing:
            raise QueryError("COLUMN_ALREADY_EXISTS", f"Column '{column.name}' already exists")
    if table.is_iceberg:
        with iceberg.load(session, table).update_schema() as update:
            for column in columns:
                kind = iceberg_type(column.type, itertools.count(1))
                update.add_column(column.name, kind, doc=column.comment or None)
        return
    _replace(session, table, [*table.columns, *columns])


def _replace_columns(session: Session, table: Table, match: re.Match[str]) -> None:
    if table.is_iceberg:
        raise not_supported("REPLACE COLUMNS of an Iceberg table")
    _replace(session, table, grammar.columns(match["columns"]))


def _drop_column(session: Session, table: Table, match: re.Match[str]) -> None:
    if not table.is_iceberg:
        raise QueryError(
            "GENERIC_USER_ERROR",
            f"DROP COLUMN of the Hive table '{table.name}': use REPLACE COLUMNS",
        )
    name = match["column"].strip('`"').lower()
    _require(table, name)
    with iceberg.load(session, table).update_schema() as update:
        update.delete_column(name)


def _change_column(session: Session, table: Table, match: re.Match[str]) -> None:
    old = match["column"].strip('`"').lower()
    (new,) = grammar.columns(match["definition"])
    _require(table, old)
    if table.is_iceberg:
        loaded = iceberg.load(session, table)
        kind = iceberg_type(new.type, itertools.count(1))
        with loaded.update_schema() as update:
            if loaded.schema().find_field(old).field_type != kind:
                update.update_column(old, field_type=kind)
            if new.name != old:
                update.rename_column(old, new.name)
        return
    _replace(session, table, [new if column.name == old else column for column in table.columns])


def _require(table: Table, name: str) -> None:
    if name not in {column.name for column in table.columns}:
        raise QueryError("COLUMN_NOT_FOUND", f"Column '{name}' does not exist in '{table.name}'")


def _replace(session: Session, table: Table, columns: list[Column]) -> None:
    descriptor = {**table.descriptor, "Columns": [column.glue for column in columns]}
    session.catalog.update(table, StorageDescriptor=descriptor)


def _add_partitions(session: Session, table: Table, match: re.Match[str]) -> None:
    known = {partition.values for partition in session.catalog.partitions(table.name)}
    new = []
    for item in re.finditer(
        r"PARTITION\s*\((?P<values>[^)]*)\)(?:\s*LOCATION\s*'(?P<location>[^']+)')?",
        match["partitions"],
        _FLAGS,
    ):
        values = _values(table, item["values"])
        if values in known:
            if match["exists"]:
                continue
            raise QueryError(
                "GENERIC_USER_ERROR", f"AlreadyExistsException: partition {values} already exists"
            )
        default = f"{table.location.rstrip('/')}/{partition_path(table.partition_keys, values)}/"
        new.append(Partition(values, item["location"] or default))
    session.catalog.add_partitions(table, new)


def _drop_partitions(session: Session, table: Table, match: re.Match[str]) -> None:
    known = {partition.values for partition in session.catalog.partitions(table.name)}
    dropped = []
    for item in re.finditer(r"PARTITION\s*\(([^)]*)\)", match["partitions"], _FLAGS):
        values = _values(table, item[1])
        if values in known:
            dropped.append(values)
        elif not match["exists"]:
            raise QueryError("GENERIC_USER_ERROR", f"Partition {values} does not exist")
    session.catalog.drop_partitions(table.name, dropped)


def _set_location(session: Session, table: Table, match: re.Match[str]) -> None:
    if match["values"]:
        values = _values(table, match["values"])
        descriptor: Any = {**table.descriptor, "Location": match["location"]}
        session.catalog.glue.update_partition(
            DatabaseName=table.name.database,
            TableName=table.name.table,
            PartitionValueList=list(values),
            PartitionInput={
                "Values": list(values),
                "StorageDescriptor": descriptor,
            },
        )
        return
    session.catalog.update(
        table, StorageDescriptor={**table.descriptor, "Location": match["location"]}
    )


def _values(table: Table, text: str) -> tuple[str, ...]:
    given = grammar.partition_values(text)
    keys = [key.name for key in table.partition_keys]
    if sorted(given) != sorted(keys):
        raise QueryError(
            "GENERIC_USER_ERROR",
            f"Partition ({text}) does not fit the partition keys ({', '.join(keys)})",
        )
    return tuple(given[key] for key in keys)


_Action = Callable[[Session, Table, re.Match[str]], None]
_ACTIONS: tuple[tuple[str, str, _Action], ...] = (
    (rf"RENAME\s+TO\s+{grammar.NAME}", "ALTER_TABLE_RENAME", _rename),
    (
        r"SET\s+TBLPROPERTIES\s*\((?P<properties>.*)\)",
        "ALTER_TABLE_SET_PROPERTIES",
        _set_properties,
    ),
    (
        r"UNSET\s+TBLPROPERTIES\s*(?:IF\s+EXISTS\s*)?\((?P<properties>.*)\)",
        "ALTER_TABLE_UNSET_PROPERTIES",
        _unset_properties,
    ),
    (r"ADD\s+COLUMNS?\s*\((?P<columns>.*)\)", "ALTER_TABLE_ADD_COLUMNS", _add_columns),
    (
        r"ADD\s+COLUMN\s+(?P<columns>[`\"]?\w+[`\"]?\s+[^,]+(?:\([^)]*\))?)",
        "ALTER_TABLE_ADD_COLUMNS",
        _add_columns,
    ),
    (r"REPLACE\s+COLUMNS\s*\((?P<columns>.*)\)", "ALTER_TABLE_REPLACE_COLUMNS", _replace_columns),
    (rf"DROP\s+COLUMN\s+(?P<column>{_PART})", "ALTER_TABLE_DROP_COLUMN", _drop_column),
    (
        rf"CHANGE\s+(?:COLUMN\s+)?(?P<column>{_PART})\s+(?P<definition>.+)",
        "ALTER_TABLE_CHANGE_COLUMN",
        _change_column,
    ),
    (
        r"ADD\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)",
        "ALTER_TABLE_ADD_PARTITION",
        _add_partitions,
    ),
    (
        r"DROP\s+(?P<exists>IF\s+EXISTS\s+)?(?P<partitions>PARTITION\b.*)",
        "ALTER_TABLE_DROP_PARTITION",
        _drop_partitions,
    ),
    (
        r"(?:PARTITION\s*\((?P<values>[^)]*)\)\s*)?SET\s+LOCATION\s+'(?P<location>[^']+)'",
        "ALTER_TABLE_SET_LOCATION",
        _set_location,
    ),
)
