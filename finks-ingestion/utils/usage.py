"""What an account used, by market day: calls, and bytes received; kept over runs in a file.

SQLite, because it stays whole when a process is killed and takes several writers. Nothing is
flushed to the disk: a machine that dies may forget the last seconds.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

KEPT_DAYS = 60
_BUSY_SECONDS = 10.0
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS usage (day TEXT PRIMARY KEY, "
    "calls INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID"
)


class UsageError(Exception):
    """The counts cannot be read or written; `transient` says whether a retry can help."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class UsageLog:
    """Counts of one account; without a path those of this process. Safe for threads.

    All methods raise UsageError.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._name = str(path) if path else ":memory:"
        self._lock = threading.Lock()
        with self._explained():
            self._db = sqlite3.connect(
                self._name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute(_SCHEMA)

    def calls(self, day: date) -> int:
        """Calls made on a day."""
        return self._number("SELECT calls FROM usage WHERE day = ?", day.isoformat())

    def received(self, day: date, days: int) -> int:
        """Bytes received in the `days` days that end with `day`."""
        first = day - timedelta(days=days - 1)
        return self._number(
            "SELECT sum(bytes) FROM usage WHERE day BETWEEN ? AND ?",
            first.isoformat(),
            day.isoformat(),
        )

    def take_call(self, day: date, limit: int | None) -> bool:
        """Count one more call, unless the day has `limit` calls already (then false)."""
        with self._lock, self._explained():
            self._db.execute("INSERT OR IGNORE INTO usage (day) VALUES (?)", [day.isoformat()])
            taken = self._db.execute(
                "UPDATE usage SET calls = calls + 1 "
                "WHERE day = :day AND (:limit IS NULL OR calls < :limit)",
                {"day": day.isoformat(), "limit": limit},
            )
            return taken.rowcount == 1

    def add_received(self, day: date, size: int) -> None:
        """Count bytes of an answer to a call that was counted before."""
        with self._lock, self._explained():
            self._db.execute(
                "UPDATE usage SET bytes = bytes + ? WHERE day = ?", [size, day.isoformat()]
            )

    def forget_before(self, day: date) -> None:
        """Drop days that no budget looks back to."""
        with self._lock, self._explained():
            oldest = day - timedelta(days=KEPT_DAYS)
            self._db.execute("DELETE FROM usage WHERE day < ?", [oldest.isoformat()])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _number(self, query: str, *values: str) -> int:
        with self._lock, self._explained():
            row = self._db.execute(query, values).fetchone()
        return int(row[0] or 0) if row else 0

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise UsageError(
                f"cannot use {self._name} ({error}); make its folder writable and end a process "
                "that holds it, then run again",
                transient="locked" in str(error),
            ) from error
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"{self._name} is damaged ({error}); delete it, and the count begins anew",
                transient=False,
            ) from error
