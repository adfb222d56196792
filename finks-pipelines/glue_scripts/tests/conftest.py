"""One Spark session whose `s3://` paths are plain files, and a bronze zone to fill."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from bronze_to_silver import SCHEMA_VERSION

NUMBER = pa.decimal128(38, 18)
"""Of all numbers of bronze but counts: FMP's digits, as they are."""
HISTORICAL = pa.schema(
    [
        ("symbol", pa.string()),
        ("date", pa.date32()),
        *((name, NUMBER) for name in ("open", "high", "low", "close")),
        ("volume", pa.int64()),
        ("change", NUMBER),
        ("changePercent", NUMBER),
        ("vwap", NUMBER),
        ("_extra", pa.string()),
        ("_ingested_at", pa.timestamp("us", tz="UTC")),
        ("_run_id", pa.string()),
    ]
)
PROFILE = pa.schema(
    [
        *((n, pa.string()) for n in ("symbol", "companyName", "currency", "cik", "isin", "cusip")),
        *((n, pa.string()) for n in ("exchange", "exchangeFullName", "industry", "sector")),
        *((n, pa.string()) for n in ("country", "website", "description", "ceo")),
        *((n, pa.string()) for n in ("fullTimeEmployees", "city", "state", "zip", "ipoDate")),
        *((n, NUMBER) for n in ("price", "marketCap", "beta", "lastDividend")),
        ("averageVolume", pa.int64()),
        *((n, pa.bool_()) for n in ("isEtf", "isActivelyTrading", "isAdr", "isFund")),
        ("_ingested_at", pa.timestamp("us", tz="UTC")),
        ("_run_id", pa.string()),
    ]
)
INGESTED = datetime(2013, 3, 1, 22, 0, tzinfo=UTC)


class Lake:
    """The folder that stands behind the two buckets."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write_run(
        self,
        dataset: str,
        run_id: str,
        schema: pa.Schema,
        rows: list[dict[str, Any]],
        dates: dict[date, int],
    ) -> Path:
        """Write one bronze file and a manifest for each date (with its number of rows)."""
        path = self.write_file(dataset, run_id, schema, rows)
        for day, count in dates.items():
            self.commit(dataset, run_id, day, count, [path])
        return path

    def write_file(
        self,
        dataset: str,
        run_id: str,
        schema: pa.Schema,
        rows: list[dict[str, Any]],
        part: int = 0,
    ) -> Path:
        """Write a file of a run, as the connector does but for the order of its rows."""
        path = self.root / f"bronze/fmp/{dataset}/run={run_id}/part-{part:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        defaults = {"_ingested_at": INGESTED, "_run_id": run_id}
        table = pa.Table.from_pylist([defaults | row for row in rows], schema)
        pq.write_table(table, path, compression="zstd")
        return path

    def commit(
        self, dataset: str, run_id: str, day: date, rows: int, files: list[Path], **changes: Any
    ) -> None:
        """Write the manifest of a date, whose rows are in some files of any runs."""
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "dataset": dataset,
            "date": day.isoformat(),
            "run_id": run_id,
            "status": "complete",
            "files": [self._entry(path) for path in files],
            "rows": rows,
            **changes,
        }
        target = self.root / "bronze" / f"fmp/{dataset}/dt={day}" / "_manifest.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(manifest))

    def _entry(self, path: Path) -> dict[str, Any]:
        content = path.read_bytes()
        return {
            "key": str(path.relative_to(self.root / "bronze")),
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": pq.read_metadata(path).num_rows,
            "bytes": len(content),
        }

    def silver(self, table: str, day: date, run_id: str) -> pa.Table:
        """The rows that a run wrote for a date."""
        files = self.files(table, day, run_id)
        return pa.concat_tables([pq.ParquetFile(path).read() for path in files])

    def files(self, table: str, day: date, run_id: str) -> list[Path]:
        """The Parquet files that a run wrote for a date."""
        folder = self.root / "silver" / table / f"date={day}" / f"run={run_id}"
        return sorted(folder.glob("*.parquet"))

    def report(self, table: str, day: date, run_id: str) -> dict[str, Any]:
        """The audit report of a run for a date."""
        path = self.root / "silver/_audits" / table / f"date={day}" / f"run={run_id}.json"
        report: dict[str, Any] = json.loads(path.read_text())
        return report


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("s3")
    for bucket in ("bronze", "silver"):
        (folder / bucket).mkdir()
    return folder


@pytest.fixture(scope="session")
def spark(root: Path) -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder: Any = SparkSession.builder
    overload = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
    builder = (
        builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(root / "warehouse"))
        .config("spark.hadoop.fs.s3.impl", overload)
        .config(
            "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl",
            "org.apache.hadoop.fs.RawLocalFileSystem",
        )
    )
    for bucket in ("bronze", "silver"):
        link = f"spark.hadoop.fs.viewfs.mounttable.{bucket}.linkFallback"
        builder = builder.config(link, f"file://{root / bucket}")
    session: SparkSession = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def lake(root: Path) -> Iterator[Lake]:
    """An empty lake."""
    yield Lake(root)
    for bucket in ("bronze", "silver"):
        for path in sorted((root / bucket).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
