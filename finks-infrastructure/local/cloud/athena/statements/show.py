"""SHOW and DESCRIBE: what the catalog holds, as lines of text."""

from __future__ import annotations

import re

from local.cloud.athena.catalog import Column, Table
from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.outcome import Outcome, lines
from local.cloud.athena.session import Session
from local.cloud.athena.statements import grammar
from local.cloud.athena.statements.hive_writer import partition_path
from local.cloud.athena.tables import views

_WIDTH = 20


def databases(session: Session, match: re.Match[str]) -> Outcome:
    """SHOW DATABASES [LIKE 'pattern']"""
    names = [n for n in session.catalog.databases() if _matches(n, match["pattern"])]
    return lines("SHOW_DATABASES", "database_name", names)


def tables(session: Session, match: re.Match[str]) -> Outcome:
    """SHOW TABLES | VIEWS [IN database] ['pattern']"""
    database = (match["database"] or session.database).strip('`"').lower()
    session.catalog.require_database(database)
    only_views = match["kind"].upper() == "VIEWS"
    names = [
        table.name.table
        for table in session.catalog.tables(database)
        if (table.is_view or not only_views) and _matches(table.name.table, match["pattern"])
    ]
    return lines(f"SHOW_{match['kind'].upper()}", "tab_name", sorted(names))


def columns(session: Session, match: re.Match[str]) -> Outcome:
    """SHOW COLUMNS IN table [IN database]"""
    database = (match["database"] or session.database).strip('`"').lower()
    table = session.catalog.get(grammar.table_name(match["name"], database))
    names = [f"{column.name:<{_WIDTH}}" for column in (*table.columns, *table.partition_keys)]
    return lines("SHOW_COLUMNS", "field", names)


def partitions(session: Session, match: re.Match[str]) -> Outcome:
    """SHOW PARTITIONS table"""
    table = session.catalog.get(grammar.table_name(match["name"], session.database))
    if not table.partition_keys:
        raise QueryError(
            "GENERIC_USER_ERROR",
            f"Table {table.name} is not a partitioned Hive table: for Iceberg, select from"
            f' "{table.name.table}$partitions"',
        )
    found = session.catalog.partitions(table.name)
    return lines(
        "SHOW_PARTITIONS",
        "partition",
        sorted(partition_path(table.partition_keys, p.values) for p in found),
    )


def properties(session: Session, match: re.Match[str]) -> Outcome:
    """SHOW TBLPROPERTIES table [('name')]"""
    table = session.catalog.get(grammar.table_name(match["name"], session.database))
    wanted = match["property"]
    if wanted:
        value = table.parameters.get(wanted)
        if value is None:
            return lines(
                "SHOW_TABLE_PROPERTIES",
                "prpt_name",
                [f"Table {table.name} does not have property: {wanted}"],
            )
        return lines("SHOW_TABLE_PROPERTIES", "prpt_name", [value])
    shown = [f"{name}\t{value}" for name, value in sorted(table.parameters.items())]
    return lines("SHOW_TABLE_PROPERTIES", "prpt_name", shown)


def create_statement(session: Session, match: re.Match[str]) -> Outcome:
    """SHOW CREATE TABLE | VIEW name"""
    table = session.catalog.get(grammar.table_name(match["name"], session.database))
    kind = match["kind"].upper()
    if table.is_view != (kind == "VIEW"):
        raise QueryError(
            "GENERIC_USER_ERROR",
            f"'{table.name}' is a {'view' if table.is_view else 'table'}: ask for that",
        )
    text = _create_view(table) if table.is_view else _create_table(table)
    return lines(f"SHOW_CREATE_{kind}", "createtab_stmt", text)


