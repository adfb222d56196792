"""Where the output of an execution goes: a plain file, and streams of CloudWatch Logs."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

logger = logging.getLogger(__name__)

_INTERVAL_SECONDS = 1.0
_BATCH_EVENTS = 10_000
_BATCH_BYTES = 1_000_000
_EVENT_OVERHEAD_BYTES = 26
"""What PutLogEvents counts for an event on top of its message."""
_ATTEMPTS = 3


class LogFile:
    """A text file to which lines are appended, each on disk for a reader as soon as written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)

    def write(self, line: str) -> None:
        """Append one line; lines that come after `close` are dropped."""
        with self._lock:
            if not self._file.closed:
                self._file.write(f"{line}\n")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


@dataclass(frozen=True)
class _Event:
    timestamp: int
    message: str


class LogStream:
    """One CloudWatch Logs stream, written to in batches, at most one a second.

    The stream is created at once: ClientError (ResourceNotFoundException) when its group does
    not exist. A batch that CloudWatch Logs does not take after three attempts is dropped with a
    warning, as the awslogs driver does it, so that logging never holds up a task.
    """

    def __init__(self, client: CloudWatchLogsClient, group: str, stream: str) -> None:
        self._client = client
        self._group = group
        self._stream = stream
        self._events: deque[_Event] = deque()
        self._closing = threading.Event()
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_stream(logGroupName=group, logStreamName=stream)
        self._thread = threading.Thread(target=self._ship, name=f"logs-{stream}", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line, stamped with the present time. Events cannot be empty: those are left
        out."""
        if line:
            self._events.append(_Event(time.time_ns() // 1_000_000, line))

    def close(self) -> None:
        """Send what is queued; returns when CloudWatch Logs has it."""
        self._closing.set()
        self._thread.join()

    def _ship(self) -> None:
        while not self._closing.wait(_INTERVAL_SECONDS):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while batch := self._next_batch():
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    self._put(batch)
                    break
                except (BotoCoreError, ClientError) as error:
                    if attempt == _ATTEMPTS:
                        logger.warning(
                            "%d log lines of %s %s were lost to CloudWatch Logs: %s",
                            len(batch), self._group, self._stream, error,
                        )  # fmt: skip

    def _next_batch(self) -> list[_Event]:
        batch: list[_Event] = []
        size = 0
        while self._events and len(batch) < _BATCH_EVENTS:
            size += len(self._events[0].message.encode()) + _EVENT_OVERHEAD_BYTES
            if batch and size > _BATCH_BYTES:
                break
            batch.append(self._events.popleft())
        return batch

    def _put(self, batch: list[_Event]) -> None:
        self._client.put_log_events(
            logGroupName=self._group,
            logStreamName=self._stream,
            logEvents=[{"timestamp": e.timestamp, "message": e.message} for e in batch],
        )


def ensure_log_group(client: CloudWatchLogsClient, group: str) -> None:
    """Create a log group unless it exists."""
    with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=group)
