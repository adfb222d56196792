from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import REGION, RunningCloud
from tests.unit.local.cloud.athena.conftest import Athena

ENDLESS = (
    "select count(*) from unnest(sequence(1, 1000000)) as a(x)"
    " cross join unnest(sequence(1, 1000000)) as b(y) where x * y % 7 = 3"
)


def refused(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidRequestException"
    return str(error["Message"])


def test_a_query_and_its_description(athena: Athena) -> None:
    result = athena.run("select 1 as a, 'x' as b, cast(null as date) as c, 1.50, true as d")
    assert result.rows == [("1", "x", None, "1.50", "true")]
    names = ("a", "b", "c", "_col3", "d")
    types = ("integer", "varchar", "date", "decimal", "boolean")
    assert result.columns == dict(zip(names, types, strict=True))
    execution = result.execution
    assert execution["StatementType"] == "DML"
    assert execution["QueryExecutionContext"]["Database"] == athena.database
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == athena.uri(f"results/{execution['QueryExecutionId']}.csv")
    assert execution["Statistics"]["TotalExecutionTimeInMillis"] >= 0
    status = execution["Status"]
    assert status["SubmissionDateTime"] <= status["CompletionDateTime"]


def test_the_result_file_is_an_object(athena: Athena) -> None:
    execution = athena.run("""select 'a "b"' as x, cast(null as varchar) as y, '' as z""").execution
    key = execution["ResultConfiguration"]["OutputLocation"].split("/", 3)[3]
    body = athena.client("s3").get_object(Bucket=athena.bucket, Key=key)["Body"].read()
    assert body == b'"x","y","z"\n"a ""b""",,""\n'


def test_results_come_in_pages(athena: Athena) -> None:
    sql = "select n, 'line' || chr(10) || '\"q\", ' as t, nullif(n, 3) as m"
    found = athena.rows(f"{sql} from unnest(sequence(1, 2500)) as t(n) order by n")
    assert len(found) == 2500
    assert found[0] == ("1", 'line\n"q", ', "1")
    assert found[2] == ("3", 'line\n"q", ', None)
    assert found[2499] == ("2500", 'line\n"q", ', "2500")
    query_id = athena.run("values (1), (2)").execution["QueryExecutionId"]
    client = athena.client("athena")
    first = client.get_query_results(QueryExecutionId=query_id, MaxResults=2)
    assert [r["Data"][0]["VarCharValue"] for r in first["ResultSet"]["Rows"]] == ["_col0", "1"]
    second = client.get_query_results(QueryExecutionId=query_id, NextToken=first["NextToken"])
    assert [r["Data"][0]["VarCharValue"] for r in second["ResultSet"]["Rows"]] == ["2"]
    assert "NextToken" not in second
    message = refused(client.get_query_results, QueryExecutionId=query_id, NextToken="x")
    assert "NextToken is invalid" in message


def test_values_of_all_types(athena: Athena) -> None:
    found = athena.run(
        "select date '2020-01-01' as a, timestamp '2020-01-01 10:00:00.5' as b, 1e10 as c,"
        " array[1, null] as d, map(array['k'], array[1.5]) as e, x'0aff' as f, real '0.1' as g,"
        " cast(row(1, 'x') as row(n integer, t varchar)) as h, interval '3' hour as i"
    )
    assert found.rows == [
        (
            *("2020-01-01", "2020-01-01 10:00:00.500", "1.0E10", "[1, null]"),
            *("{k=1.5}", "0a ff", "0.1", "{n=1, t=x}", "0 03:00:00.000"),
        )
    ]
    assert list(found.columns.values()) == [
        *("date", "timestamp", "double", "array", "map", "varbinary", "float", "row"),
        "interval day to second",
    ]


def test_a_token_starts_one_query(athena: Athena) -> None:
    token = uuid.uuid4().hex
    first = athena.start("select 1", ClientRequestToken=token)
    assert athena.start("select 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        athena.start("select 2", ClientRequestToken=token)
    assert athena.start("select 1") != first


def test_execution_parameters(athena: Athena) -> None:
    sql = "select x, ? as p from (values 1, 2, 3) as t(x) where x > ? order by x limit ?"
    assert athena.rows(sql, ExecutionParameters=["'it''s'", "1", "1"]) == [("2", "it's")]
    assert "expected 3 but found 1" in athena.fails(sql, ExecutionParameters=["1"])
    assert "is no literal" in athena.fails("select ?", ExecutionParameters=["(select 1)"])


def test_failures_have_athenas_words(athena: Athena) -> None:
    prefix = f"awsdatacatalog.{athena.database}"
    assert athena.fails("select * from t") == (
        f"TABLE_NOT_FOUND: line 1:15: Table '{prefix}.t' does not exist"
    )
    assert athena.fails("select 1\nfrom nodb.t") == (
        "SCHEMA_NOT_FOUND: line 2:6: Schema 'nodb' does not exist"
    )
    assert athena.fails("select 1, nope from (values 1) as t(x)").startswith(
        "COLUMN_NOT_FOUND: line 1:11: Column 'nope' cannot be resolved"
    )
    assert athena.fails("selec 1").startswith("SYNTAX_ERROR: line 1:7: mismatched input")
    assert athena.fails("select 1 / 0") == "DIVISION_BY_ZERO: Division by zero"
    assert athena.fails("select * from other.db.t").startswith("CATALOG_NOT_FOUND")
    status = athena.wait(athena.start("select 1 / 0"))["Status"]
    assert status["AthenaError"]["ErrorCategory"] == 2
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]


def test_stopping_interrupts_the_engine(athena: Athena) -> None:
    query_id = athena.start(ENDLESS)
    client = athena.client("athena")
    while True:
        answer = client.get_query_execution(QueryExecutionId=query_id)
        if answer["QueryExecution"]["Status"]["State"] == "RUNNING":
            break
        time.sleep(0.01)
    message = refused(client.get_query_results, QueryExecutionId=query_id)
    assert message == "Query has not yet finished. Current state: RUNNING"
    time.sleep(0.3)
    client.stop_query_execution(QueryExecutionId=query_id)
    assert athena.wait(query_id)["Status"]["State"] == "CANCELLED"
    message = refused(client.get_query_results, QueryExecutionId=query_id)
    assert message == "Query did not finish successfully. Final query state: CANCELLED"


def test_listing_and_batches(athena: Athena) -> None:
    client = athena.client("athena")
    workgroup = f"wg-{uuid.uuid4().hex[:8]}"
    client.create_work_group(Name=workgroup)
    ids = [athena.start(f"select {n}", WorkGroup=workgroup) for n in range(3)]
    for query_id in ids:
        athena.wait(query_id)
    first = client.list_query_executions(WorkGroup=workgroup, MaxResults=2)
    rest = client.list_query_executions(WorkGroup=workgroup, NextToken=first["NextToken"])
    assert first["QueryExecutionIds"] + rest["QueryExecutionIds"] == ids[::-1]
    batch = client.batch_get_query_execution(QueryExecutionIds=[ids[0], "nope"])
    assert [e["QueryExecutionId"] for e in batch["QueryExecutions"]] == [ids[0]]
    assert batch["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"] == "nope"
    statistics = client.get_query_runtime_statistics(QueryExecutionId=ids[0])
    assert statistics["QueryRuntimeStatistics"]["Rows"]["OutputRows"] == 1


def test_workgroups_decide(athena: Athena) -> None:
    client = athena.client("athena")
    name = f"wg-{uuid.uuid4().hex[:8]}"
    enforced = athena.uri("enforced/")
    client.create_work_group(
        Name=name,
        Configuration={
            "ResultConfiguration": {"OutputLocation": enforced},
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": 10_000_000,
        },
    )
    configuration = client.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"]
    assert configuration["ResultConfiguration"]["OutputLocation"] == enforced
    assert configuration["EnforceWorkGroupConfiguration"] is True
    execution = athena.run("select 1", WorkGroup=name).execution
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(enforced)
    reason = athena.fails(
        f"create table t with (external_location = '{athena.uri('t/')}') as select 1 as a",
        WorkGroup=name,
    )
    assert "enforces a centralized output location" in reason
    athena.run("create table t as select 1 as a", WorkGroup=name)
    assert athena.glue_table("t")["StorageDescriptor"]["Location"].startswith(f"{enforced}tables/")


def test_the_scan_limit_of_a_workgroup_stops_a_query(athena: Athena) -> None:
    name = f"wg-{uuid.uuid4().hex[:8]}"
    athena.client("athena").create_work_group(
        Name=name, Configuration={"BytesScannedCutoffPerQuery": 10_000_000}
    )
    athena.create_hive_table("big", {"x": "double"})
    athena.put_parquet("big/a.parquet", "select random() as x from range(2000000)")
    status = athena.wait(athena.start("select count(*) from big", WorkGroup=name))["Status"]
    assert status["State"] == "CANCELLED"
    assert status["StateChangeReason"].startswith("Bytes scanned limit was exceeded")


def test_the_data_catalog_is_glue(athena: Athena) -> None:
    client = athena.client("athena")
    catalog = client.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]
    assert (catalog["Name"], catalog["Type"]) == ("AwsDataCatalog", "GLUE")
    assert catalog["Parameters"]["catalog-id"] == "123456789012"
    (summary,) = client.list_data_catalogs()["DataCatalogsSummary"]
    assert summary["CatalogName"] == "AwsDataCatalog"
    assert "was not found" in refused(client.get_data_catalog, Name="nope")


