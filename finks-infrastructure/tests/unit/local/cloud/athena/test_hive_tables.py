from __future__ import annotations

import pytest

from tests.unit.local.cloud.athena.conftest import Athena

QUOTES = {"symbol": "string", "close": "decimal(18,6)", "volume": "bigint", "run_id": "string"}


def put_quotes(athena: Athena, day: str, run: str, price: str) -> str:
    path = f"quotes/date={day}/run={run}/"
    athena.put_parquet(
        f"{path}part-0.parquet",
        f"select s as symbol, {price}::decimal(18,6) as close, 5::bigint as volume,"
        f" '{run}' as run_id from (values ('AAPL'), ('IBM')) t(s)",
    )
    return path


def test_a_partition_is_where_its_pointer_points(athena: Athena) -> None:
    descriptor = athena.create_hive_table("quotes", QUOTES, {"date": "date"})
    first = put_quotes(athena, "2020-01-02", "r1", "10")
    put_quotes(athena, "2020-01-03", "r1", "11")
    assert athena.rows("select count(*) from quotes") == [("0",)]
    athena.point_partition("quotes", descriptor, ["2020-01-02"], first)
    result = athena.run("select * from quotes order by symbol")
    assert result.rows == [
        ("AAPL", "10.000000", "5", "r1", "2020-01-02"),
        ("IBM", "10.000000", "5", "r1", "2020-01-02"),
    ]
    assert result.columns["date"] == "date"
    second = put_quotes(athena, "2020-01-02", "r2", "20")
    assert athena.rows("select distinct run_id from quotes") == [("r1",)]
    athena.point_partition("quotes", descriptor, ["2020-01-02"], second)
    assert athena.rows("select distinct run_id, close from quotes") == [("r2", "20.000000")]


def test_only_the_partitions_that_can_match_are_read(athena: Athena) -> None:
    descriptor = athena.create_hive_table("quotes", QUOTES, {"date": "date"})
    for day in ("2020-01-02", "2020-01-03"):
        path = put_quotes(athena, day, "r1", "10")
        athena.point_partition("quotes", descriptor, [day], path)
    everything = athena.run("select count(*) from quotes")
    for condition in (
        "date = date '2020-01-03'",
        "date > date '2020-01-02' and symbol is not null",
        "date between date '2020-01-03' and date '2020-02-01'",
        "date in (date '2020-01-03', date '2020-01-09')",
    ):
        some = athena.run(f"select count(*) from quotes where {condition}")
        assert some.rows == [("2",)], condition
        scanned = some.execution["Statistics"]["DataScannedInBytes"]
        assert scanned * 2 == everything.execution["Statistics"]["DataScannedInBytes"], condition
    joined = athena.rows(
        "select count(*) from quotes a left join quotes b"
        " on a.symbol = b.symbol and b.date = date '2020-01-03' where a.date = date '2020-01-02'"
    )
    assert joined == [("2",)]
    either = "select count(*) from quotes where date = date '2020-01-02' or symbol = 'IBM'"
    assert athena.rows(either) == [("3",)]


def test_a_dedupe_then_a_filter_on_the_last_day(athena: Athena) -> None:
    """DuckDB 1.5 and 2.0 lose rows here; the engine has to stay on a version that does not."""
    descriptor = athena.create_hive_table("quotes", QUOTES, {"date": "date"})
    days = [f"2020-01-{day:02}" for day in range(1, 29)]
    for day in days:
        path = f"quotes/date={day}/"
        athena.put_parquet(
            f"{path}part-0.parquet",
            "select 'S' || (x % 5) as symbol, (x % 7)::decimal(18,6) as close, x as volume,"
            " 'r' || x as run_id from range(100) t(x)",
        )
        athena.point_partition("quotes", descriptor, [day], path)
    ranked = (
        "with ranked as (select *, row_number() over (partition by symbol, date"
        " order by volume desc) as rn from quotes), latest as (select * from ranked where rn = 1)"
    )
    assert athena.rows(f"{ranked} select count(*), sum(volume) from latest") == [
        ("140", str(28 * (95 + 96 + 97 + 98 + 99)))
    ]
    last = "date >= (select max(date) from quotes)"
    since = f"{ranked} select symbol, volume, date from latest where {last} order by symbol"
    assert athena.rows(since) == [(f"S{n}", str(95 + n), "2020-01-28") for n in range(5)]


