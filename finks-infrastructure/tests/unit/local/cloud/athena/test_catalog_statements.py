"""Databases, views, ALTER, SHOW, DESCRIBE, MSCK and information_schema."""

from __future__ import annotations

import base64
import json

import pytest

from tests.unit.local.cloud.athena.conftest import Athena


@pytest.fixture
def table(athena: Athena) -> Athena:
    athena.run(
        f"create external table t (id int comment 'the key', name string) partitioned by (d date)"
        f" stored as parquet location '{athena.uri('t/')}' tblproperties ('a' = 'b')"
    )
    return athena


def test_views_are_kept_as_athena_keeps_them(athena: Athena) -> None:
    sql = "select 1 as a, cast(2.5 as decimal(10,2)) as b, 'x' as c"
    athena.run(f'create or replace view "awsdatacatalog"."{athena.database}"."v" as {sql}')
    entry = athena.glue_table("v")
    assert entry["TableType"] == "VIRTUAL_VIEW"
    text = entry["ViewOriginalText"]
    assert text.startswith("/* Presto View: ")
    assert text.endswith(" */")
    body = json.loads(base64.b64decode(text[16:-3]))
    assert body["originalSql"] == sql
    assert body["columns"] == [
        {"name": "a", "type": "integer"},
        {"name": "b", "type": "decimal(10,2)"},
        {"name": "c", "type": "varchar"},
    ]
    assert [c["Type"] for c in entry["StorageDescriptor"]["Columns"]] == [
        *("int", "decimal(10,2)", "string")
    ]
    assert athena.rows("select b, v.a from v where c = 'x'") == [("2.50", "1")]


def test_views_over_views(athena: Athena) -> None:
    athena.run("create view base as select n from unnest(sequence(1, 4)) as t(n)")
    athena.run("create view top (m) as select n * 2 from base where n > 2")
    assert athena.rows("with top2 as (select m from top) select sum(m) from top2") == [("14",)]
    assert athena.fails("create view base as select 1 as a").startswith("TABLE_ALREADY_EXISTS")
    athena.run("create or replace view base as select 9 as n")
    assert athena.rows("select m from top") == [("18",)]
    athena.run("drop view base")
    assert athena.fails("select * from top").startswith(
        "TABLE_NOT_FOUND: Failed analyzing stored view"
    )
    athena.run("drop view if exists base")
    assert athena.fails("drop table top").startswith("GENERIC_USER_ERROR")


def test_a_with_query_hides_a_table_of_its_name(athena: Athena) -> None:
    athena.run("create table t as select 1 as a")
    assert athena.rows("with t as (select a + 1 as a from t) select a from t") == [("2",)]
    qualified = f"with t as (select 5 as a) select t.a from {athena.database}.t as t"
    assert athena.rows(qualified) == [("1",)]
    full = f"select {athena.database}.t.a from {athena.database}.t"
    assert athena.rows(full) == [("1",)]


def test_databases(athena: Athena) -> None:
    name = f"{athena.database}_new"
    athena.run(f"create schema if not exists `{name}`")
    athena.run(f"create schema if not exists `{name}`")
    assert athena.fails(f"create database {name}").startswith("SCHEMA_ALREADY_EXISTS")
    assert (name,) in athena.rows("show databases")
    assert athena.rows(f"show databases like '{athena.database}_*'") == [(name,)]
    athena.run(f"create view {name}.v as select 1 as a")
    assert "is not empty" in athena.fails(f"drop database {name}")
    athena.run(f"drop schema if exists `{name}` cascade")
    athena.run(f"drop schema if exists `{name}` cascade")
    assert athena.fails(f"drop database {name}").startswith("SCHEMA_NOT_FOUND")


