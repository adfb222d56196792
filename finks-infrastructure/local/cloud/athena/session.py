"""What one query has at hand while it runs."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from local.cloud.athena.catalog import Catalog
from local.cloud.athena.errors import QueryCancelled, from_duckdb
from local.cloud.athena.files import Files
from local.cloud.athena.iceberg_catalog import LocalGlueCatalog


@dataclass
class Session:
    """A query's connection, its clients and its default database.

    `stop` may be called from another thread: it interrupts DuckDB, and `check` raises from then
    on, so that a stopped query never gets as far as its commit.
    """

    query_id: str
    database: str
    output_location: str
    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    iceberg: LocalGlueCatalog
    files: Files
    bytes_scanned_limit: int | None = None
    location_enforced: bool = False
    """Whether the workgroup decides where tables that a query creates lie."""
    scanned_bytes: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _names: itertools.count[int] = field(default_factory=itertools.count)

    def stop(self) -> None:
        """Make the query end as soon as it can."""
        self._stopped.set()
        self.connection.interrupt()

    def check(self) -> None:
        """Raise QueryCancelled if somebody stopped the query."""
        if self._stopped.is_set():
            raise QueryCancelled

    def new_name(self, prefix: str) -> str:
        """A name for a temporary relation that no query could have chosen."""
        return f"__{prefix}_{next(self._names)}"

    def execute(self, sql: str, parameters: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        """Run SQL of DuckDB; raises QueryError in Athena's words."""
        with self.failures():
            return self.connection.execute(sql, parameters)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Turn DuckDB's errors into QueryError, and into QueryCancelled once stopped."""
        self.check()
        try:
            yield
        except duckdb.InterruptException:
            raise QueryCancelled from None
        except duckdb.Error as error:
            self.check()
            raise from_duckdb(error) from error

    def close(self) -> None:
        """Give back the connection and its temporary relations."""
        self.connection.close()

    def scan_bytes(self, count: int) -> None:
        """Account for data to read; raises QueryCancelled past the workgroup's limit."""
        self.scanned_bytes += count
        if self.bytes_scanned_limit and self.scanned_bytes > self.bytes_scanned_limit:
            raise QueryCancelled(
                "Bytes scanned limit was exceeded: the workgroup allows"
                f" {self.bytes_scanned_limit} bytes a query; filter on the partition column"
            )