def test_files_of_different_schemas(athena: Athena) -> None:
    descriptor = athena.create_hive_table(
        "t", {"a": "bigint", "b": "string", "c": "double"}, {"d": "string", "n": "int"}
    )
    athena.put_parquet("t/x/1.parquet", "select 1::integer as a, 'x' as b")
    athena.put_parquet("t/y/1.parquet", "select 2::bigint as a, 2.5::double as c, 'extra' as z")
    athena.point_partition("t", descriptor, ["p 1", "7"], "t/x/")
    athena.point_partition("t", descriptor, ["__HIVE_DEFAULT_PARTITION__", "8"], "t/y/")
    result = athena.run("select * from t order by a")
    assert result.rows == [("1", "x", None, "p 1", "7"), ("2", None, "2.5", None, "8")]
    assert list(result.columns.values()) == ["bigint", "varchar", "double", "varchar", "integer"]
    assert athena.rows("select a from t where n = 8") == [("2",)]
    assert sorted(athena.rows('select d, n from "t$partitions"'), key=str) == [
        ("p 1", "7"),
        (None, "8"),
    ]


def test_the_path_of_a_row(athena: Athena) -> None:
    athena.create_hive_table("t", {"a": "int"})
    athena.put_parquet("t/one.parquet", "select 1::integer as a")
    athena.put_parquet("t/_hidden.parquet", "select 2::integer as a")
    assert athena.rows('select a, "$path" from t') == [("1", athena.uri("t/one.parquet"))]
    assert athena.rows("select * from t") == [("1",)]
    assert athena.rows("select * from t where \"$path\" like '%one%'") == [("1",)]


def test_a_file_of_another_type_is_bad_data(athena: Athena) -> None:
    athena.create_hive_table("t", {"a": "double"})
    athena.put_parquet("t/one.parquet", "select 'x' as a")
    reason = athena.fails("select * from t")
    assert reason.startswith("HIVE_BAD_DATA")
    assert "Field a's type varchar in parquet file is incompatible with type double" in reason


def test_ctas_and_insert_by_partition(athena: Athena) -> None:
    result = athena.run(
        f"create table t with (external_location = '{athena.uri('t/')}', format = 'PARQUET',"
        " partitioned_by = array['d']) as select id, name, d from (values"
        " (1, 'a', date '2020-01-01'),"
        " (2, cast(null as varchar), date '2020-01-02')) v(id, name, d)"
    )
    assert (result.execution["SubstatementType"], result.update_count) == (
        "CREATE_TABLE_AS_SELECT",
        2,
    )
    assert athena.rows("select * from t order by id") == [
        ("1", "a", "2020-01-01"),
        ("2", None, "2020-01-02"),
    ]
    inserted = athena.run("insert into t (name, d) values ('b', date '2020-01-02')")
    assert inserted.update_count == 1
    assert athena.rows("show partitions t") == [("d=2020-01-01",), ("d=2020-01-02",)]
    assert len(athena.keys("t/d=2020-01-02/")) == 2
    assert athena.rows("select id, name from t where d = date '2020-01-02' order by 2") == [
        (None, "b"),
        ("2", None),
    ]
    table = athena.glue_table("t")
    assert [c["Type"] for c in table["StorageDescriptor"]["Columns"]] == ["int", "string"]
    athena.run("drop table t")
    assert len(athena.keys("t/")) == 3  # an external table's files stay


def test_ctas_without_a_location_lies_below_the_results(athena: Athena) -> None:
    result = athena.run("create table t as select 1 as a")
    query_id = result.execution["QueryExecutionId"]
    location = athena.glue_table("t")["StorageDescriptor"]["Location"]
    assert location == athena.uri(f"results/tables/{query_id}/")
    assert athena.rows("select a from t") == [("1",)]


