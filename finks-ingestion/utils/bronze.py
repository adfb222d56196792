"""Bronze: immutable runs of Parquet files, and one manifest per date that commits them.

    {source}/{dataset}/run={run_id}/part-NNNNN.parquet    the run's files, sorted by date and key
    {source}/{dataset}/dt=YYYY-MM-DD/_manifest.json       written last: the commit of that date
    {source}/_quarantine/{dataset}/run={run_id}.jsonl     refused records, with the reason

Readers read only the files that manifests name, and of these only the rows of the manifest's
date. A run that was interrupted leaves files that nothing names: harmless, and never reused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError

from utils.dates import Window
from utils.s3 import Bucket
from utils.validation import EXTRA, Kind, RecordSchema, Row

MANIFEST_VERSION = 1
MAX_ROWS_PER_FILE = 100_000
INGESTED_AT = "_ingested_at"
RUN_ID = "_run_id"
_READERS = 8
_PART = re.compile(r"/part-(\d+)\.parquet$")
_DATE_OF_MANIFEST = re.compile(r"/dt=(\d{4}-\d{2}-\d{2})/_manifest\.json$")
_ARROW_TYPES = {
    Kind.STRING: pa.string(),
    Kind.DOUBLE: pa.float64(),
    Kind.INT64: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
}


class FileEntry(BaseModel):
    """A file of a run: `rows` and `bytes` of the whole file, which may hold many dates."""

    key: str
    sha256: str
    rows: int
    bytes: int


class Manifest(BaseModel):
    """The commit of one date of a dataset.

    `dates_without_records` are weekdays right before this date for which the source had no
    record of any symbol: holidays, which have no manifest of their own.
    """

    schema_version: int = MANIFEST_VERSION
    dataset: str
    date: dt.date
    run_id: str
    status: Literal["complete", "incomplete"]
    files: list[FileEntry]
    rows: int
    symbols_asked: list[str]
    symbols_received: list[str]
    symbols_empty: list[str]
    symbols_rejected: list[str]
    symbols_failed: list[str]
    dates_without_records: list[dt.date]
    started_at: datetime
    finished_at: datetime

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for is there, or known not to exist."""
        return self.status == "complete"


class BronzeError(Exception):
    """Something in bronze that cannot be read as what it should be."""


def arrow_schema(schema: RecordSchema) -> pa.Schema:
    """The Parquet schema of a dataset: its fields, then `_extra` and the lineage."""
    required = set(schema.key)
    columns = [
        pa.field(f.name, _ARROW_TYPES[f.kind], nullable=f.name not in required)
        for f in schema.fields
    ]
    lineage = [
        pa.field(EXTRA, pa.string()),
        pa.field(INGESTED_AT, pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field(RUN_ID, pa.string(), nullable=False),
    ]
    return pa.schema(columns + lineage)


class BronzeStore:
    """The bronze zone of one source."""

    def __init__(self, bucket: Bucket, source: str) -> None:
        self.bucket = bucket
        self.source = source

    def manifests(self, dataset: str, window: Window) -> dict[date, Manifest]:
        """The manifests of a window, by date; many are read side by side.

        Raises BronzeError for one that is no manifest, S3Error when S3 fails.
        """
        prefix = f"{self.source}/{dataset}/dt="
        wanted: dict[date, str] = {}
        for key in self.bucket.keys(prefix, after=f"{prefix}{window.start}"):
            if not (found := _DATE_OF_MANIFEST.search(key)):
                continue
            day = date.fromisoformat(found[1])
            if day > window.end:
                break
            wanted[day] = key
        with ThreadPoolExecutor(_READERS) as readers:
            bodies = readers.map(self.bucket.get, wanted.values())
            read = zip(wanted.items(), bodies, strict=True)
            return {day: self._parse(key, body) for (day, key), body in read if body is not None}

    def _parse(self, key: str, body: bytes) -> Manifest:
        try:
            return Manifest.model_validate_json(body)
        except ValidationError as error:
            raise BronzeError(
                f"s3://{self.bucket.name}/{key} is no manifest of version {MANIFEST_VERSION} "
                f"({error.error_count()} errors); delete it and run that date again"
            ) from error

    def write_files(
        self,
        dataset: str,
        schema: RecordSchema,
        rows: Sequence[Row],
        *,
        run_id: str,
        ingested_at: datetime,
    ) -> list[tuple[FileEntry, Sequence[Row]]]:
        """Write rows, in their order, as files of the run; each entry with the rows it holds.

        An earlier attempt of the same run may have left files: they are never overwritten,
        because a manifest may name them; the numbers go on after theirs.
        """
        prefix = f"{self.source}/{dataset}/run={run_id}/"
        taken = [int(m[1]) for key in self.bucket.keys(prefix) if (m := _PART.search(key))]
        first = max(taken, default=-1) + 1
        written: list[tuple[FileEntry, Sequence[Row]]] = []
        columns = arrow_schema(schema)
        for part, start in enumerate(range(0, len(rows), MAX_ROWS_PER_FILE)):
            chunk = rows[start : start + MAX_ROWS_PER_FILE]
            lineage = {INGESTED_AT: ingested_at, RUN_ID: run_id}
            body = _parquet([{**row, **lineage} for row in chunk], columns)
            key = f"{prefix}part-{first + part:05d}.parquet"
            self.bucket.put_new(key, body)
            digest = hashlib.sha256(body).hexdigest()
            entry = FileEntry(key=key, sha256=digest, rows=len(chunk), bytes=len(body))
            written.append((entry, chunk))
        return written

    def quarantine(self, dataset: str, run_id: str, refused: Iterable[dict[str, Any]]) -> str:
        """Append refused records to the quarantine file of the run, and return its key."""
        key = f"{self.source}/_quarantine/{dataset}/run={run_id}.jsonl"
        lines = "".join(json.dumps(item, default=str) + "\n" for item in refused)
        before = self.bucket.get(key) or b""
        self.bucket.put(key, before + lines.encode(), "application/x-ndjson")
        return key

    def commit(self, manifest: Manifest) -> str:
        """Publish a date, and return the manifest's key."""
        key = f"{self.source}/{manifest.dataset}/dt={manifest.date}/_manifest.json"
        self.bucket.put(key, manifest.model_dump_json(indent=2).encode(), "application/json")
        return key


def _parquet(rows: Sequence[Row], columns: pa.Schema) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=columns), sink)
    return sink.getvalue()