def test_requests_that_athena_refuses(athena: Athena) -> None:
    client = athena.client("athena")
    start = client.start_query_execution
    assert "No output location provided" in refused(start, QueryString="select 1")
    assert "is not found" in refused(start, QueryString="select 1", WorkGroup="nope")
    output = {"OutputLocation": "file:///tmp"}
    message = refused(start, QueryString="select 1", ResultConfiguration=output)
    assert "not a valid S3 path" in message
    assert "was not found" in refused(client.get_query_execution, QueryExecutionId="nope")
    assert "was not found" in refused(client.stop_query_execution, QueryExecutionId="nope")


def test_queries_survive_a_restart_and_unfinished_ones_fail(
    own_cloud: RunningCloud, tmp_path: Path
) -> None:
    own_cloud.client("s3").create_bucket(
        Bucket="own-bucket", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    athena = Athena(own_cloud, "own-bucket", "db", tmp_path)
    done = athena.run("select 'kept' as a").execution["QueryExecutionId"]
    running = athena.start(ENDLESS)
    own_cloud.kill()
    own_cloud.start()
    status = athena.wait(running)["Status"]
    assert status["State"] == "FAILED"
    assert "stopped while the query ran" in status["StateChangeReason"]
    rows = athena.client("athena").get_query_results(QueryExecutionId=done)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "kept"}]