def test_one_statement_writes_a_hundred_partitions(athena: Athena) -> None:
    rows = "select 'x' as a, n from unnest(sequence(1, {})) as t(n)"
    properties = f"external_location = '{athena.uri('t/')}', partitioned_by = array['n']"
    reason = athena.fails(f"create table t with ({properties}) as {rows.format(101)}")
    assert reason.startswith("HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers")
    assert athena.keys("t/") == []
    athena.run(f"create table t with ({properties}) as {rows.format(100)}")
    assert athena.rows("select count(*), sum(n) from t") == [("100", "5050")]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("create table t as select 1", "MISSING_COLUMN_NAME"),
        ("create table t as select 1 as a, 2 as a", "DUPLICATE_COLUMN_NAME"),
        ("create table t as select null as a", "COLUMN_TYPE_UNKNOWN"),
        ("create table t with (format = 'ORC') as select 1 as a", "NOT_SUPPORTED"),
        (
            "create table t with (partitioned_by = array['a']) as select 1 as a, 2 as b",
            "HIVE_COLUMN_ORDER_MISMATCH",
        ),
        ("create table nodb.t as select 1 as a", "SCHEMA_NOT_FOUND"),
        ("create table t as select now() as a", "NOT_SUPPORTED"),
    ],
)
def test_ctas_that_athena_refuses(athena: Athena, statement: str, error: str) -> None:
    assert athena.fails(statement).startswith(error)


def test_inserts_that_athena_refuses(athena: Athena) -> None:
    athena.run(f"create external table t (a int, b date) location '{athena.uri('t/')}'")
    assert athena.fails("insert into t values ('x', date '2020-01-01')").startswith("TYPE_MISMATCH")
    assert athena.fails("insert into t values (1)").startswith("TYPE_MISMATCH")
    assert athena.fails("insert into t (a, z) values (1, 2)").startswith("COLUMN_NOT_FOUND")
    assert athena.fails("create table t as select 1 as a").startswith("TABLE_ALREADY_EXISTS")
    athena.run("create table if not exists t as select 1 as a")
    occupied = (
        f"create table u with (external_location = '{athena.uri('results/')}') as select 1 as a"
    )
    assert athena.fails(occupied).startswith("HIVE_PATH_ALREADY_EXISTS")


def test_csv_as_dbt_uploads_its_seeds(athena: Athena) -> None:
    athena.client("s3").put_object(
        Bucket=athena.bucket,
        Key=f"{athena.database}/seed/s.csv",
        Body=b'"id","name","since"\n1,"a, ""b""","2020-01-01"\n2,"",\n',
    )
    athena.run(
        '-- /* {"app": "dbt"} */\n'
        f"create external table `{athena.database}`.`seed` (`id` string, `name` string,"
        " `since` string) row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
        f" location '{athena.uri('seed')}' tblproperties ('skip.header.line.count'='1')"
    )
    assert athena.rows(
        "select cast(id as integer), name, cast(nullif(since, '') as date) from seed order by 1"
    ) == [("1", 'a, "b"', "2020-01-01"), ("2", "", None)]


def test_text_tables_are_written_and_read(athena: Athena) -> None:
    athena.run(f"create external table t (a int, b string, c double) location '{athena.uri('t/')}'")
    athena.run("insert into t values (1, 'x,y', 1.5), (2, cast(null as varchar), 2e0)")
    assert athena.rows("select * from t order by a") == [("1", "x,y", "1.5"), ("2", None, "2.0")]
    athena.run(
        "create external table u (a int, b string) row format delimited fields terminated by ','"
        f" location '{athena.uri('u/')}'"
    )
    athena.client("s3").put_object(
        Bucket=athena.bucket, Key=f"{athena.database}/u/x.csv", Body=b"1,a\nbad,b\n\\N,c\n"
    )
    assert athena.rows("select * from u order by b") == [("1", "a"), (None, "b"), (None, "c")]


def test_unload(athena: Athena) -> None:
    athena.run(
        f"unload (select 1 as a, 'x' as b) to '{athena.uri('out/')}' with (format='PARQUET')"
    )
    athena.create_hive_table("out", {"a": "int", "b": "string"})
    assert athena.rows("select * from out") == [("1", "x")]
