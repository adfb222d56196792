"""The journal of the control plane: every change, on disk before it is acknowledged.

The control plane keeps its state in memory; replaying the journal in order makes it again. One
SQLite file: a write that was cut short leaves no trace, and each entry carries a checksum.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.state import StateError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, recorded_at REAL NOT NULL, seed INTEGER NOT NULL,
    service TEXT NOT NULL, action TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, checksum TEXT NOT NULL);
"""


class JournalError(StateError):
    """The journal cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Entry:
    """One change: the request that made it, when, and the seed of its random identifiers."""

    recorded_at: float
    """Unix seconds."""
    seed: int
    service: str
    action: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def checksum(self) -> str:
        """SHA-256 over all fields."""
        digest = hashlib.sha256(self.body)
        fields = {**self.__dict__, "body": None}
        digest.update(json.dumps(fields, sort_keys=True).encode())
        return digest.hexdigest()


class Journal:
    """Entries in order; `append` returns when the entry is on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # requests hold secrets in clear text
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)
            problems = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise self._unreadable(str(error)) from error
        if problems != "ok":
            raise self._unreadable(problems)

    def append(self, entry: Entry) -> None:
        """Add an entry."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO entries (recorded_at, seed, service, action, method, path, query,"
                " headers, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.recorded_at,
                    entry.seed,
                    entry.service,
                    entry.action,
                    entry.method,
                    entry.path,
                    entry.query,
                    json.dumps(entry.headers),
                    entry.body,
                    entry.checksum(),
                ),
            )

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """(sequence number, entry) in order; raises JournalError at a corrupted one."""
        cursor = self._connection.execute("SELECT * FROM entries ORDER BY sequence")
        while True:
            try:
                row = cursor.fetchone()
            except sqlite3.DatabaseError as error:
                raise self._unreadable(str(error)) from error
            if row is None:
                return
            entry = _entry(row)
            if entry is None:
                raise self._unreadable(f"entry {row[0]} does not match its checksum")
            yield row[0], entry

    def __len__(self) -> int:
        with self._lock:
            count: int = self._connection.execute("SELECT count(*) FROM entries").fetchone()[0]
        return count

    def remove(self, sequence: int) -> None:
        """Drop one entry for good."""
        with self._lock:
            self._connection.execute("DELETE FROM entries WHERE sequence = ?", (sequence,))

    def forget(self, operations: Iterable[tuple[str, str]], before: float) -> int:
        """Drop the entries of some (service, action) that are older than a Unix time."""
        with self._lock:
            return sum(
                self._connection.execute(
                    "DELETE FROM entries WHERE service = ? AND action = ? AND recorded_at < ?",
                    (service, action, before),
                ).rowcount
                for service, action in operations
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _unreadable(self, problem: str) -> JournalError:
        return JournalError(
            f"the journal {self._path} is damaged: {problem}. Put a copy of it back, or run"
            " `make reset` to begin anew (the objects under s3/ are plain files: copy them away"
            " first if you need them)"
        )


def _entry(row: tuple[Any, ...]) -> Entry | None:
    """The entry of a row, None if it is not what was written."""
    _, recorded_at, seed, service, action, method, path, query, headers, body, checksum = row
    try:
        entry = Entry(
            recorded_at,
            seed,
            service,
            action,
            method,
            path,
            query,
            json.loads(headers),
            bytes(body),
        )
        return entry if entry.checksum() == checksum else None
    except (TypeError, ValueError):
        return None
