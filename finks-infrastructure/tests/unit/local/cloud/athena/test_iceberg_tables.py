from __future__ import annotations

import threading

import pytest

from tests.unit.local.cloud.athena.conftest import Athena

ROWS = (
    "select cast(id as bigint) as id, name, d, cast(1.5 as decimal(18,6)) as amount from (values"
    " (1, 'a', date '2020-01-01'), (2, 'b', date '2020-01-02'), (3, 'c', date '2020-02-01'))"
    " v(id, name, d)"
)


def create(
    athena: Athena, name: str = "t", rows: str = ROWS, partitioning: str = "month(d)"
) -> None:
    athena.run(
        f'create table "awsdatacatalog"."{athena.database}"."{name}" with (table_type=\'iceberg\','
        f" is_external=false, location='{athena.uri(name)}', partitioning=ARRAY['{partitioning}'],"
        f" format='parquet') as {rows}"
    )


def test_ctas_makes_a_table_that_others_can_read(athena: Athena) -> None:
    create(athena)
    assert athena.rows("select * from t order by id") == [
        ("1", "a", "2020-01-01", "1.500000"),
        ("2", "b", "2020-01-02", "1.500000"),
        ("3", "c", "2020-02-01", "1.500000"),
    ]
    table = athena.glue_table("t")
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["Parameters"]["metadata_location"].startswith(athena.uri("t/metadata/"))
    assert [c["Type"] for c in table["StorageDescriptor"]["Columns"]] == [
        *("bigint", "string", "date", "decimal(18,6)")
    ]
    folders = {key.split("/")[1] for key in athena.keys("t/") if key.startswith("data/")}
    assert folders == {"d_month=2020-01", "d_month=2020-02"}
    assert athena.rows('select operation from "t$snapshots"') == [("append",)]


def test_insert_update_and_delete(athena: Athena) -> None:
    create(athena)
    values = "(bigint '9', 'new', date '2020-05-01', cast(null as decimal(18,6)))"
    assert athena.run(f"insert into t values {values}").update_count == 1
    updated = athena.run("update t set name = upper(name), amount = amount * 2 where id in (1, 9)")
    assert updated.update_count == 2
    assert athena.run("delete from t where d = date '2020-01-02'").update_count == 1
    assert athena.rows("select id, name, amount from t order by id") == [
        ("1", "A", "3.000000"),
        ("3", "c", "1.500000"),
        ("9", "NEW", None),
    ]
    assert athena.run("update t set name = 'x' where false").update_count == 0
    assert athena.rows('select count(*) from "t$snapshots"') == [("4",)]


def test_merge_is_one_snapshot(athena: Athena) -> None:
    create(athena)
    merge = f"""
        merge into "awsdatacatalog"."{athena.database}"."t" as target
        using (select * from (values
          (bigint '1', 'one', date '2020-01-01'), (bigint '2', 'gone', date '2020-01-02'),
          (bigint '3', 'c', date '2020-02-01'), (bigint '4', 'four', date '2020-03-01'),
          (bigint '5', 'never', date '2020-03-01')) s(id, name, d)) as src
        on (target.id = src.id and (src.d >= date '2020-01-01'))
        when matched and (src.name = 'gone') then delete
        when matched and src.name <> target.name
          then update set "name" = src."name", "amount" = target.amount + 1
        when not matched and src.name not in ('never', 'gone')
          then insert ("id", "name", "d") values (src."id", src."name", src."d")
    """
    assert athena.run(merge).update_count == 3
    assert athena.rows("select id, name, amount from t order by id") == [
        ("1", "one", "2.500000"),
        ("3", "c", "1.500000"),
        ("4", "four", None),
    ]
    assert athena.rows('select operation from "t$snapshots" order by committed_at') == [
        ("append",),
        ("overwrite",),
    ]
    assert athena.run(merge).update_count == 0
    assert athena.rows('select count(*) from "t$snapshots"') == [("2",)]


