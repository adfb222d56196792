"""Queries as AWS shows them: their documents, their states, and the threads that run them."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.cloud.athena.errors import SYSTEM, QueryCancelled, QueryError
from local.cloud.records import Document, Records

if TYPE_CHECKING:
    from local.cloud.athena.outcome import Outcome
    from local.cloud.athena.runtime import Runtime
    from local.cloud.athena.session import Session

log = logging.getLogger(__name__)
KIND = "athena-query"
TOKEN_KIND = "athena-token"  # noqa: S105  # a kind of records, no secret
_FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
_WORKERS = 8


@dataclass(frozen=True)
class SessionOptions:
    """What the workgroup decides about its queries."""

    bytes_scanned_limit: int | None = None
    location_enforced: bool = False


@dataclass
class _Running:
    """A query between its start and its end."""

    document: Document
    session: Session | None = None
    cancelled: bool = False


class Executions:
    """Queries by id. Every change of state is on disk before anybody can see it."""

    def __init__(self, records: Records, runtime: Callable[[], Runtime]) -> None:
        self._records = records
        self._runtime = runtime
        self._lock = threading.RLock()
        self._running: dict[str, _Running] = {}
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="athena")

    def fail_unfinished(self) -> int:
        """Mark the queries of an earlier process as failed; their number."""
        count = 0
        with self._lock:
            for document in list(self._records.list(KIND)):
                query_id = document["QueryExecutionId"]
                if query_id in self._running or document["Status"]["State"] in _FINAL:
                    continue
                error = QueryError(
                    "GENERIC_INTERNAL_ERROR",
                    "The local cloud stopped while the query ran; run it again",
                    category=SYSTEM,
                )
                self._finish(document, "FAILED", error)
                count += 1
        return count

    def submit(self, document: Document, parameters: list[str], options: SessionOptions) -> None:
        """Store a new query and run it as soon as a thread is free."""
        query_id = document["QueryExecutionId"]
        document["Status"] = {"State": "QUEUED", "SubmissionDateTime": now()}
        with self._lock:
            self._running[query_id] = _Running(document)
            self._records.put(KIND, query_id, document)
        self._pool.submit(self._run, query_id, parameters, options)

    def get(self, query_id: str) -> Document | None:
        """A query, or None."""
        return self._records.get(KIND, query_id)

    def ids(self, workgroup: str) -> list[str]:
        """Ids of a workgroup's queries, newest first."""
        return [
            str(document["QueryExecutionId"])
            for document in self._records.list(KIND)
            if document["WorkGroup"] == workgroup
        ]

    def cancel(self, query_id: str) -> bool:
        """Stop a query; False if there is none. One that has ended stays as it is."""
        with self._lock:
            running = self._running.get(query_id)
            if running is None:
                return self.get(query_id) is not None
            running.cancelled = True
            if running.session is not None:
                running.session.stop()
            else:
                self._finish(running.document, "CANCELLED")
        return True

    def stop(self) -> None:
        """Cancel what runs and wait for the threads to end."""
        with self._lock:
            queries = list(self._running)
        for query_id in queries:
            self.cancel(query_id)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, query_id: str, parameters: list[str], options: SessionOptions) -> None:
        try:
            runtime = self._runtime()
        except Exception as failure:  # a query that nothing can run must not wait for ever
            log.exception("the engine did not start")
            with self._lock:
                self._finish(self._running.pop(query_id).document, "FAILED", _internal(failure))
            return
        with self._lock:
            running = self._running[query_id]
            document = running.document
            if running.cancelled:
                del self._running[query_id]
                return
            running.session = session = runtime.session(query_id, document, options)
            document["Status"]["State"] = "RUNNING"
            self._records.put(KIND, query_id, document)
        started = time.monotonic()
        state, error, reason = "FAILED", None, ""
        try:
            outcome = runtime.execute(session, document["Query"], parameters)
            self._describe(document, outcome)
            rows = runtime.write_result(session, document, outcome)
            document["Statistics"]["RowsReturned"] = rows
            session.check()
            state = "SUCCEEDED"
        except QueryCancelled as stop:
            state, reason = "CANCELLED", str(stop)
        except QueryError as failure:
            error = failure
        except Exception as failure:
            log.exception("query %s failed: %s", query_id, document["Query"])
            error = _internal(failure)
        finally:
            milliseconds = int((time.monotonic() - started) * 1000)
            document["Statistics"].update(
                EngineExecutionTimeInMillis=milliseconds,
                TotalExecutionTimeInMillis=milliseconds,
                DataScannedInBytes=session.scanned_bytes,
            )
            with self._lock:
                if running.cancelled and state == "FAILED":
                    state, error = "CANCELLED", None
                self._finish(document, state, error, reason)
                del self._running[query_id]
            session.close()

    @staticmethod
    def _describe(document: Document, outcome: Outcome) -> None:
        document["StatementType"] = outcome.statement
        document["SubstatementType"] = outcome.substatement
        if outcome.is_text and document["ResultConfiguration"]["OutputLocation"].endswith(".csv"):
            location = document["ResultConfiguration"]["OutputLocation"]
            document["ResultConfiguration"]["OutputLocation"] = location[: -len("csv")] + "txt"

    def _finish(
        self, document: Document, state: str, error: QueryError | None = None, reason: str = ""
    ) -> None:
        status: dict[str, Any] = {
            **document["Status"],
            "State": state,
            "CompletionDateTime": now(),
        }
        if error is not None:
            status["StateChangeReason"] = str(error)
            status["AthenaError"] = error.athena_error
        elif state == "CANCELLED":
            status["StateChangeReason"] = reason or "Query cancelled by user"
        document["Status"] = status
        self._records.put(KIND, document["QueryExecutionId"], document)


def _internal(failure: Exception) -> QueryError:
    return QueryError(
        "GENERIC_INTERNAL_ERROR", f"{type(failure).__name__}: {failure}", category=SYSTEM
    )


def now() -> float:
    """The moment, in Unix seconds."""
    return datetime.datetime.now(datetime.UTC).timestamp()