def test_show_and_describe(table: Athena) -> None:
    table.run("create view v as select 1 as a")
    assert table.rows("show tables") == [("t",), ("v",)]
    assert table.rows(f"show tables in {table.database} 't*'") == [("t",)]
    assert table.rows("show views") == [("v",)]
    described = [row[0] or "" for row in table.rows("describe t")]
    assert described[0].split("\t")[0].strip() == "id"
    assert [cell.strip() for cell in described[0].split("\t")] == ["id", "int", "the key"]
    assert "# Partition Information" in described
    formatted = [row[0] or "" for row in table.rows("describe formatted t")]
    assert any(line.startswith("Location:") and "/t/" in line for line in formatted)
    created = "\n".join(row[0] or "" for row in table.rows("show create table t"))
    assert created.startswith(f"CREATE EXTERNAL TABLE `{table.database}.t`(")
    assert "  `id` int COMMENT 'the key', " in created
    assert "PARTITIONED BY ( \n  `d` date)" in created.replace("BY (\n", "BY ( \n")
    assert table.rows("show tblproperties t('a')") == [("b",)]
    assert table.run("show tables").execution["StatementType"] == "UTILITY"
    location = table.run("show tables").execution["ResultConfiguration"]["OutputLocation"]
    assert location.endswith(".txt")


def test_alter_table(table: Athena) -> None:
    name = f"`{table.database}`.`t`"
    table.run(f"alter table {name} set tblproperties ('classification' = 'parquet')")
    assert table.glue_table("t")["Parameters"]["classification"] == "parquet"
    assert table.glue_table("t")["Parameters"]["a"] == "b"
    table.run(f"alter table {name} add columns (`extra` decimal(10,2), more array<string>)")
    table.run(f"alter table {name} replace columns (id bigint, name string)")
    columns = table.glue_table("t")["StorageDescriptor"]["Columns"]
    assert [(c["Name"], c["Type"]) for c in columns] == [("id", "bigint"), ("name", "string")]
    assert table.fails(f"alter table {name} compact 'major'").startswith("NOT_SUPPORTED")


def test_partitions_are_added_and_dropped(table: Athena) -> None:
    elsewhere = table.uri("elsewhere/")
    table.put_parquet("elsewhere/x.parquet", "select 7::integer as id, 'x' as name")
    table.run(
        f"alter table t add partition (d = '2020-01-01') location '{elsewhere}'"
        " partition (d = '2020-01-02')"
    )
    assert table.rows("select id, d from t") == [("7", "2020-01-01")]
    table.run("alter table t add if not exists partition (d = '2020-01-01')")
    assert table.fails("alter table t add partition (d = '2020-01-01')").startswith("GENERIC")
    table.run("alter table t drop partition (d = '2020-01-01')")
    assert table.rows("show partitions t") == [("d=2020-01-02",)]


def test_msck_registers_folders(table: Athena) -> None:
    table.put_parquet("t/d=2020-01-05/x.parquet", "select 7::integer as id, 'x' as name")
    table.put_parquet("t/other/x.parquet", "select 8::integer as id, 'x' as name")
    assert table.rows("msck repair table t") == [
        ("Repair: Added partition to metastore t:d=2020-01-05/",)
    ]
    assert table.rows("select id, d from t") == [("7", "2020-01-05")]
    assert table.rows("msck repair table t") == []


def test_information_schema(table: Athena) -> None:
    table.run("create view v as select 1 as a")
    where = f"where table_schema = '{table.database}'"
    assert table.rows(
        f"select table_name, table_type from information_schema.tables {where} order by 1"
    ) == [("t", "BASE TABLE"), ("v", "VIEW")]
    assert table.rows(
        "select column_name, ordinal_position, data_type from information_schema.columns"
        f" {where} and table_name = 't' order by 2"
    ) == [("id", "1", "integer"), ("name", "2", "varchar"), ("d", "3", "date")]
    names = table.rows("select schema_name from information_schema.schemata")
    assert (table.database,) in names


@pytest.mark.parametrize(
    "statement",
    [
        "grant select on t to x",
        "show functions",
        "call x()",
        "create function f(x int) returns int",
    ],
)
def test_other_statements_are_refused(athena: Athena, statement: str) -> None:
    assert athena.fails(statement).split(":")[0] in ("NOT_SUPPORTED", "SYNTAX_ERROR")


def test_explain_and_empty(athena: Athena) -> None:
    assert athena.rows("explain select 1 as a")
    assert athena.fails("-- nothing").startswith("SYNTAX_ERROR: The query is empty")
