"""The log of the last calls that passed: a ring of the times at which each counts no more.

Call number `n` stands at `n % size`. A limit of N looks N calls back: when that call counts no
more, another one may pass. So a limit that shrinks only looks less far back, and processes
with different limits can share one log. The ring doubles when it would lose a call that still
counts, hence its size follows the calls of one window and not the configured limit.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

FIRST_SIZE = 1024
"""Slots of a new ring; sizes are powers of two."""


@dataclass
class State:
    """What stands beside the ring; times in seconds of the limiter's clock."""

    size: int = FIRST_SIZE
    count: int = 0
    """Calls that ever passed: the number of the next one."""
    hold_until: float = 0.0
    """Nothing passes before; the rate recovers from then on."""
    share: float = 1.0
    """The part of the rate that the last refusal left."""


class GrantLog(ABC):
    """A log that one holder at a time reads and changes, within `locked`."""

    @abstractmethod
    def locked(self) -> AbstractContextManager[State]:
        """Hold the log; yields its state, which `save` writes back."""

    @abstractmethod
    def save(self, state: State) -> None:
        """Keep a changed state."""

    @abstractmethod
    def read_slot(self, index: int) -> float:
        """The time in a slot; 0 when nothing was ever written there."""

    @abstractmethod
    def write_slot(self, index: int, freed_at: float) -> None:
        """Replace the time in a slot."""

    @abstractmethod
    def double(self, state: State) -> None:
        """Make the ring twice as large; each call keeps its number."""

    def freed_at(self, state: State, number: int) -> float:
        """When a call counts no more; 0 for calls that the ring has lost or never had."""
        if number < 0 or not state.count - state.size <= number < state.count:
            return 0.0
        return self.read_slot(number % state.size)

    def append(self, state: State, freed_at: float, now: float) -> int:
        """Add a call, and give its number; no call that still counts is freed later than it."""
        while now < self.freed_at(state, state.count - state.size) <= freed_at:
            self.double(state)
        number = state.count
        state.count += 1
        # The state first: whoever is killed in between leaves a slot that is free too early, for
        # a call that was never sent. The other way round would block everybody for a window.
        self.save(state)
        self.write_slot(number % state.size, freed_at)
        return number

    def settle(self, state: State, number: int, freed_at: float) -> None:
        """Replace the time of a call, unless the ring has lost it."""
        if state.count - state.size <= number < state.count:
            self.write_slot(number % state.size, freed_at)


class MemoryLog(GrantLog):
    """The log of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = State()
        self._slots = array("d", bytes(8 * FIRST_SIZE))

    @contextmanager
    def locked(self) -> Iterator[State]:
        """Hold the log against the other threads."""
        with self._lock:
            yield self._state

    def save(self, state: State) -> None:
        """Keep a changed state."""
        self._state = state

    def read_slot(self, index: int) -> float:
        """The time in a slot."""
        return self._slots[index]

    def write_slot(self, index: int, freed_at: float) -> None:
        """Replace the time in a slot."""
        self._slots[index] = freed_at

    def double(self, state: State) -> None:
        """Make the ring twice as large."""
        kept, size = self._slots, state.size
        self._slots = array("d", bytes(16 * size))
        for number in range(max(0, state.count - size), state.count):
            self._slots[number % (2 * size)] = kept[number % size]
        state.size = 2 * size
