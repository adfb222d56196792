"""Strict counting of calls, as a server does it that forgives nothing."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Protocol

from replay.access import CallLimit
from replay.scenario import Limit


class Counting(Protocol):
    """Decides about one more call of a key, and counts it."""

    def allow(self, key: str) -> bool:
        """Whether the call is within the limit."""


class FixedWindows:
    """At most `calls` in each window; windows begin at multiples of their length."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._clock = clock
        self._window = -1
        self._counts: dict[str, int] = {}

    def allow(self, key: str) -> bool:
        """Count a call of `key` within the running window."""
        window = int(self._clock() // self._limit.window_seconds)
        if window != self._window:
            self._window, self._counts = window, {}
        allowed = self._counts.get(key, 0) < self._limit.calls
        if allowed or self._limit.count_refused:
            self._counts[key] = self._counts.get(key, 0) + 1
        return allowed


class SlidingWindow:
    """At most `calls` in any window of that length, whenever it begins."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._clock = clock
        self._counted: dict[str, deque[float]] = defaultdict(deque)

    def allow(self, key: str) -> bool:
        """Count a call of `key` within the window that ends now."""
        now, counted = self._clock(), self._counted[key]
        while counted and now - counted[0] >= self._limit.window_seconds:
            counted.popleft()
        allowed = len(counted) < self._limit.calls
        if allowed or self._limit.count_refused:
            counted.append(now)
        return allowed


def counting(limit: Limit | None, calls_per_minute: int) -> Counting:
    """What counts by the scenario's limit, or as the replay does without one."""
    if limit is None:
        return CallLimit(calls_per_minute)
    return FixedWindows(limit) if limit.counting == "fixed" else SlidingWindow(limit)
