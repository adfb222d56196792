"""Counts what a run tells of its progress: the numbers behind every display."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.progress import Progress

_RATE_SECONDS = 60
"""The rate is that of the last minute, as the source's limit is."""
_FIRST_SECONDS = 1.0
"""Too short a time to tell a rate from."""
_SHORTEST_WAIT = 1.0
"""Seconds; at the limit each call waits a little, which nobody could read."""
_LIMIT = "the limit of calls a minute"


@dataclass
class DatasetTally:
    """The progress of one dataset; times in seconds of the tally's clock."""

    name: str
    began_at: float
    calls: int = 0
    """Calls that the plan needs, as far as it is known."""
    done: int = 0
    rows: int = 0
    retries: int = 0
    ended_at: float | None = None


@dataclass(frozen=True)
class Wait:
    """Why no call is made, and for how many seconds more."""

    reason: str
    seconds: float


@dataclass(frozen=True)
class Snapshot:
    """The state of a run at one moment."""

    datasets: tuple[DatasetTally, ...]
    now: float
    calls_a_minute: float | None
    """None as long as it is too early to say."""
    wait: Wait | None

    @property
    def rows(self) -> int:
        """Rows of all datasets."""
        return sum(d.rows for d in self.datasets)

    @property
    def retries(self) -> int:
        """Retries of all datasets."""
        return sum(d.retries for d in self.datasets)

    def seconds_left(self, dataset: DatasetTally) -> float | None:
        """How long the rest of a dataset takes at the present rate; None when nobody knows."""
        left = dataset.calls - dataset.done
        if not self.calls_a_minute:
            return None
        waiting = self.wait.seconds if self.wait and left else 0.0
        return max(left * 60 / self.calls_a_minute, waiting)


class Tally(Progress):
    """Counts for `Progress`.

    `calls_per_minute` bounds the rate: a limiter lets the calls of the first minute pass at
    once, so that the first seconds alone would promise far too much. `clock` is in seconds.
    """

    def __init__(
        self,
        calls_per_minute: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._limit = calls_per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._datasets: dict[str, DatasetTally] = {}
        self._recent: deque[tuple[int, int]] = deque()
        """Whole seconds with the calls that ended in them, for the last minute."""
        self._waits: list[tuple[float, str]] = []

    def begin(self, dataset: str, calls: int) -> None:
        """A dataset begins, or needs more calls."""
        with self._lock:
            tally = self._datasets.setdefault(dataset, DatasetTally(dataset, self._clock()))
            tally.calls += calls
            tally.ended_at = None

    def called(self, dataset: str) -> None:
        """One planned call is over."""
        with self._lock:
            now = self._clock()
            second, count = self._recent.pop() if self._recent else (int(now), 0)
            if second != int(now):
                self._recent.append((second, count))
                second, count = int(now), 0
            self._recent.append((second, count + 1))
            if tally := self._datasets.get(dataset):
                tally.done += 1
                tally.calls = max(tally.calls, tally.done)

    def retried(self, reason: str, seconds: float) -> None:
        """An attempt is repeated after `seconds`."""
        with self._lock:
            self._add_wait(reason, seconds)
            if tally := self._datasets.get(self.calls_for or ""):
                tally.retries += 1

    def held(self, seconds: float) -> None:
        """Nothing passes for a while."""
        with self._lock:
            self._add_wait(_LIMIT, seconds)

    def received(self, dataset: str, rows: int) -> None:
        """Rows arrived."""
        with self._lock:
            if tally := self._datasets.get(dataset):
                tally.rows += rows

    def end(self, dataset: str) -> None:
        """A dataset is over."""
        with self._lock:
            if tally := self._datasets.get(dataset):
                tally.ended_at = self._clock()

    def snapshot(self) -> Snapshot:
        """The state now."""
        with self._lock:
            now = self._clock()
            return Snapshot(
                datasets=tuple(replace(d) for d in self._datasets.values()),
                now=now,
                calls_a_minute=self._rate(now),
                wait=self._longest_wait(now),
            )

    def _add_wait(self, reason: str, seconds: float) -> None:
        if seconds < _SHORTEST_WAIT:
            return
        now = self._clock()
        self._waits = [w for w in self._waits if w[0] > now]
        self._waits.append((now + seconds, reason))

    def _rate(self, now: float) -> float | None:
        while self._recent and self._recent[0][0] <= now - _RATE_SECONDS:
            self._recent.popleft()
        began_at = min((d.began_at for d in self._datasets.values()), default=now)
        seconds = min(now - began_at, _RATE_SECONDS)
        if seconds < _FIRST_SECONDS:
            return None
        rate = sum(count for _, count in self._recent) * 60 / seconds
        return rate if self._limit is None else min(rate, self._limit)

    def _longest_wait(self, now: float) -> Wait | None:
        until, reason = max(self._waits, default=(now, ""))
        return Wait(reason, until - now) if until > now else None
