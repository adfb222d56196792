"""JSON lines on stderr: the runner's own and dbt's events, each with the run it belongs to."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from dbt_common.events.base_types import EventMsg

LEVELS = ("info", "warn", "error")


class JsonLog:
    """Writes one JSON object a line; `run_id` and `correlation_id` are on each."""

    def __init__(self, run_id: str, correlation_id: str, stream: TextIO | None = None) -> None:
        self._context = {"run_id": run_id, "correlation_id": correlation_id}
        self._stream = stream or sys.stderr

    def write(self, level: str, message: str, **fields: Any) -> None:
        """Write a line; `fields` become keys of their own."""
        line = {
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "message": message,
            **self._context,
            **fields,
        }
        self._stream.write(json.dumps(line, default=str) + "\n")
        self._stream.flush()

    def dbt_event(self, event: EventMsg) -> None:
        """Write an event of dbt, unless it is one for debugging."""
        message = str(getattr(event.info, "msg", "")).strip()
        if event.info.level not in LEVELS or not message:
            return
        node = getattr(getattr(event.data, "node_info", None), "unique_id", "")
        fields = {"node": node} if node else {}
        self.write(event.info.level, message, event=event.info.name, **fields)

    def python_warning(
        self, message: Warning | str, category: type[Warning], *_where: Any, **_stream: Any
    ) -> None:
        """Write a warning of a library, as ``warnings.showwarning`` would print it."""
        self.write("info", str(message), event=category.__name__)
