"""What S3 knows about each object besides its bytes, in SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.cloud.state import StateError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, location TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, mtime_ns INTEGER NOT NULL, last_modified REAL NOT NULL,
    attributes TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    upload_id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL,
    initiated REAL NOT NULL, attributes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (
    upload_id TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, file TEXT NOT NULL, modified REAL NOT NULL,
    PRIMARY KEY (upload_id, number)) WITHOUT ROWID;
"""
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class Attributes:
    """What a client attached to an object."""

    headers: dict[str, str] = field(default_factory=dict)
    """Content-Type and its like, by lower-case name."""
    metadata: dict[str, str] = field(default_factory=dict)
    """User metadata, without the ``x-amz-meta-`` prefix."""
    tags: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    """Verified checksums of the whole object, base64 by algorithm (``crc32``)."""

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps(self.__dict__)

    @classmethod
    def load(cls, text: str) -> Attributes:
        """From JSON text."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class StoredObject:
    """An object: `location` is its file, relative to the root of all buckets."""

    bucket: str
    key: str
    location: str
    size: int
    etag: str
    """Hexadecimal, without quotes; ``{md5}-{parts}`` after a multipart upload."""
    mtime_ns: int
    """Modification time of the file when it was indexed: another one means another body."""
    last_modified: float
    """Unix seconds."""
    attributes: Attributes = field(default_factory=Attributes)


@dataclass(frozen=True)
class Upload:
    """A multipart upload under way."""

    upload_id: str
    bucket: str
    key: str
    initiated: float
    attributes: Attributes


@dataclass(frozen=True)
class Part:
    """One uploaded part; `file` is relative to the folder of all uploads."""

    upload_id: str
    number: int
    size: int
    etag: str
    file: str
    modified: float


class ObjectIndex:
    """Objects, uploads and parts.

    A change outlasts the process at once, a failure of power as soon as the file `log` is flushed:
    SQLite would flush it after every change if `synchronous` were FULL.
    """

    def __init__(self, path: Path) -> None:
        self.log = path.with_name(f"{path.name}-wal")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise StateError(
                f"the index of the S3 objects {path} is damaged: {error}. Move it away: the next"
                " start makes it again from the files (content types, user metadata and tags of"
                " the objects are lost then)"
            ) from error
        # Reads have a connection of their own: they do not wait for a write to reach the disk.
        self._read_lock = threading.Lock()
        self._reader = sqlite3.connect(path, check_same_thread=False, isolation_level=None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes as one."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._read_lock:
            return self._reader.execute(sql, values).fetchall()

    def _write(self, sql: str, *values: object) -> None:
        with self._lock:
            self._connection.execute(sql, values)

    def get(self, bucket: str, key: str) -> StoredObject | None:
        """One object, or None."""
        rows = self._read("SELECT * FROM objects WHERE bucket = ? AND key = ?", bucket, key)
        return _stored(rows[0]) if rows else None

    def put(self, item: StoredObject) -> None:
        """Add or replace one object."""
        self._write(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            item.bucket,
            item.key,
            item.location,
            item.size,
            item.etag,
            item.mtime_ns,
            item.last_modified,
            item.attributes.dump(),
        )

    def delete(self, bucket: str, key: str) -> None:
        """Forget one object; no error if it is not known."""
        self._write("DELETE FROM objects WHERE bucket = ? AND key = ?", bucket, key)

    def select(
        self, bucket: str, prefix: str = "", after: str = "", limit: int = -1
    ) -> list[StoredObject]:
        """Objects under a prefix in the order of their keys' UTF-8 bytes, those past `after`."""
        return [
            _stored(row)
            for row in self._read(
                "SELECT * FROM objects WHERE bucket = ? AND key > ? AND key >= ?"
                " AND key < ? ORDER BY key LIMIT ?",
                bucket,
                after,
                prefix,
                prefix + LAST_CHARACTER,
                limit,
            )
        ]

    def put_upload(self, upload: Upload) -> None:
        """Add a multipart upload."""
        self._write(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
            upload.upload_id,
            upload.bucket,
            upload.key,
            upload.initiated,
            upload.attributes.dump(),
        )

    def get_upload(self, upload_id: str) -> Upload | None:
        """One multipart upload, or None."""
        rows = self._read("SELECT * FROM uploads WHERE upload_id = ?", upload_id)
        return _upload(rows[0]) if rows else None

    def uploads(self, bucket: str, prefix: str = "") -> list[Upload]:
        """Uploads of a bucket by key."""
        rows = self._read(
            "SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ?"
            " ORDER BY key, initiated",
            bucket,
            prefix,
            prefix + LAST_CHARACTER,
        )
        return [_upload(row) for row in rows]

    def delete_upload(self, upload_id: str) -> None:
        """Forget an upload and its parts."""
        self._write("DELETE FROM parts WHERE upload_id = ?", upload_id)
        self._write("DELETE FROM uploads WHERE upload_id = ?", upload_id)

    def put_part(self, part: Part) -> None:
        """Add or replace a part."""
        self._write(
            "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)",
            part.upload_id,
            part.number,
            part.size,
            part.etag,
            part.file,
            part.modified,
        )

    def parts(self, upload_id: str) -> list[Part]:
        """Parts of an upload by number."""
        rows = self._read("SELECT * FROM parts WHERE upload_id = ? ORDER BY number", upload_id)
        return [Part(*row) for row in rows]

    def buckets(self) -> Iterable[str]:
        """Buckets that have objects."""
        return [str(row[0]) for row in self._read("SELECT DISTINCT bucket FROM objects")]

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._read_lock:
            self._reader.close()
            self._connection.close()


def _stored(row: tuple[Any, ...]) -> StoredObject:
    bucket, key, location, size, etag, mtime_ns, last_modified, attributes = row
    return StoredObject(
        bucket, key, location, size, etag, mtime_ns, last_modified, Attributes.load(attributes)
    )


def _upload(row: tuple[Any, ...]) -> Upload:
    upload_id, bucket, key, initiated, attributes = row
    return Upload(upload_id, bucket, key, initiated, Attributes.load(attributes))
