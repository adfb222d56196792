"""JSON lines on stderr, each with the run and the flow that it belongs to."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import IO, Any

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLineFormatter(logging.Formatter):
    """One JSON object a line; what a call passes as `extra` becomes fields of it."""

    def __init__(self, *, run_id: str, correlation_id: str) -> None:
        super().__init__()
        self._context = {"run_id": run_id, "correlation_id": correlation_id}

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **self._context,
        }
        line.update({k: v for k, v in record.__dict__.items() if k not in _STANDARD})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logging(
    *, run_id: str, correlation_id: str, level: int = logging.INFO, stream: IO[str] | None = None
) -> None:
    """Send every log record to `stream` (stderr by default) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLineFormatter(run_id=run_id, correlation_id=correlation_id))
    install_handler(handler, level=level)


def install_handler(handler: logging.Handler, *, level: int) -> None:
    """Make a handler the only one, for records of `level` and above.

    urllib3 logs each URL and botocore its credential search: both only warn here.
    """
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("botocore", "boto3", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
