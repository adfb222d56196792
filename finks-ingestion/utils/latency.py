"""How long calls take: the four figures that CloudWatch calls a statistic set."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class LatencySnapshot:
    """The calls up to one moment; in seconds, and all zero when there was none."""

    count: int = 0
    total: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0


class LatencyStatistic:
    """Counts the latencies of calls, from any thread, in constant memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot = LatencySnapshot()

    def add(self, seconds: float) -> None:
        """Count one call, measured by a monotonic clock."""
        with self._lock:
            before = self._snapshot
            self._snapshot = LatencySnapshot(
                before.count + 1,
                before.total + seconds,
                min(before.minimum, seconds) if before.count else seconds,
                max(before.maximum, seconds),
            )

    def snapshot(self) -> LatencySnapshot:
        """The figures of all calls so far, of one and the same moment."""
        with self._lock:
            return self._snapshot
