"""A source that restates history, as its connector leaves it in bronze."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from config.local import LocalSettings
from local import aws

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_DATASET = "historical_price_eod"
_PRICES = ("open", "high", "low", "close", "vwap")


@contextlib.contextmanager
def restated(settings: LocalSettings, symbol: str, days: Sequence[date]) -> Iterator[None]:
    """While the context lasts, bronze has half the prices of a symbol on some days."""
    s3: S3Client = aws.session(settings).client("s3", **aws.client_options(settings))
    bucket = settings.names.bucket("bronze")
    keys = {day: f"fmp/{_DATASET}/dt={day}/_manifest.json" for day in days}
    before = {
        day: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for day, key in keys.items()
    }
    manifests = {day: json.loads(body) for day, body in before.items()}
    run_id = f"restated-{uuid.uuid4().hex[:8]}"
    file = _write(s3, bucket, run_id, _halved(s3, bucket, symbol, manifests))
    for day, manifest in manifests.items():
        body = json.dumps({**manifest, "run_id": run_id, "files": [file]}).encode()
        s3.put_object(Bucket=bucket, Key=keys[day], Body=body)
    try:
        yield
    finally:
        for day, body in before.items():
            s3.put_object(Bucket=bucket, Key=keys[day], Body=body)


def _halved(
    s3: S3Client, bucket: str, symbol: str, manifests: dict[date, dict[str, Any]]
) -> pa.Table:
    """All rows of the days, with other prices for the symbol."""
    rows: list[dict[str, Any]] = []
    schema: pa.Schema | None = None
    for day, manifest in manifests.items():
        for file in manifest["files"]:
            body = s3.get_object(Bucket=bucket, Key=file["key"])["Body"].read()
            table = pq.ParquetFile(io.BytesIO(body)).read()
            schema = table.schema
            rows += [row for row in table.to_pylist() if row["date"] == day]
    for row in rows:
        if row["symbol"] == symbol:
            row.update({name: row[name] / 2 for name in _PRICES})
    return pa.Table.from_pylist(rows, schema)


def _write(s3: S3Client, bucket: str, run_id: str, rows: pa.Table) -> dict[str, Any]:
    """Write a file of a run; its entry in a manifest."""
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression="zstd")
    content, key = sink.getvalue(), f"fmp/{_DATASET}/run={run_id}/part-00000.parquet"
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    return {
        "key": key,
        "sha256": hashlib.sha256(content).hexdigest(),
        "rows": rows.num_rows,
        "bytes": len(content),
    }