def test_a_merge_with_two_matches_for_a_row_fails_and_changes_nothing(athena: Athena) -> None:
    create(athena)
    reason = athena.fails(
        "merge into t using (values (bigint '1', 'x'), (bigint '1', 'y')) as s(id, name)"
        " on t.id = s.id when matched then update set name = s.name"
    )
    assert reason.startswith("MERGE_TARGET_ROW_MULTIPLE_MATCHES")
    assert athena.rows("select name from t where id = 1") == [("a",)]


def test_a_merge_over_null_keys_inserts(athena: Athena) -> None:
    create(athena)
    athena.run(
        "merge into t using (select cast(null as bigint) as id, 'n' as name, d from t where id = 1)"
        " as s on t.id = s.id when matched then delete"
        " when not matched then insert (id, name, d) values (s.id, s.name, s.d)"
    )
    assert athena.rows("select count(*), count(id) from t") == [("4", "3")]


def test_concurrent_inserts_are_all_kept(athena: Athena) -> None:
    create(athena)
    ids = [
        athena.start(f"insert into t values (bigint '{n}', 'x', date '2020-01-01', 1.5)")
        for n in range(10, 14)
    ]
    states = [athena.wait(query_id)["Status"] for query_id in ids]
    assert [status["State"] for status in states] == ["SUCCEEDED"] * 4, states
    assert athena.rows("select count(*), count(distinct id) from t") == [("7", "7")]


def test_of_two_concurrent_merges_none_is_lost_silently(athena: Athena) -> None:
    create(athena)
    merge = (
        "merge into t using (select bigint '50' as id, date '2020-01-01' as d) as s on t.id = s.id"
        " when matched then update set name = t.name || '+'"
        " when not matched then insert (id, name, d) values (s.id, 'n', s.d)"
    )
    outcomes: list[dict[str, object]] = []

    def run() -> None:
        outcomes.append(athena.wait(athena.start(merge))["Status"])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    succeeded = [status for status in outcomes if status["State"] == "SUCCEEDED"]
    failed = [status for status in outcomes if status["State"] != "SUCCEEDED"]
    ((name,),) = athena.rows("select name from t where id = 50")
    assert name == "n" + "+" * (len(succeeded) - 1)
    for status in failed:
        assert str(status["StateChangeReason"]).startswith("ICEBERG_COMMIT_ERROR")
        error = status["AthenaError"]
        assert isinstance(error, dict)
        assert (error["ErrorType"], error["Retryable"]) == (233, True)


def test_schema_evolution_goes_by_field_and_not_by_name(athena: Athena) -> None:
    create(athena)
    table = f"`{athena.database}`.`t`"
    athena.run(f"alter table {table} add columns (`extra` int)")
    assert athena.rows("select id, extra from t where id = 1") == [("1", None)]
    athena.run("update t set extra = cast(id as integer)")
    athena.run(f"alter table {table} change column extra renamed bigint")
    assert athena.rows("select renamed from t order by 1") == [("1",), ("2",), ("3",)]
    athena.run(f"alter table {table} drop column `renamed`")
    athena.run(f"alter table {table} add columns (renamed string)")
    assert athena.rows("select distinct renamed from t") == [(None,)]
    assert [row[0] for row in athena.rows("show columns in t") if row[0]] == [
        f"{name:<20}" for name in ("id", "name", "d", "amount", "renamed")
    ]
    assert athena.fails(f"alter table {table} drop column nope").startswith("COLUMN_NOT_FOUND")


def test_nested_columns(athena: Athena) -> None:
    rows = (
        "select 1 as id, array['x', 'y'] as tags, map(array['k'], array[1]) as counts,"
        " cast(row(1, 'z') as row(n integer, t varchar)) as r"
    )
    create(athena, "n", rows, "id")
    athena.run("insert into n (id, tags) values (2, array['w'])")
    assert athena.rows("select * from n order by id") == [
        ("1", "[x, y]", "{k=1}", "{n=1, t=z}"),
        ("2", "[w]", None, None),
    ]
    athena.run("update n set tags = array['u'] where id = 1")
    assert athena.rows("select id, tags, r.t from n order by id") == [
        ("1", "[u]", "z"),
        ("2", "[w]", None),
    ]


