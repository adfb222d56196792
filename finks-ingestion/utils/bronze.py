"""Bronze: immutable runs of Parquet files, and one manifest per date that commits them.

    {source}/{dataset}/run={run_id}/part-NNNNN.parquet    the run's files, sorted by date and symbol
    {source}/{dataset}/dt=YYYY-MM-DD/_manifest.json       written last: the commit of that date
    {source}/_quarantine/{dataset}/run={run_id}.jsonl     refused records, with the reason

Readers read only the files that manifests name, and of these only the rows of the manifest's
date. A run that was interrupted leaves files that nothing names: harmless, and never reused.
A manifest is written under the condition that it is still the one that the run knew: of two runs
for one date the second notices, and the date is one of the two whole.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from utils import parquet
from utils.arrow import INGESTED_AT, RUN_ID
from utils.clock import utc_now
from utils.dates import Window
from utils.interruptible import StoppedError
from utils.manifests import MANIFEST_VERSION, FileEntry, Manifest, SharedLists
from utils.s3 import Bucket
from utils.wording import counted

ROWS_PER_FILE = 100_000
"""What a run holds in memory at a time, beside the answers under way."""
_READERS = 8
_STOP_SECONDS = 5
"""A part of what ECS grants between SIGTERM and SIGKILL, which is 30 at the least."""
_PART = re.compile(r"/part-(\d+)\.parquet$")
_DATE_OF_MANIFEST = re.compile(r"/dt=(\d{4}-\d{2}-\d{2})/_manifest\.json$")


class BronzeError(Exception):
    """Something in bronze that cannot be read as what it should be."""


@dataclass(frozen=True)
class WrittenFile:
    """A file of a run, and how many rows it has of each date."""

    entry: FileEntry
    rows: Counter[date]


class BronzeStore:
    """The bronze zone of one source."""

    def __init__(self, bucket: Bucket, source: str) -> None:
        self.bucket = bucket
        self.source = source
        self._stopped = threading.Event()
        self._writing = threading.Lock()

    def stop(self) -> None:
        """Write no more files; one that is being written is taken back or finished first."""
        self._stopped.set()
        if self._writing.acquire(timeout=_STOP_SECONDS):
            self._writing.release()

    def manifests(self, dataset: str, window: Window) -> dict[date, Manifest]:
        """The manifests of a window, by date; many are read side by side.

        Raises BronzeError for one that is no manifest, S3Error when S3 fails.
        """
        folder = f"{self.source}/{dataset}/"
        wanted: dict[date, str] = {}
        for key in self.bucket.keys(folder, after=f"{folder}dt={window.start}"):
            if key.startswith(f"{folder}run="):
                break
            if not (found := _DATE_OF_MANIFEST.search(key)):
                continue
            day = date.fromisoformat(found[1])
            if day > window.end:
                break
            wanted[day] = key
        lists = SharedLists()
        with ThreadPoolExecutor(_READERS) as readers:
            read = readers.map(lambda key: self._read(key, lists), wanted.values())
            found_at = zip(wanted, read, strict=True)
            return {day: manifest for day, manifest in found_at if manifest is not None}

    def manifest(self, dataset: str, day: date) -> Manifest | None:
        """The manifest of a date, as it is now."""
        return self._read(self._manifest_key(dataset, day), SharedLists())

    def commit(self, manifest: Manifest, replaces: Manifest | None) -> bool:
        """Publish a date; false when the manifest that it replaces is no longer the one there."""
        key = self._manifest_key(manifest.dataset, manifest.date)
        body = manifest.model_dump_json(indent=2).encode()
        etag = replaces.etag if replaces else None
        return self.bucket.put_if(key, body, "application/json", etag=etag)

    def table(self, entry: FileEntry, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of a file that a manifest names. Raises BronzeError when it is not there."""
        body = self.bucket.get(entry.key)
        if body is None or hashlib.sha256(body).hexdigest() != entry.sha256:
            raise BronzeError(
                f"s3://{self.bucket.name}/{entry.key} is missing or not what its manifest says; "
                "fetch its dates again with FORCE"
            )
        return parquet.decode(body, columns)

    def put_file(self, key: str, body: bytes) -> None:
        """Write a file of a run, which must not exist. Raises StoppedError after `stop`."""
        with self._writing:
            if self._stopped.is_set():
                raise StoppedError
            self.bucket.put_new(key, body, self._stopped.is_set)

    def quarantine_key(self, dataset: str, run_id: str) -> str:
        """Where the refused records of a run are."""
        return f"{self.source}/_quarantine/{dataset}/run={run_id}.jsonl"

    def quarantine(self, dataset: str, run_id: str, lines: Iterable[str]) -> str:
        """Append refused records to the quarantine file of the run, and return its key."""
        key = self.quarantine_key(dataset, run_id)
        before = self.bucket.get(key) or b""
        text = "".join(f"{line}\n" for line in lines)
        self.bucket.put(key, before + text.encode(), "application/x-ndjson")
        return key

    def last_part(self, dataset: str, run_id: str) -> int:
        """The highest number of the files of a run, or -1."""
        keys = self.bucket.keys(f"{self.source}/{dataset}/run={run_id}/")
        return max((int(m[1]) for key in keys if (m := _PART.search(key))), default=-1)

    def _manifest_key(self, dataset: str, day: date) -> str:
        return f"{self.source}/{dataset}/dt={day}/_manifest.json"

    def _read(self, key: str, lists: SharedLists) -> Manifest | None:
        found = self.bucket.get_version(key)
        if found is None:
            return None
        body, etag = found
        where = f"s3://{self.bucket.name}/{key}"
        try:
            manifest = Manifest.model_validate_json(body)
        except ValidationError as error:
            raise BronzeError(
                f"{where} is no manifest of version {MANIFEST_VERSION} "
                f"({counted(error.error_count(), 'error')}); copy the version before over it (aws "
                "s3api list-object-versions, copy-object) or, where the bucket lets you, delete "
                "it; then run that date again"
            ) from error
        if manifest.schema_version > MANIFEST_VERSION:
            raise BronzeError(
                f"{where} is of version {manifest.schema_version}, and this connector knows "
                f"{MANIFEST_VERSION}: use the connector that wrote it"
            )
        return manifest.read_as(etag, lists)


