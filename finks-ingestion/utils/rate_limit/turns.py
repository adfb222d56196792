"""A lock that threads get in the order in which they asked for it."""

from __future__ import annotations

import threading
from collections import deque


class FairTurn:
    """A context manager: `threading.Lock` may serve one thread again and again, this does not."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._gates: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._gates.append(gate)
        try:
            gate.acquire()
        except BaseException:  # a signal's handler raised: leave the queue, or hand the turn on
            with self._mutex:
                waiting = gate in self._gates
                if waiting:
                    self._gates.remove(gate)
            if not waiting:
                self._hand_on()
            raise

    def __exit__(self, *_error: object) -> None:
        self._hand_on()

    @property
    def waiting(self) -> int:
        """Threads in the queue."""
        return len(self._gates)

    def _hand_on(self) -> None:
        with self._mutex:
            if self._gates:
                self._gates.popleft().release()
            else:
                self._taken = False
