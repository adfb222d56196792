"""Audits the silver files that a Glue run wrote, before anybody can see them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

import boto3
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from botocore.exceptions import ClientError
from prefect.logging import get_run_logger
from pydantic import BaseModel, ConfigDict

from config import Settings
from silver import SilverTable
from tasks.bronze import ABSENT, Commit
from tasks.common import aws_errors, in_parallel, pipeline_task

HIVE_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


class Report(BaseModel):
    """The audit report that the Glue job wrote for a date."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    date: date
    run_id: str
    source_run_id: str
    rows_in: int
    rows_out: int
    duplicates: int
    rejected: dict[str, int] = {}
    nulled: dict[str, int] = {}
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class SilverAudit:
    """The verdict on one date of one table; no problems means passed."""

    table: str
    date: date
    run_id: str
    source_run_id: str
    source_etag: str
    """Run and ETag of the manifest that it was made from."""
    rows_in: int
    rows: int
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the date may be published."""
        return not self.problems


def report_key(table: str, day: date, run_id: str) -> str:
    """Where the report of a run lies in the silver bucket."""
    return f"_audits/{table}/date={day.isoformat()}/run={run_id}.json"


def files_prefix(table: str, day: date, run_id: str) -> str:
    """Where the files of a run lie in the silver bucket."""
    return f"{table}/date={day.isoformat()}/run={run_id}/"


@pipeline_task("audit {table.name}")
def audit_silver(table: SilverTable, run_id: str, commits: tuple[Commit, ...]) -> list[SilverAudit]:
    """Audit what a run wrote for dates of bronze; never raises for bad data."""
    names = Settings().names
    with aws_errors("audit silver"):
        found = boto3.client("glue").get_table(DatabaseName=names.silver_database, Name=table.name)
        columns = found["Table"]["StorageDescriptor"]["Columns"]
        schema = pa.schema([(c["Name"], arrow_type(c["Type"])) for c in columns])
        bucket = names.bucket("silver")
        audits = in_parallel(lambda c: audit_date(bucket, table, run_id, c, schema), commits)
    for audit in audits:
        for problem in audit.problems:
            get_run_logger().error("%s %s: %s", table.name, audit.date, problem)
    get_run_logger().info(
        "%s: %d of %d dates passed, %d rows",
        table.name,
        sum(audit.passed for audit in audits),
        len(audits),
        sum(audit.rows for audit in audits),
    )
    return audits


def audit_date(
    bucket: str, table: SilverTable, run_id: str, commit: Commit, schema: pa.Schema
) -> SilverAudit:
    """Compare report, manifest and files of one date."""
    report = _report(bucket, report_key(table.name, commit.date, run_id))
    if report is None:
        problems = ["the job wrote no audit report for it"]
        rows = 0
    else:
        problems = [*report.problems, *_report_problems(report, run_id, commit)]
        rows = report.rows_out
        if not problems:
            files = _files(bucket, files_prefix(table.name, commit.date, run_id))
            problems = file_problems(table, report, files, schema)
    return SilverAudit(
        table=table.name,
        date=commit.date,
        run_id=run_id,
        source_run_id=commit.run_id,
        source_etag=commit.etag,
        rows_in=commit.rows,
        rows=rows,
        problems=tuple(problems),
    )


def _report_problems(report: Report, run_id: str, commit: Commit) -> list[str]:
    problems = []
    if (report.run_id, report.date) != (run_id, commit.date):
        problems.append(f"its report is about run {report.run_id} of {report.date}")
    if report.source_run_id != commit.run_id:
        problems.append(
            f"the job read bronze run {report.source_run_id}, the manifest now names"
            f" {commit.run_id}: it was ingested again meanwhile, run the date once more"
        )
    elif report.rows_in != commit.rows:
        problems.append(f"the job read {report.rows_in} of {commit.rows} rows of bronze")
    expected = report.rows_in - report.duplicates - sum(report.rejected.values())
    if report.rows_out != expected:
        problems.append(f"the report counts {report.rows_out} rows where {expected} are left")
    return problems


def file_problems(
    table: SilverTable, report: Report, files: list[pa.Table], schema: pa.Schema
) -> list[str]:
    """What is wrong with the rows of one date: schema, number, keys, nulls and prices."""
    for file in files:
        if difference := _difference(file, schema):
            return [f"its files have other columns than the table: {difference}"]
    # Spark marks a constant column as not nullable; that is no difference to a reader.
    rows = pa.concat_tables(file.cast(schema) for file in files) if files else schema.empty_table()
    problems = []
    if rows.num_rows != report.rows_out:
        problems.append(f"its files have {rows.num_rows} rows, its report says {report.rows_out}")
    distinct = rows.group_by(list(table.key)).aggregate([]).num_rows
    if distinct != rows.num_rows:
        problems.append(f"{rows.num_rows - distinct} rows repeat a key ({', '.join(table.key)})")
    problems += [
        f"{rows[name].null_count} rows have no {name}"
        for name in table.required
        if rows[name].null_count
    ]
    for name in table.positive:
        lowest = pc.min(rows[name]).as_py()
        if lowest is not None and lowest <= 0:
            problems.append(f"{name} goes down to {lowest}: prices are above zero")
    if {"high", "low"} <= set(table.positive):
        crossed = pc.sum(pc.less(rows["high"], rows["low"])).as_py()
        if crossed:
            problems.append(f"{crossed} rows have a high below their low")
    return problems


def arrow_type(hive: str) -> pa.DataType:
    """The Arrow type of a Hive type of the catalog."""
    if hive.startswith("decimal("):
        precision, scale = hive.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return HIVE_TYPES[hive]


def _difference(file: pa.Table, schema: pa.Schema) -> str:
    found = {field.name: str(field.type) for field in file.schema}
    wanted = {field.name: str(field.type) for field in schema}
    different = [
        f"{name} is {found.get(name, 'absent')} instead of {wanted.get(name, 'absent')}"
        for name in {**wanted, **found}
        if found.get(name) != wanted.get(name)
    ]
    if not different and list(found) != list(wanted):
        return f"their order is {', '.join(found)}"
    return ", ".join(different)


def _report(bucket: str, key: str) -> Report | None:
    try:
        answer = boto3.client("s3").get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ABSENT:
            return None
        raise
    return Report.model_validate_json(answer["Body"].read())


def _files(bucket: str, prefix: str) -> list[pa.Table]:
    s3 = boto3.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    contents = (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    return [pq.ParquetFile(io.BytesIO(content)).read() for content in contents]
