"""A small lake: buckets, the tables of silver, and what the connector and the job would write."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq

from silver import TABLES
from tasks.audit import arrow_type, files_prefix, report_key
from tasks.bronze import HISTORICAL, SCHEMA_VERSION, Manifest, StoredManifest, manifest_key

BRONZE, SILVER = "finks-local-bronze", "finks-local-silver"
BUCKETS = (BRONZE, SILVER, "finks-local-gold", "finks-local-artifacts")
DATABASE = "finks_local_silver"
PRICE = "decimal(18,6)"
QUOTES = (
    ("symbol", "string"),
    *((name, PRICE) for name in ("open", "high", "low", "close")),
    ("volume", "bigint"),
    ("vwap", PRICE),
    ("source", "string"),
    ("ingested_at", "timestamp"),
    ("run_id", "string"),
)
BRONZE_SCHEMA = pa.schema(
    [
        ("symbol", pa.string()),
        ("date", pa.date32()),
        *((name, pa.decimal128(38, 18)) for name in ("open", "high", "low", "close")),
        ("volume", pa.int64()),
    ]
)
SCHEMA = pa.schema([(name, arrow_type(kind)) for name, kind in QUOTES])
WEDNESDAY, THURSDAY, FRIDAY = date(2013, 2, 27), date(2013, 2, 28), date(2013, 3, 1)


def create_lake() -> None:
    """Make the buckets and the tables, all with the columns of fmp_quotes."""
    s3, glue = boto3.client("s3"), boto3.client("glue")
    for bucket in BUCKETS:
        s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"}
        )
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for table in TABLES:
        glue.create_table(
            DatabaseName=DATABASE,
            TableInput={
                "Name": table.name,
                "PartitionKeys": [{"Name": "date", "Type": "date"}],
                "StorageDescriptor": {
                    "Columns": [{"Name": name, "Type": kind} for name, kind in QUOTES],
                    "Location": f"s3://{SILVER}/{table.name}/",
                },
            },
        )


def put_bronze(day: date, run_id: str = "b1", rows: int = 2, **changes: Any) -> StoredManifest:
    """Write a bronze file with `rows` rows, and its manifest with `changes`."""
    symbols = [f"S{number}" for number in range(rows)]
    record = dict.fromkeys(("open", "high", "low", "close"), Decimal("10.123456789"))
    records = [{"symbol": s, "date": day, **record, "volume": 1000} for s in symbols]
    content = _parquet(pa.Table.from_pylist(records, BRONZE_SCHEMA))
    key = f"fmp/{HISTORICAL}/run={run_id}/part-{day:%m%d}0.parquet"
    boto3.client("s3").put_object(Bucket=BRONZE, Key=key, Body=content)
    file = {"key": key, "sha256": hashlib.sha256(content).hexdigest()}
    named = [{**file, "rows": rows, "bytes": len(content)}]
    return put_manifest(day, run_id, **{"files": named, "rows": rows, **changes})


def put_manifest(day: date, run_id: str = "b1", **changes: Any) -> StoredManifest:
    """Write a manifest of end-of-day prices with two rows, or what `changes` say."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "dataset": HISTORICAL,
        "date": day.isoformat(),
        "run_id": run_id,
        "status": "complete",
        "rows": 2,
        "symbols_asked": ["S0", "S1"],
        **changes,
    }
    body = json.dumps(document).encode()
    key = manifest_key(HISTORICAL, day)
    stored = boto3.client("s3").put_object(Bucket=BRONZE, Key=key, Body=body)
    return StoredManifest(Manifest.model_validate_json(body), stored["ETag"])


def bar(symbol: str | None, close: str | None = "10.5", **changes: Any) -> dict[str, Any]:
    """A row of fmp_quotes."""
    return {
        "symbol": symbol,
        "open": Decimal(10),
        "high": Decimal(11),
        "low": Decimal(9),
        "close": None if close is None else Decimal(close),
        "volume": 1000,
        "vwap": None,
        "source": "fmp",
        "ingested_at": datetime(2013, 3, 1, 22, tzinfo=UTC),
        "run_id": "b1",
        **changes,
    }


def put_silver(
    day: date,
    rows: list[dict[str, Any]],
    run_id: str = "s1",
    source_run_id: str = "b1",
    schema: pa.Schema = SCHEMA,
    **changes: Any,
) -> None:
    """Write a silver file of fmp_quotes, and the report of the job with `changes`."""
    s3 = boto3.client("s3")
    key = f"{files_prefix('fmp_quotes', day, run_id)}part-0.parquet"
    s3.put_object(Bucket=SILVER, Key=key, Body=_parquet(pa.Table.from_pylist(rows, schema)))
    report = {
        "date": day.isoformat(),
        "run_id": run_id,
        "source_run_id": source_run_id,
        "rows_in": len(rows),
        "rows_out": len(rows),
        "duplicates": 0,
        "rejected": {},
        "problems": [],
        **changes,
    }
    body = json.dumps(report).encode()
    s3.put_object(Bucket=SILVER, Key=report_key("fmp_quotes", day, run_id), Body=body)


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