@dataclass
class RunFiles:
    """The files that a run writes for one dataset, each as soon as there are enough rows.

    An earlier attempt of the same run may have left files: they are never overwritten, because a
    manifest may name them; the numbers go on after theirs.
    """

    store: BronzeStore
    dataset: str
    run_id: str
    sort_by: Sequence[str]
    date_field: str | None
    today: date
    ingested_at: datetime = field(default_factory=utc_now)
    written: list[WrittenFile] = field(default_factory=list)
    _waiting: list[pa.Table] = field(default_factory=list)
    _rows: int = 0
    _next: int | None = None

    def add(self, records: pa.Table) -> None:
        """Add records, which get the lineage of this run."""
        if not len(records):
            return
        self._waiting.append(records)
        self._rows += len(records)
        if self._rows >= ROWS_PER_FILE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        self._waiting.clear()
        self._rows = 0
        stamp = pa.scalar(self.ingested_at, pa.timestamp("us", tz="UTC"))
        for name, value in ((INGESTED_AT, stamp), (RUN_ID, pa.scalar(self.run_id, pa.string()))):
            column = pa.repeat(value, len(table))
            table = table.append_column(pa.field(name, value.type, nullable=False), column)
        self.write(table)

    def write(self, table: pa.Table) -> WrittenFile:
        """Write rows that have their lineage as one file."""
        if self._next is None:
            self._next = self.store.last_part(self.dataset, self.run_id) + 1
        key = f"{self.store.source}/{self.dataset}/run={self.run_id}/part-{self._next:05d}.parquet"
        self._next += 1
        metadata = {"source": self.store.source, "dataset": self.dataset, "run_id": self.run_id}
        body = parquet.encode(table, self.sort_by, metadata)
        self.store.put_file(key, body)
        entry = FileEntry(
            key=key, sha256=hashlib.sha256(body).hexdigest(), rows=len(table), bytes=len(body)
        )
        file = WrittenFile(entry, self._rows_by_date(table))
        self.written.append(file)
        return file

    def _rows_by_date(self, table: pa.Table) -> Counter[date]:
        if self.date_field is None:
            return Counter({self.today: len(table)})
        return count_by(table[self.date_field])


def count_by(days: Any) -> Counter[date]:
    """How often each date is there, of a column of dates."""
    counts = days.value_counts().to_pylist()
    return Counter({item["values"]: item["counts"] for item in counts})