def describe(session: Session, match: re.Match[str]) -> Outcome:
    """DESCRIBE [EXTENDED | FORMATTED] table"""
    table = session.catalog.get(grammar.table_name(match["name"], session.database))
    detail = (match["detail"] or "").upper()
    shown = [] if not detail else [_row("# col_name", "data_type", "comment"), ""]
    shown += [_column(column) for column in table.columns]
    if table.partition_keys and not table.is_iceberg:
        header = [_row("# col_name", "data_type", "comment"), ""]
        keys = [_column(column) for column in table.partition_keys]
        shown += [] if detail else keys
        shown += ["", "# Partition Information", *header, *keys]
    if detail:
        details = {
            "Database:": table.name.database,
            "Owner:": table.glue.get("Owner", ""),
            "Location:": table.location,
            "Table Type:": table.glue.get("TableType", ""),
            "InputFormat:": table.descriptor.get("InputFormat", ""),
            "OutputFormat:": table.descriptor.get("OutputFormat", ""),
            "SerDe Library:": (table.descriptor.get("SerdeInfo") or {}).get(
                "SerializationLibrary", ""
            ),
        }
        shown += ["", "# Detailed Table Information"]
        shown += [_row(name, str(value)) for name, value in details.items()]
        shown += ["Table Parameters:"]
        shown += [_row(f"\t{name}", value) for name, value in sorted(table.parameters.items())]
    return lines("DESCRIBE_TABLE", "col_name", shown)


def functions(session: Session, match: re.Match[str]) -> Outcome:
    """SHOW FUNCTIONS is not there."""
    del session
    raise not_supported(match.string[:40])


def _matches(name: str, pattern: str | None) -> bool:
    """Hive's patterns: ``*`` is any text, ``|`` separates alternatives."""
    if not pattern:
        return True
    alternatives = [
        re.escape(part).replace(r"\*", ".*").replace("%", ".*") for part in pattern.split("|")
    ]
    return re.fullmatch("|".join(alternatives), name, re.IGNORECASE) is not None


def _row(*cells: str) -> str:
    return "\t".join(f"{cell:<{_WIDTH}}" for cell in cells)


def _column(column: Column) -> str:
    return _row(column.name, column.type.hive, column.comment)


def _create_view(table: Table) -> list[str]:
    view = views.decode(table)
    return [f'CREATE VIEW "{table.name.table}" AS', *view.sql.splitlines()]


def _create_table(table: Table) -> list[str]:
    external = "" if table.is_iceberg else "EXTERNAL "
    text = [f"CREATE {external}TABLE `{table.name.database}.{table.name.table}`("]
    text += _definitions(table.columns)
    if table.partition_keys:
        text += ["PARTITIONED BY (", *_definitions(table.partition_keys)]
    if not table.is_iceberg:
        serde = table.descriptor.get("SerdeInfo") or {}
        text += ["ROW FORMAT SERDE", f"  '{serde.get('SerializationLibrary', '')}'"]
        if serde.get("Parameters"):
            text += ["WITH SERDEPROPERTIES (", *_properties(serde["Parameters"])]
        text += ["STORED AS INPUTFORMAT", f"  '{table.descriptor.get('InputFormat', '')}'"]
        text += ["OUTPUTFORMAT", f"  '{table.descriptor.get('OutputFormat', '')}'"]
    text += ["LOCATION", f"  '{table.location}'"]
    shown = {k: v for k, v in table.parameters.items() if k != "EXTERNAL"}
    return [*text, "TBLPROPERTIES (", *_properties(shown)]


def _definitions(columns: tuple[Column, ...]) -> list[str]:
    items = [
        f"  `{c.name}` {c.type.hive}" + (f" COMMENT '{c.comment}'" if c.comment else "")
        for c in columns
    ]
    return [*(f"{item}, " for item in items[:-1]), f"{items[-1]})"] if items else [")"]


def _properties(values: dict[str, str]) -> list[str]:
    items = [f"  '{name}'='{value}'" for name, value in sorted(values.items())]
    return [*(f"{item}, " for item in items[:-1]), f"{items[-1]})"] if items else [")"]
