"""Strict servers and busy clients in virtual time: minutes of calls in a moment."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from utils.rate_limit import GrantLog, LimitPolicy, Permit, RateLimit


class VirtualClock:
    """Seconds that only the simulation moves."""

    def __init__(self, now: float = 5000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


class Server(Protocol):
    def arrive(self, at: float) -> bool:
        """Count a call; false when it is refused."""


@dataclass
class FixedWindows:
    """Counts anew whenever a window of its own clock begins; refused calls are not counted."""

    calls: int
    window: float = 60.0
    phase: float = 0.0
    _current: float = -1.0
    _count: int = 0

    def arrive(self, at: float) -> bool:
        current = (at + self.phase) // self.window
        if current != self._current:
            self._current, self._count = current, 0
        if self._count >= self.calls:
            return False
        self._count += 1
        return True


@dataclass
class SlidingWindow:
    """Refuses a call when the last window, both its ends included, is full."""

    calls: int
    window: float = 60.0
    _counted: deque[float] = field(default_factory=deque)

    def arrive(self, at: float) -> bool:
        while self._counted and self._counted[0] < at - self.window:
            self._counted.popleft()
        if len(self._counted) >= self.calls:
            return False
        self._counted.append(at)
        return True


@dataclass
class Journey:
    """Seconds of a call: to the server, and from there back with the answer."""

    out: float
    back: float


@dataclass
class Outcome:
    """When calls were sent and refused, by the client's clock."""

    sent: list[float]
    refused: list[float]
    clients: list[int]


def simulate(
    limits: Sequence[RateLimit],
    clock: VirtualClock,
    servers: Sequence[Server],
    journey: Callable[[], Journey],
    *,
    until: float,
    workers: int = 16,
    drift: float = 0.0,
    think: Callable[[], float] = lambda: 0.0,
) -> Outcome:
    """Let workers of every limit (a process each) call as often as they may, `until` a time.

    `drift` is how much faster the servers' clock runs (1e-4 are 100 ppm); `think` is what a
    worker does between two calls, in seconds.
    """
    order = itertools.count()
    events: list[tuple[float, int, Callable[[], None]]] = []
    outcome = Outcome([], [], [])

    def at(when: float, action: Callable[[], None]) -> None:
        heapq.heappush(events, (when, next(order), action))

    def ask(client: int) -> None:
        result = limits[client].try_acquire()
        if not isinstance(result, Permit):
            at(clock.now + max(result, 1e-6), lambda: ask(client))
            return
        outcome.sent.append(clock.now)
        outcome.clients.append(client)
        way = journey()
        at(clock.now + way.out, lambda: arrive(client, result, way))

    def arrive(client: int, permit: Permit, way: Journey) -> None:
        counted = [server.arrive(clock.now * (1 + drift)) for server in servers]
        at(clock.now + way.back, lambda: answer(client, permit, refused=not all(counted)))

    def answer(client: int, permit: Permit, *, refused: bool) -> None:
        if refused:
            outcome.refused.append(clock.now)
            permit.refused()
        limits[client].answered(permit)
        at(clock.now + think(), lambda: ask(client))

    for client in range(len(limits)):
        for _ in range(workers):
            at(clock.now, lambda client=client: ask(client))  # type: ignore[misc]
    while events and events[0][0] < until:
        clock.now, _, action = heapq.heappop(events)
        action()
    return outcome


def limiter(policy: LimitPolicy, clock: VirtualClock, log: GrantLog | None = None) -> RateLimit:
    """A limit on a virtual clock; its wall clock is the same one."""
    return RateLimit(policy, log, clock=clock, sleep=clock.sleep, wall_clock=clock)


def utilisation(sent: Sequence[float], calls: int, window: float = 60.0) -> float:
    """Calls per window that were made, of those allowed.

    Taken between the first call and the one that begins the last whole window, so that the
    calls which an empty limit lets pass at once do not count for more than they are.
    """
    windows = (len(sent) - 1) // calls
    assert windows >= 3, f"only {len(sent)} calls: too few to judge"
    return windows * window / (sent[windows * calls] - sent[0])
