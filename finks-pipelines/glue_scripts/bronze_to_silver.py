"""Glue job: cleanses bronze into silver, one Spark run for a whole range of dates.

Reads only what the manifests of bronze name, verifies it against them, and writes for each
table and date the Parquet files of this run and an audit report:

    s3://{target}/{table}/date=YYYY-MM-DD/run={run_id}/part-*.parquet
    s3://{target}/_audits/{table}/date=YYYY-MM-DD/run={run_id}.json

Nothing becomes visible here: publishing is the pipeline's last step, after its own audit. A date
whose bronze files do not match their manifest gets a report that says so, and no files.

The script is plain PySpark on ``s3://`` paths: what these are mapped onto is the business of
the Spark configuration that it is started with.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 (its usual name)

PRICE = "decimal(18,6)"
SCHEMA_VERSION = 2
ROWS_A_PARTITION = 100_000
MAX_PARTITIONS = 200
REQUEST_THREADS = 16

LINEAGE = (("source", "string"), ("ingested_at", "timestamp"), ("run_id", "string"))
BRONZE_NAMES = {
    "observed_at": "timestamp",
    "ingested_at": "_ingested_at",
    "run_id": "_run_id",
}
"""Bronze names of the columns whose silver name is not FMP's in snake case."""


@dataclass(frozen=True)
class Dataset:
    """A dataset of bronze and the silver table that it becomes; columns are (name, Spark type)."""

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    required: tuple[str, ...]
    """Columns without which a row is rejected: ``missing_{column}``, or ``invalid_{column}``
    when bronze has a value that the column's type cannot hold."""
    rules: tuple[tuple[str, Callable[[], Column]], ...]
    """Further reasons to reject a row: (name, condition of a bad row over silver columns)."""
    date_column: str | None = None
    """Bronze column with the date of a record; None: the manifest's date (an observation)."""


def _not_positive(*names: str) -> Callable[[], Column]:
    return lambda: reduce(
        lambda a, b: a | b, [F.coalesce(F.col(n) <= 0, F.lit(False)) for n in names]
    )


DATASETS = (
    Dataset(
        name="historical_price_eod",
        table="fmp_quotes",
        key=("symbol", "date"),
        columns=(
            ("symbol", "string"),
            *((name, PRICE) for name in ("open", "high", "low", "close")),
            ("volume", "bigint"),
            ("vwap", PRICE),
            *LINEAGE,
        ),
        required=("symbol", "close"),
        rules=(
            ("price_not_positive", _not_positive("open", "high", "low", "close")),
            ("negative_volume", lambda: F.col("volume") < 0),
            ("high_below_low", lambda: F.col("high") < F.col("low")),
        ),
        date_column="date",
    ),
    Dataset(
        name="quote",
        table="fmp_quote_snapshots",
        key=("symbol", "observed_at"),
        columns=(
            ("symbol", "string"),
            ("observed_at", "timestamp"),
            ("name", "string"),
            ("price", PRICE),
            ("change", PRICE),
            ("change_percentage", "double"),
            ("volume", "bigint"),
            *((name, PRICE) for name in ("day_low", "day_high", "year_low", "year_high")),
            ("market_cap", "decimal(24,2)"),
            ("price_avg_50", PRICE),
            ("price_avg_200", PRICE),
            ("exchange", "string"),
            ("open", PRICE),
            ("previous_close", PRICE),
            *LINEAGE,
        ),
        required=("symbol", "observed_at", "price"),
        rules=(
            ("price_not_positive", _not_positive("price")),
            ("negative_volume", lambda: F.col("volume") < 0),
        ),
    ),
    Dataset(
        name="company_profile",
        table="fmp_company_profiles",
        key=("symbol", "date"),
        columns=(
            ("symbol", "string"),
            ("company_name", "string"),
            ("price", PRICE),
            ("market_cap", "decimal(24,2)"),
            ("beta", "double"),
            ("last_dividend", PRICE),
            ("average_volume", "bigint"),
            *((name, "string") for name in ("currency", "cik", "isin", "cusip", "exchange")),
            *((name, "string") for name in ("exchange_full_name", "industry", "sector")),
            *((name, "string") for name in ("country", "website", "description", "ceo")),
            ("full_time_employees", "bigint"),
            *((name, "string") for name in ("city", "state", "zip")),
            ("ipo_date", "date"),
            *((n, "boolean") for n in ("is_etf", "is_actively_trading", "is_adr", "is_fund")),
            *LINEAGE,
        ),
        required=("symbol",),
        rules=(),
    ),
)


