"""Executions (tasks, job runs, queries) of the local cloud's own services, on disk."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class Records:
    """JSON documents by (kind, id) in one SQLite file; a write is on disk when it returns.

    Listing returns the newest first, as AWS lists executions.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS records ("
            " sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
            " kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,"
            " UNIQUE (kind, id))"
        )

    def put(self, kind: str, record_id: str, document: Document) -> None:
        """Store a document, replacing what stood under the same kind and id."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO records (kind, id, document) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document",
                (kind, record_id, json.dumps(document)),
            )

    def get(self, kind: str, record_id: str) -> Document | None:
        """The document, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT document FROM records WHERE kind = ? AND id = ?", (kind, record_id)
            ).fetchone()
        return None if row is None else _document(row[0])

    def list(self, kind: str) -> Iterator[Document]:
        """All documents of a kind, newest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT document FROM records WHERE kind = ? ORDER BY sequence DESC", (kind,)
            ).fetchall()
        return (_document(row[0]) for row in rows)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _document(text: str) -> Document:
    document: Document = json.loads(text)
    return document
