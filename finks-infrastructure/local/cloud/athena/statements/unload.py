"""UNLOAD: the rows of a query as files."""

from __future__ import annotations

import re

from local.cloud.athena.errors import QueryError
from local.cloud.athena.outcome import Outcome, written
from local.cloud.athena.session import Session
from local.cloud.athena.statements import grammar, hive_writer
from local.cloud.athena.statements.select import name_columns
from local.cloud.athena.tables import formats
from local.cloud.athena.tables.resolver import Resolver
from local.cloud.athena.translate import dialect

_REST = re.compile(
    r"\s*TO\s+'(?P<location>[^']+)'\s*(?:WITH\s*\((?P<options>.*)\))?\s*", re.IGNORECASE | re.DOTALL
)


def run(session: Session, match: re.Match[str]) -> Outcome:
    """UNLOAD (query) TO 's3://…' WITH (format = 'PARQUET', partitioned_by = ARRAY['d'])"""
    statement = match.string
    sql, end = grammar.inner(statement, statement.index("("))
    rest = _REST.fullmatch(statement, end)
    if rest is None:
        raise QueryError("SYNTAX_ERROR", "mismatched input: expecting TO 's3://…' WITH (…)")
    options = _options(rest["options"] or "")
    if not session.files.is_empty(rest["location"]):
        raise QueryError(
            "HIVE_PATH_ALREADY_EXISTS",
            f"Target directory {rest['location']} is not empty: choose an empty one",
        )
    tree = name_columns(dialect.parse(sql))
    resolver = Resolver(session)
    query = resolver.to_duckdb(tree, sql)
    columns = resolver.columns(query)
    keys = re.findall(r"'([^']+)'", options.get("partitioned_by", ""))
    named = options.get("format", "PARQUET").strip("'")
    table_format = formats.named(named, delimiter=options.get("field_delimiter", "").strip("'"))
    rows = hive_writer.materialize(session, query, columns)
    result = hive_writer.write(
        session,
        rows,
        [c for c in columns if c.name not in keys],
        [c for c in columns if c.name in keys],
        rest["location"],
        table_format,
        options.get("compression", "").strip("'").lower() or None,
    )
    return written("DML", "UNLOAD", result.rows, result.files)


def _options(text: str) -> dict[str, str]:
    pairs = (
        item.partition("=") for item in grammar.split(text.replace("[", "(").replace("]", ")"))
    )
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
