from __future__ import annotations

import pytest

from local.cloud.athena.catalog import TableName
from local.cloud.athena.errors import QueryError
from local.cloud.athena.statements import grammar


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("select 1;", "select 1"),
        ('-- /* {"a": 1} */\nselect 1', "select 1"),
        ("/* a */ -- b\n select 1 ; ", "select 1"),
        ("select '\n-- no comment'", "select '\n-- no comment'"),
        ("-- nothing", ""),
    ],
)
def test_comments_and_semicolons_go(text: str, cleaned: str) -> None:
    assert grammar.clean(text) == cleaned


def test_trailing_comments_of_hive_statements_go() -> None:
    assert grammar.without_trailing_comment("drop table t\n-- /* x */") == "drop table t"
    assert grammar.without_trailing_comment("drop table t /* x */;") == "drop table t"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("t", TableName("db", "t")),
        ("`Other`.`T`", TableName("other", "t")),
        ('"awsdatacatalog"."x"."t$files"', TableName("x", "t$files")),
    ],
)
def test_names(text: str, name: TableName) -> None:
    assert grammar.table_name(text, "db") == name


def test_names_that_are_refused() -> None:
    with pytest.raises(QueryError, match="CATALOG_NOT_FOUND"):
        grammar.table_name("elsewhere.db.t", "db")
    with pytest.raises(QueryError, match="MISSING_SCHEMA_NAME"):
        grammar.table_name("t", "")


def test_columns_and_properties() -> None:
    columns = grammar.columns("`a` int comment 'it''s, a', b array<struct<x:int,y:string>>")
    assert [(c.name, c.type.hive, c.comment) for c in columns] == [
        ("a", "int", "it's, a"),
        ("b", "array<struct<x:int,y:string>>", ""),
    ]
    assert grammar.properties("'a'='b, c', 'd' = '(e)'") == {"a": "b, c", "d": "(e)"}
    assert grammar.partition_values("d = date '2020-01-01', `n`=5") == {"d": "2020-01-01", "n": "5"}
    with pytest.raises(QueryError, match="SYNTAX_ERROR"):
        grammar.columns("a")


def test_parentheses() -> None:
    assert grammar.inner("x (a '(' (b)) y", 2) == ("a '(' (b)", 13)
    with pytest.raises(QueryError, match="not closed"):
        grammar.inner("(a", 0)
