"""Queries of Trino, translated and run on DuckDB without tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from local.cloud.athena import sql_types
from local.cloud.athena.errors import from_duckdb
from local.cloud.athena.results import text_of
from local.cloud.athena.translate import dialect, macros, query

Run = Callable[[str], list[str | None]]


@pytest.fixture(scope="session")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    macros.install(connection)
    yield connection
    connection.close()


@pytest.fixture
def typed(database: duckdb.DuckDBPyConnection) -> Callable[[str], list[tuple[str | None, str]]]:
    """Runs SELECT of some expressions; (text, Trino type) of each in the first row."""

    def run(expressions: str) -> list[tuple[str | None, str]]:
        sql = expressions if expressions.startswith(("select", "with")) else f"select {expressions}"
        try:
            executed = database.execute(query.to_sql(query.translate(dialect.parse(sql))))
            types = [sql_types.from_duckdb(kind) for _, kind, *_ in executed.description or ()]
            table = executed.fetch_arrow_table()
        except duckdb.Error as error:
            raise from_duckdb(error) from error
        values: list[Any] = [column[0].as_py() for column in table.columns]
        return [
            (None if value is None else text_of(value, kind), kind.trino)
            for value, kind in zip(values, types, strict=True)
        ]

    return run


@pytest.fixture
def run(typed: Callable[[str], list[tuple[str | None, str]]]) -> Run:
    """Like `typed`, the texts alone."""
    return lambda expressions: [text for text, _ in typed(expressions)]