def test_time_travel(athena: Athena) -> None:
    create(athena)
    ((first,),) = athena.rows('select snapshot_id from "t$snapshots"')
    athena.run("delete from t where id > 1")
    assert athena.rows("select count(*) from t") == [("1",)]
    assert athena.rows(f"select count(*) from t for version as of {first}") == [("3",)]
    ancient = "select * from t for timestamp as of timestamp '2001-01-01 00:00:00 UTC'"
    assert "No version history" in athena.fails(ancient)


def test_create_table_rename_and_drop(athena: Athena) -> None:
    athena.run(
        f"create table {athena.database}.t (id bigint comment 'key', name string, ts timestamp)"
        f" partitioned by (bucket(4, id), day(ts)) location '{athena.uri('t/')}'"
        " tblproperties ('table_type' = 'ICEBERG', 'format' = 'parquet')"
    )
    athena.run("insert into t values (bigint '1', 'x', timestamp '2020-01-01 10:00:00')")
    assert athena.rows('select partition.ts_day, record_count from "t$partitions"') == [
        ("2020-01-01", "1")
    ]
    athena.run(f"alter table `{athena.database}`.`t` rename to `{athena.database}`.`u`")
    assert athena.fails("select * from t").startswith("TABLE_NOT_FOUND")
    assert athena.rows("select id, name, ts from u") == [("1", "x", "2020-01-01 10:00:00.000")]
    athena.run(f"drop table if exists `{athena.database}`.`u`")
    assert athena.keys("t/") == []
    athena.run(f"drop table if exists `{athena.database}`.`u`")


def test_a_hundred_partitions_a_write(athena: Athena) -> None:
    rows = "select 'x' as a, n from unnest(sequence(1, 101)) as t(n)"
    location = athena.uri("t")
    reason = athena.fails(
        f"create table t with (table_type='iceberg', is_external=false, location='{location}',"
        f" partitioning=ARRAY['n']) as {rows}"
    )
    assert reason.startswith("ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100")
    create(athena, "b", rows, "bucket(n, 5)")
    assert athena.rows("select count(*) from b") == [("101",)]


def test_optimize_and_vacuum(athena: Athena) -> None:
    create(athena)
    for n in (10, 11):
        athena.run(f"insert into t values (bigint '{n}', 'x', date '2020-01-03', 1.5)")
    assert athena.rows('select count(*) from "t$files"') == [("4",)]
    athena.run(
        f"optimize {athena.database}.t rewrite data using bin_pack where d < date '2020-02-01'"
    )
    assert athena.rows('select count(*) from "t$files"') == [("2",)]
    assert athena.rows("select count(*), sum(id) from t") == [("5", "27")]
    athena.run("alter table t set tblproperties ('vacuum_max_snapshot_age_seconds' = '0')")
    before = len(athena.keys("t/data/"))
    athena.run("vacuum t")
    assert athena.rows('select count(*) from "t$snapshots"') == [("1",)]
    assert len(athena.keys("t/data/")) == 2 < before
    assert athena.rows("select count(*), sum(id) from t") == [("5", "27")]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("update h set a = 2", "NOT_SUPPORTED: Modifying Hive table rows"),
        ("delete from h where a = 2", "NOT_SUPPORTED: Modifying Hive table rows"),
        ("update t set nope = 2", "COLUMN_NOT_FOUND"),
        ("alter table h rename to h2", "NOT_SUPPORTED"),
        (
            "create table i with (table_type='iceberg', is_external=false) as select 1 as a",
            "MISSING_ADDITIONAL_TABLE_PROPERTY",
        ),
        ("insert overwrite t select 1", "SYNTAX_ERROR"),
    ],
)
def test_what_is_refused(athena: Athena, statement: str, error: str) -> None:
    athena.run("create table h as select 1 as a")
    create(athena)
    assert athena.fails(statement).startswith(error)
