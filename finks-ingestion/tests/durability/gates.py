"""Watchers that hold a run up, or fail one of its requests."""

from __future__ import annotations

import threading
from typing import Literal

from tests.durability.s3_server import Fault, S3Request, Watcher

_MOST_SECONDS = 30
"""A gate that nobody opens is a mistake of the test; the run shall end all the same."""


class Gate(Watcher):
    """Lets the first writes of a kind pass, and holds the others until it is opened."""

    def __init__(self, kind: Literal["file", "manifest"], *, passing: int = 0) -> None:
        self._kind, self._passing = kind, passing
        self._lock = threading.Lock()
        self._reached, self._opened = threading.Event(), threading.Event()

    def before(self, request: S3Request) -> Fault | None:
        """Hold the write."""
        if request.writes != self._kind:
            return None
        with self._lock:
            self._passing -= 1
            if self._passing >= 0:
                return None
        self._reached.set()
        self._opened.wait(_MOST_SECONDS)
        return None

    def wait(self) -> None:
        """Wait until the run stands at the gate."""
        assert self._reached.wait(_MOST_SECONDS), "the run never came to the gate"

    def open(self) -> None:
        """Let everything pass."""
        self._opened.set()


class FailOnce(Watcher):
    """Fails the `number`-th write of a kind, before S3 does it or after."""

    def __init__(
        self, kind: Literal["file", "manifest"], number: int, fault: Fault, *, done: bool
    ) -> None:
        self._kind, self._number, self._fault, self._done = kind, number, fault, done
        self._lock = threading.Lock()
        self.failed: S3Request | None = None

    def before(self, request: S3Request) -> Fault | None:
        """Fail it, so that it is never done."""
        return None if self._done else self._count(request)

    def after(self, request: S3Request) -> Fault | None:
        """Do it, and lose the answer."""
        return self._count(request) if self._done else None

    def _count(self, request: S3Request) -> Fault | None:
        with self._lock:
            if request.writes != self._kind or self.failed:
                return None
            self._number -= 1
            if self._number:
                return None
            self.failed = request
        return self._fault
