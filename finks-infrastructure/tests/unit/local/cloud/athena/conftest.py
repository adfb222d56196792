"""Athena as its clients see it: boto3 against the running local cloud."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import REGION, RunningCloud

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    },
}
_SECONDS = 60


@dataclass
class Result:
    """A query that succeeded; `rows` without the header of a SELECT."""

    execution: dict[str, Any]
    rows: list[tuple[str | None, ...]]
    columns: dict[str, str]
    update_count: int


@dataclass
class Athena:
    """A database of one's own, below ``s3://{bucket}/{database}/``."""

    cloud: RunningCloud
    bucket: str
    database: str
    folder: Path
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        if name not in self.clients:
            self.clients[name] = self.cloud.client(name)
        return self.clients[name]

    def uri(self, path: str) -> str:
        return f"s3://{self.bucket}/{self.database}/{path}"

    def start(self, sql: str, **options: Any) -> str:
        answer = self.client("athena").start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.database, "Catalog": "awsdatacatalog"},
            **{"ResultConfiguration": {"OutputLocation": self.uri("results/")}, **options},
        )
        return str(answer["QueryExecutionId"])

    def wait(self, query_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            answer = self.client("athena").get_query_execution(QueryExecutionId=query_id)
            execution: dict[str, Any] = answer["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(0.01)
        raise AssertionError(f"{query_id} did not end")

    def run(self, sql: str, **options: Any) -> Result:
        execution = self.wait(self.start(sql, **options))
        status = execution["Status"]
        assert status["State"] == "SUCCEEDED", (sql, status.get("StateChangeReason"))
        pages = self.client("athena").get_paginator("get_query_results")
        rows: list[tuple[str | None, ...]] = []
        columns: dict[str, str] = {}
        count = 0
        for page in pages.paginate(QueryExecutionId=execution["QueryExecutionId"]):
            info = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            columns = {column["Name"]: column["Type"] for column in info}
            count = page["UpdateCount"]
            rows += [
                tuple(datum.get("VarCharValue") for datum in row["Data"])
                for row in page["ResultSet"]["Rows"]
            ]
        if execution["StatementType"] == "DML" and execution["SubstatementType"] == "SELECT":
            rows = rows[1:]
        return Result(execution, rows, columns, count)

    def rows(self, sql: str, **options: Any) -> list[tuple[str | None, ...]]:
        return self.run(sql, **options).rows

    def fails(self, sql: str, **options: Any) -> str:
        status = self.wait(self.start(sql, **options))["Status"]
        assert status["State"] == "FAILED", sql
        return str(status["StateChangeReason"])

    def glue_table(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = self.client("glue").get_table(
            DatabaseName=self.database, Name=name
        )["Table"]
        return table

    def keys(self, path: str) -> list[str]:
        """Keys of the objects below a path, as S3 lists them."""
        prefix = f"{self.database}/{path}"
        listed = self.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"].removeprefix(prefix) for item in listed.get("Contents", [])]

    def put_parquet(self, path: str, select: str) -> None:
        """Upload a Parquet file with the rows of a query of DuckDB."""
        file = self.folder / f"{uuid.uuid4()}.parquet"
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"COPY ({select}) TO '{file}' (FORMAT parquet)")
        self.client("s3").upload_file(str(file), self.bucket, f"{self.database}/{path}")

    def create_hive_table(
        self, name: str, columns: dict[str, str], keys: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """An external Parquet table at ``{name}/``; its storage descriptor."""
        descriptor = {
            "Columns": [{"Name": n, "Type": t} for n, t in columns.items()],
            "Location": self.uri(f"{name}/"),
            **PARQUET,
        }
        self.client("glue").create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"classification": "parquet"},
                "StorageDescriptor": descriptor,
                "PartitionKeys": [{"Name": n, "Type": t} for n, t in (keys or {}).items()],
            },
        )
        return descriptor

    def point_partition(
        self, table: str, descriptor: dict[str, Any], values: list[str], path: str
    ) -> None:
        """Create a partition, or move its pointer."""
        glue = self.client("glue")
        partition = {
            "Values": values,
            "StorageDescriptor": {**descriptor, "Location": self.uri(path)},
        }
        names = {"DatabaseName": self.database, "TableName": table}
        try:
            glue.create_partition(**names, PartitionInput=partition)
        except glue.exceptions.AlreadyExistsException:
            glue.update_partition(**names, PartitionValueList=values, PartitionInput=partition)


@pytest.fixture(scope="session")
def athena_bucket(cloud: RunningCloud) -> str:
    name = f"athena-{uuid.uuid4().hex[:8]}"
    cloud.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return name


@pytest.fixture(scope="session")
def athena_clients() -> dict[str, Any]:
    """boto3 clients of the session's cloud: making one takes longer than a query."""
    return {}


@pytest.fixture
def athena(
    cloud: RunningCloud, athena_bucket: str, athena_clients: dict[str, Any], tmp_path: Path
) -> Iterator[Athena]:
    """A new database in the session's cloud."""
    database = f"db_{uuid.uuid4().hex[:8]}"
    made = Athena(cloud, athena_bucket, database, tmp_path, athena_clients)
    made.client("glue").create_database(DatabaseInput={"Name": database})
    yield made
    for table in made.client("glue").get_tables(DatabaseName=database)["TableList"]:
        made.client("glue").delete_table(DatabaseName=database, Name=table["Name"])
    made.client("glue").delete_database(Name=database)