class Storage:
    """Small text files through Hadoop's own file systems: the same on S3 and anywhere else."""

    def __init__(self, spark: SparkSession) -> None:
        self._jvm: Any = spark.sparkContext._jvm
        self._configuration: Any = spark.sparkContext._jsc.hadoopConfiguration()

    def read(self, uri: str) -> str | None:
        """The text of a file, or None when there is none."""
        path, files = self._open(uri)
        try:
            stream = files.open(path)
        except Py4JJavaError as error:
            if "FileNotFoundException" in str(error.java_exception.getClass()):
                return None
            raise
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def exists(self, uri: str) -> bool:
        """Whether there is such a file."""
        path, files = self._open(uri)
        return bool(files.exists(path))

    def write(self, uri: str, text: str) -> None:
        """Write a file, replacing what was there."""
        path, files = self._open(uri)
        stream = files.create(path, True)
        try:
            stream.write(bytearray(text.encode()))
        finally:
            stream.close()

    def _open(self, uri: str) -> tuple[Any, Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(uri)
        return path, path.getFileSystem(self._configuration)


@dataclass
class Audit:
    """What became of one date of one table; the report is its JSON."""

    schema_version: int
    source_run_id: str
    source_status: str
    rows: int
    """Rows of bronze that the manifest promises."""
    keys: tuple[str, ...]
    """Keys of the bronze files that the manifest names."""
    problems: list[str] = field(default_factory=list)
    rows_in: int = 0
    rows_out: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    nulled: Counter[str] = field(default_factory=Counter)
    """Optional values that could not be cast, by column."""

    @classmethod
    def of(cls, manifest: str) -> Audit:
        """An empty audit; keeps what is needed of a manifest, whose lists of symbols are long."""
        found = json.loads(manifest)
        return cls(
            schema_version=found["schema_version"],
            source_run_id=found["run_id"],
            source_status=found["status"],
            rows=found["rows"],
            # Each date of a backfill names the same files again.
            keys=tuple(sys.intern(file["key"]) for file in found["files"]),
        )


@dataclass(frozen=True)
class Job:
    """The arguments of the job; dates inclusive."""

    start: date
    end: date
    source_bucket: str
    target_bucket: str
    run_id: str

    @property
    def dates(self) -> list[date]:
        """Every calendar day of the range."""
        return [self.start + timedelta(n) for n in range((self.end - self.start).days + 1)]


def parse_arguments(argv: Sequence[str] | None = None) -> Job:
    """The job's own arguments; Glue adds others, which are passed over."""
    parser = argparse.ArgumentParser(prog="bronze_to_silver", allow_abbrev=False)
    parser.add_argument("--DATE", type=date.fromisoformat)
    parser.add_argument("--START_DATE", type=date.fromisoformat)
    parser.add_argument("--END_DATE", type=date.fromisoformat)
    for name in ("--SOURCE_BUCKET", "--TARGET_BUCKET", "--RUN_ID"):
        parser.add_argument(name, required=True)
    found, _ = parser.parse_known_args(argv)
    start, end = found.START_DATE or found.DATE, found.END_DATE or found.DATE
    if start is None or end is None:
        parser.error("no dates; give --DATE, or --START_DATE and --END_DATE (YYYY-MM-DD)")
    if start > end:
        parser.error(f"--START_DATE {start} is after --END_DATE {end}; exchange them")
    if not re.fullmatch(r"[A-Za-z0-9._-]+", found.RUN_ID):
        parser.error("--RUN_ID may only hold letters, digits, '.', '_' and '-'")
    return Job(start, end, found.SOURCE_BUCKET, found.TARGET_BUCKET, found.RUN_ID)


def read_manifests(storage: Storage, job: Job, dataset: Dataset) -> dict[date, Audit]:
    """An audit for each date of the range that has a manifest."""

    def read(day: date) -> Audit | None:
        folder = f"s3://{job.source_bucket}/fmp/{dataset.name}/dt={day}"
        text = storage.read(f"{folder}/_manifest.json")
        return None if text is None else Audit.of(text)

    with ThreadPoolExecutor(REQUEST_THREADS) as pool:
        found = zip(job.dates, pool.map(read, job.dates), strict=True)
        audits = {day: audit for day, audit in found if audit is not None}
        keys = sorted({key for audit in audits.values() for key in audit.keys})
        uris = [f"s3://{job.source_bucket}/{key}" for key in keys]
        absent = {
            key
            for key, there in zip(keys, pool.map(storage.exists, uris), strict=True)
            if not there
        }
    for audit in audits.values():
        if audit.schema_version != SCHEMA_VERSION:
            audit.problems.append(
                f"the manifest has schema version {audit.schema_version}, this job reads"
                f" {SCHEMA_VERSION}: deploy connector and job of the same release, then ingest"
                " the date again with force"
            )
        audit.problems += [
            f"bronze file {key} is missing: ingest the date again with force"
            for key in audit.keys
            if key in absent
        ]
    return audits


def read_bronze(
    spark: SparkSession, job: Job, dataset: Dataset, wanted: Sequence[tuple[str, date]]
) -> DataFrame:
    """The rows of bronze that belong to some (key of a file, date), with their `_date`."""
    pairs = spark.createDataFrame(wanted, "_key string, _date date")
    keys = sorted({key for key, _ in wanted})
    rows = spark.read.parquet(*(f"s3://{job.source_bucket}/{key}" for key in keys))
    absent = {bronze_name(name) for name, _ in dataset.columns if name != "source"}
    absent -= set(rows.columns)
    if absent:
        raise ValueError(
            f"bronze {dataset.name} has no column {', '.join(sorted(absent))}: its schema and"
            " this job's have drifted apart; deploy connector and job of the same release"
        )
    key = F.regexp_extract("_metadata.file_path", rf"(fmp/{dataset.name}/run=.*)$", 1)
    if dataset.date_column is None:
        return rows.withColumn("_key", key).join(F.broadcast(pairs), "_key")
    # A file of a backfill holds years, sorted by date. Parquet's statistics tell which parts hold
    # the range; of a join they know nothing.
    day = F.col(dataset.date_column)
    days = [wanted_day for _, wanted_day in wanted]
    rows = rows.where(day.between(min(days), max(days)))
    return rows.select("*", key.alias("_key"), day.alias("_date")).join(
        F.broadcast(pairs), ["_key", "_date"]
    )


def cleanse(dataset: Dataset, rows: DataFrame) -> DataFrame:
    """Silver columns of bronze rows, with `_rejected` (rule or null), `_kept` and `_nulled`.

    `rows` carries `_date`. Each row is rejected by the first rule that it breaks; of those that
    break none, the one that was ingested last is kept for each key.
    """
    types = dict(rows.dtypes)
    columns: list[Column] = []
    nulled: list[Column] = []
    for name, kind in dataset.columns:
        if name == "source":
            columns.append(F.lit("fmp").alias(name))
            continue
        source = bronze_name(name)
        raw = F.col(source)
        if types[source] == "string":
            raw = F.trim(raw)
            # NA is also a ticker symbol; everywhere else it stands for null.
            absent = [""] if name == "symbol" else ["", "NA"]
            raw = F.when(~raw.isin(absent), raw)
        if kind == "timestamp" and types[source] == "bigint":
            value = F.timestamp_seconds(raw)
        else:
            value = raw.try_cast(kind)
        columns.append(value.alias(name))
        nulled.append(F.when(raw.isNotNull() & value.isNull(), F.lit(name)))
    silver = rows.select(
        *columns,
        F.col("_date").alias("date"),
        F.array_compact(F.array(*nulled)).alias("_nulled"),
        F.xxhash64(*rows.columns).alias("_hash"),
    )
    broken = [F.when(F.array_contains("_nulled", n), f"invalid_{n}") for n in dataset.required]
    broken += [F.when(F.col(n).isNull(), f"missing_{n}") for n in dataset.required]
    broken += [F.when(condition(), F.lit(name)) for name, condition in dataset.rules]
    key = dict.fromkeys(("date", *dataset.key))
    latest = Window.partitionBy(*key, "_rejected").orderBy(
        F.col("ingested_at").desc_nulls_last(), F.col("run_id").desc_nulls_last(), "_hash"
    )
    return (
        silver.withColumn("_rejected", F.coalesce(*broken))
        .withColumn("_rank", F.row_number().over(latest))
        .withColumn("_kept", F.col("_rejected").isNull() & (F.col("_rank") == 1))
    )


def transform(spark: SparkSession, job: Job, dataset: Dataset, audits: dict[date, Audit]) -> None:
    """Write the silver files of one dataset and fill in its audits."""
    wanted = [(key, day) for day, a in audits.items() if not a.problems for key in a.keys]
    if not wanted:
        return
    rows = read_bronze(spark, job, dataset, wanted)
    total = sum(audits[day].rows for day in {day for _, day in wanted})
    partitions = min(MAX_PARTITIONS, total // ROWS_A_PARTITION + 1)
    cleansed = cleanse(dataset, rows.repartition(partitions, "_date")).cache()
    count(cleansed, audits)
    good = [day for day, audit in audits.items() if audit.rows_out and not audit.problems]
    kept = cleansed.where("_kept")
    if any(audit.problems for audit in audits.values()):
        kept = kept.where(F.col("date").isin(good))
    if good:
        write(job, dataset, kept)
    cleansed.unpersist()


def count(cleansed: DataFrame, audits: dict[date, Audit]) -> None:
    """Count what became of the rows, and compare them with what the manifests promise."""
    groups = cleansed.groupBy("date", "_rejected").agg(
        F.count("*").alias("rows"),
        F.sum(F.col("_kept").cast("int")).alias("kept"),
        F.sum(F.when(F.col("_kept"), F.size("_nulled"))).alias("nulled"),
    )
    found = groups.collect()
    for group in found:
        audit = audits[group["date"]]
        audit.rows_in += group["rows"]
        if group["_rejected"]:
            audit.rejected[group["_rejected"]] = group["rows"]
        else:
            audit.rows_out = group["kept"]
            audit.duplicates = group["rows"] - group["kept"]
    if any(group["nulled"] for group in found):
        lost = cleansed.where("_kept").select("date", F.explode("_nulled").alias("column"))
        for row in lost.groupBy("date", "column").count().collect():
            audits[row["date"]].nulled[row["column"]] = row["count"]
    for day, audit in audits.items():
        if not audit.problems and audit.rows_in != audit.rows:
            audit.problems.append(
                f"bronze has {audit.rows_in} rows of {day}, its manifest says"
                f" {audit.rows}: ingest the date again with force"
            )


def write(job: Job, dataset: Dataset, kept: DataFrame) -> None:
    """Write one file a date into the folders of this run."""
    columns = [name for name, _ in dataset.columns]
    # Dynamic overwrite stages under a folder of its own and touches no run but this one, so that
    # jobs over other dates can run at the same time and a repeated run leaves nothing double.
    (
        kept.select(*columns, "date", F.lit(job.run_id).alias("run"))
        .sortWithinPartitions("date", "run", *(name for name in dataset.key if name != "date"))
        .write.mode("overwrite")
        .option("partitionOverwriteMode", "dynamic")
        .partitionBy("date", "run")
        .parquet(f"s3://{job.target_bucket}/{dataset.table}/")
    )


def report(
    job: Job, dataset: Dataset, day: date, audit: Audit, started: datetime
) -> dict[str, Any]:
    """The audit report of one date."""
    return {
        "schema_version": SCHEMA_VERSION,
        "table": dataset.table,
        "dataset": dataset.name,
        "date": day.isoformat(),
        "run_id": job.run_id,
        "source_run_id": audit.source_run_id,
        "source_status": audit.source_status,
        "location": f"s3://{job.target_bucket}/{dataset.table}/date={day}/run={job.run_id}/",
        "rows_in": audit.rows_in,
        "rows_out": audit.rows_out,
        "duplicates": audit.duplicates,
        "rejected": dict(sorted(audit.rejected.items())),
        "nulled": dict(sorted(audit.nulled.items())),
        "problems": audit.problems,
        "started_at": started.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
    }


def bronze_name(name: str) -> str:
    """The bronze name of a silver column: ``price_avg_50`` is FMP's ``priceAvg50``."""
    first, *rest = name.split("_")
    return BRONZE_NAMES.get(name, first + "".join(part.capitalize() for part in rest))


def run(spark: SparkSession, job: Job) -> dict[str, Any]:
    """Transform all datasets; returns the summary: rows written and dates without manifest."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    # Athena reads timestamps as microseconds; Spark's old INT96 is nobody's standard any more.
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    # Whatever is large is partitioned by its number of rows; the rest are counts.
    spark.conf.set("spark.sql.shuffle.partitions", "4")
    storage = Storage(spark)

    def process(dataset: Dataset) -> dict[str, Any]:
        started = datetime.now(UTC)
        audits = read_manifests(storage, job, dataset)
        transform(spark, job, dataset, audits)
        for day, audit in audits.items():
            uri = report_uri(job, dataset, day)
            storage.write(uri, json.dumps(report(job, dataset, day, audit, started), indent=1))
        return {
            "dates": len(audits),
            "rows_in": sum(audit.rows_in for audit in audits.values()),
            "rows_out": sum(audit.rows_out for audit in audits.values()),
            "problems": {str(day): a.problems for day, a in audits.items() if a.problems},
            "without_manifest": [str(day) for day in job.dates if day not in audits],
        }

    # Side by side: most of a small job is planning and compiling, which one dataset cannot fill.
    with ThreadPoolExecutor(len(DATASETS)) as pool:
        summaries = list(pool.map(process, DATASETS))
    tables = {dataset.table: found for dataset, found in zip(DATASETS, summaries, strict=True)}
    return {"event": "summary", "run_id": job.run_id, "tables": tables}


def report_uri(job: Job, dataset: Dataset, day: date) -> str:
    """Where the audit report of a date lies."""
    return f"s3://{job.target_bucket}/_audits/{dataset.table}/date={day}/run={job.run_id}.json"


def main() -> None:
    """Run the job with the arguments of the command line."""
    job = parse_arguments()
    spark = SparkSession.builder.appName("finks-bronze-to-silver").getOrCreate()
    try:
        print(json.dumps(run(spark, job)))  # noqa: T201 (the summary is the job's output)
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
