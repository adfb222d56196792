"""CREATE and DROP of databases, views and tables without a query."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from local.cloud.athena.catalog import Column, already_exists
from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.outcome import Outcome, ddl
from local.cloud.athena.session import Session
from local.cloud.athena.statements import grammar, iceberg_writer
from local.cloud.athena.statements.select import name_columns
from local.cloud.athena.tables import formats, views
from local.cloud.athena.tables.formats import TableFormat
from local.cloud.athena.tables.resolver import Resolver
from local.cloud.athena.translate import dialect

_FLAGS = re.IGNORECASE | re.DOTALL


def create_database(session: Session, match: re.Match[str]) -> Outcome:
    """CREATE DATABASE [IF NOT EXISTS] name [COMMENT …] [LOCATION …] [WITH DBPROPERTIES (…)]"""
    name, rest = match["database"].strip('`"').lower(), match["rest"]
    if match["exists"] and session.catalog.has_database(name):
        return ddl("CREATE_DATABASE")
    details = {}
    if comment := re.search(r"COMMENT\s+'([^']*)'", rest, _FLAGS):
        details["Description"] = comment[1]
    if location := re.search(r"LOCATION\s+'([^']*)'", rest, _FLAGS):
        details["LocationUri"] = location[1]
    try:
        session.catalog.create_database(name, **details)
    except QueryError:
        if not match["exists"]:
            raise
    return ddl("CREATE_DATABASE")


def drop_database(session: Session, match: re.Match[str]) -> Outcome:
    """DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]"""
    name = match["database"].strip('`"').lower()
    if not session.catalog.has_database(name):
        if match["exists"]:
            return ddl("DROP_DATABASE")
        session.catalog.require_database(name)
    tables = list(session.catalog.tables(name))
    if tables and "cascade" not in match["rest"].lower():
        raise QueryError(
            "GENERIC_USER_ERROR",
            f"Database {name} is not empty. One or more tables exist: add CASCADE to drop them",
        )
    for table in tables:
        session.catalog.delete(table.name)
    session.catalog.drop_database(name)
    return ddl("DROP_DATABASE")


def drop_table(session: Session, match: re.Match[str]) -> Outcome:
    """DROP TABLE | VIEW [IF EXISTS] name; an Iceberg table goes with its data"""
    name = grammar.table_name(match["name"], session.database)
    kind = match["kind"].upper()
    table = session.catalog.find(name)
    if table is None:
        if match["exists"]:
            return ddl(f"DROP_{kind}")
        raise QueryError("TABLE_NOT_FOUND", f"line 1:1: Table '{name}' does not exist")
    if table.is_view != (kind == "VIEW"):
        actual = "view" if table.is_view else "table"
        raise QueryError("GENERIC_USER_ERROR", f"'{name}' is a {actual}: use DROP {actual.upper()}")
    session.catalog.delete(name)
    if table.is_iceberg and table.location:
        session.files.delete_below(table.location)
    return ddl(f"DROP_{kind}")


def create_view(session: Session, match: re.Match[str]) -> Outcome:
    """CREATE [OR REPLACE] VIEW name [(columns)] AS query"""
    name = grammar.table_name(match["name"], session.database)
    sql = match["query"].strip()
    session.catalog.require_database(name.database)
    old = session.catalog.find(name)
    if old is not None and not (old.is_view and match["replace"]):
        raise already_exists(name)
    tree = name_columns(dialect.parse(sql))
    resolver = Resolver(session)
    columns = resolver.columns(resolver.to_duckdb(tree, sql))
    if match["columns"]:
        given = [item.strip().strip('`"').lower() for item in match["columns"].split(",")]
        if len(given) != len(columns):
            raise QueryError(
                "MISMATCHED_COLUMN_ALIASES",
                f"View '{name}' names {len(given)} columns and its query has {len(columns)}",
            )
        columns = [Column(n, c.type) for n, c in zip(given, columns, strict=True)]
    names = [column.name for column in columns]
    for column in names:
        if names.count(column) > 1:
            raise QueryError(
                "DUPLICATE_COLUMN_NAME", f"Column name '{column}' specified more than once"
            )
    entry = views.table_input(sql, session.database, columns)
    if old is None:
        session.catalog.create(name, entry)
    else:
        session.catalog.update(old, **entry)
    return ddl("CREATE_VIEW")


@dataclass
class _Clauses:
    """What follows the columns of CREATE TABLE."""

    comment: str = ""
    partitioned_by: str = ""
    location: str = ""
    table_format: TableFormat | None = None
    properties: dict[str, str] = field(default_factory=dict)


def create_table(session: Session, match: re.Match[str]) -> Outcome:
    """CREATE [EXTERNAL] TABLE [IF NOT EXISTS] name (columns) …"""
    name = grammar.table_name(match["name"], session.database)
    statement = match.string
    start = statement.find("(", match.end("name"))
    if start < 0:
        raise QueryError("SYNTAX_ERROR", "mismatched input '<EOF>': expecting '(' and columns")
    inner, end = grammar.inner(statement, start)
    columns = grammar.columns(inner)
    clauses = _clauses(statement[end:])
    if not clauses.location:
        raise QueryError(
            "GENERIC_USER_ERROR", f"No location for table {name}: add LOCATION 's3://…'"
        )
    if session.catalog.find(name) is not None:
        if match["exists"]:
            return ddl("CREATE_TABLE")
        raise already_exists(name)
    session.catalog.require_database(name.database)
    table_type = clauses.properties.get("table_type", "").upper()
    if table_type == "ICEBERG":
        if match["external"]:
            raise QueryError(
                "GENERIC_USER_ERROR", "Iceberg tables are created without EXTERNAL: leave it out"
            )
        properties = {
            k: v for k, v in clauses.properties.items() if k not in ("table_type", "format")
        }
        fields = list(grammar.split(clauses.partitioned_by))
        iceberg_writer.create(
            session, name, columns, clauses.location, fields, {"format-version": "2", **properties}
        )
        return ddl("CREATE_TABLE")
    if not match["external"]:
        raise QueryError(
            "GENERIC_USER_ERROR",
            f"Table {name} is neither EXTERNAL nor Iceberg: write CREATE EXTERNAL TABLE, or"
            " TBLPROPERTIES ('table_type' = 'ICEBERG')",
        )
    table_format = clauses.table_format or TableFormat("text", {"serialization.format": "1"})
    comment = {"comment": clauses.comment} if clauses.comment else {}
    session.catalog.create(
        name,
        {
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", **comment, **clauses.properties},
            "StorageDescriptor": {
                "Columns": [column.glue for column in columns],
                "Location": clauses.location,
                "NumberOfBuckets": -1,
                **table_format.descriptor,
            },
            "PartitionKeys": [c.glue for c in grammar.columns(clauses.partitioned_by)],
        },
    )
    return ddl("CREATE_TABLE")


_CLAUSE = re.compile(
    r"\s*(?:(?P<comment>COMMENT)\s+'(?P<comment_text>(?:[^']|'')*)'"
    r"|(?P<partitioned>PARTITIONED\s+BY)\s*(?=\()"
    r"|ROW\s+FORMAT\s+SERDE\s+'(?P<serde>[^']+)'"
    r"|(?P<serde_properties>WITH\s+SERDEPROPERTIES)\s*(?=\()"
    r"|(?P<delimited>ROW\s+FORMAT\s+DELIMITED)"
    r"|(?P<fields>FIELDS\s+TERMINATED\s+BY)\s+'(?P<delimiter>[^']+)'"
    r"|ESCAPED\s+BY\s+'[^']+'|LINES\s+TERMINATED\s+BY\s+'[^']+'"
    r"|COLLECTION\s+ITEMS\s+TERMINATED\s+BY\s+'[^']+'|MAP\s+KEYS\s+TERMINATED\s+BY\s+'[^']+'"
    r"|NULL\s+DEFINED\s+AS\s+'[^']*'"
    r"|STORED\s+AS\s+INPUTFORMAT\s+'(?P<input>[^']+)'\s+OUTPUTFORMAT\s+'[^']+'"
    r"|STORED\s+AS\s+(?P<stored>\w+)"
    r"|LOCATION\s+'(?P<location>[^']+)'"
    r"|(?P<properties>TBLPROPERTIES)\s*(?=\())",
    _FLAGS,
)


def _clauses(text: str) -> _Clauses:
    result, serde, stored = _Clauses(), "", ""
    options: dict[str, str] = {}
    position = 0
    while text[position:].strip():
        match = _CLAUSE.match(text, position)
        if match is None:
            raise not_supported(f"The clause '{text[position:].strip()[:40]}' of CREATE TABLE")
        position = match.end()
        parenthesis = ""
        if match["partitioned"] or match["serde_properties"] or match["properties"]:
            parenthesis, position = grammar.inner(text, position)
        if match["comment"]:
            result.comment = match["comment_text"].replace("''", "'")
        elif match["partitioned"]:
            result.partitioned_by = parenthesis
        elif match["serde_properties"]:
            options.update(grammar.properties(parenthesis))
        elif match["properties"]:
            result.properties.update(grammar.properties(parenthesis))
        elif match["delimiter"]:
            options.update({"field.delim": match["delimiter"]})
        serde = match["serde"] or serde
        stored = (
            match["stored"]
            or stored
            or ("PARQUET" if "parquet" in (match["input"] or "").lower() else "")
        )
        result.location = match["location"] or result.location
    result.table_format = _format(serde.lower(), stored, options)
    return result


def _format(serde: str, stored: str, options: dict[str, str]) -> TableFormat | None:
    if "opencsv" in serde:
        return TableFormat("csv", options)
    if "json" in serde:
        return TableFormat("json", options)
    if "parquet" in serde:
        return TableFormat("parquet", options or {"serialization.format": "1"})
    if serde and "lazysimple" not in serde:
        raise not_supported(f"The serde {serde}")
    if stored:
        found = formats.named(stored)
        return TableFormat(found.kind, {**found.options, **options})
    return (
        TableFormat("text", {"serialization.format": "1", **options}) if serde or options else None
    )
