from __future__ import annotations

import pytest

from local.cloud.athena import sql_types
from local.cloud.athena.errors import QueryError


@pytest.mark.parametrize(
    ("hive", "trino", "duckdb"),
    [
        ("string", "varchar", "VARCHAR"),
        ("int", "integer", "INTEGER"),
        ("decimal(18,6)", "decimal(18,6)", "DECIMAL(18,6)"),
        ("float", "real", "FLOAT"),
        ("binary", "varbinary", "BLOB"),
        ("timestamp", "timestamp", "TIMESTAMP"),
        ("array<int>", "array(integer)", "INTEGER[]"),
        ("map<string,array<date>>", "map(varchar, array(date))", "MAP(VARCHAR, DATE[])"),
        (
            "struct<a:int,b:decimal(10,2)>",
            "row(a integer, b decimal(10,2))",
            'STRUCT("a" INTEGER, "b" DECIMAL(10,2))',
        ),
    ],
)
def test_spellings_of_a_type(hive: str, trino: str, duckdb: str) -> None:
    kind = sql_types.from_hive(hive)
    assert (kind.hive, kind.trino, kind.duckdb) == (hive, trino, duckdb)


@pytest.mark.parametrize(
    ("written", "hive"),
    [
        ("varchar(10)", "string"),
        ("DECIMAL", "decimal(10,0)"),
        ("integer", "int"),
        ("timestamp(6)", "timestamp"),
        ("array(row(a integer))", "array<struct<a:int>>"),
    ],
)
def test_other_ways_to_write_a_type(written: str, hive: str) -> None:
    assert sql_types.from_hive(written).hive == hive


def test_types_that_nobody_has() -> None:
    with pytest.raises(QueryError, match="Unsupported Hive type: money"):
        sql_types.from_hive("money")
    with pytest.raises(QueryError, match="cast the column"):
        _ = sql_types.Type("unknown").hive


def test_column_info() -> None:
    info = sql_types.from_hive("decimal(18,6)").column_info("x")
    assert (info["Name"], info["Type"], info["Precision"], info["Scale"]) == ("x", "decimal", 18, 6)
    assert sql_types.from_hive("float").column_info("x")["Type"] == "float"
