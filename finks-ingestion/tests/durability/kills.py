"""When to end a run by a signal, and in which phase of its life the signal found it."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tests.durability.processes import Run
from tests.durability.s3_server import Fault, S3Request, Watcher


class Phase(StrEnum):
    """What a run had done when it was ended, by what is in S3."""

    FETCHING = "before the first upload"
    UPLOADING = "between uploads"
    UPLOADED = "before the first commit"
    COMMITTING = "between commits"
    COMMITTED = "after the last commit"


def phase_of(new_files: Iterable[str], committed: int, planned: Mapping[str, int]) -> Phase:
    """The phase of a run that had `planned` dates to commit, by dataset."""
    if committed:
        return Phase.COMMITTED if committed >= sum(planned.values()) else Phase.COMMITTING
    written = {key.split("/")[1] for key in new_files}
    if not written:
        return Phase.FETCHING
    wanted = {dataset for dataset, dates in planned.items() if dates}
    return Phase.UPLOADED if written >= wanted else Phase.UPLOADING


@dataclass(frozen=True)
class Moment:
    """After `at` seconds, or at the `at`-th write of a kind: before S3 does it, or after."""

    kind: Literal["seconds", "file", "manifest"]
    at: float
    done: bool = False

    @classmethod
    def drawn(cls, chance: random.Random, *, seconds: float, files: int, manifests: int) -> Moment:
        """Any moment of a run that takes so long and writes so much."""
        kind = chance.choices(["seconds", "file", "manifest"], [0.6, 0.15, 0.25])[0]
        done = chance.random() < 0.5
        if kind == "file":
            return cls("file", chance.randint(1, files), done)
        if kind == "manifest":
            return cls("manifest", chance.randint(1, manifests), done)
        return cls("seconds", chance.uniform(0, seconds))


class Killer(Watcher):
    """Sends a run a signal at a moment."""

    def __init__(self, moment: Moment, number: signal.Signals = signal.SIGKILL) -> None:
        self._moment, self._signal = moment, number
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._run: Run | None = None
        self._started = threading.Event()

    def attack(self, run: Run) -> None:
        """Wait for the moment, or for the end of the run."""
        self._run = run
        self._started.set()
        if self._moment.kind != "seconds" or run.ended_within(self._moment.at):
            return
        run.send(self._signal)

    def before(self, request: S3Request) -> Fault | None:
        """Send the signal before the write is done."""
        return None if self._moment.done else self._count(request)

    def after(self, request: S3Request) -> Fault | None:
        """Send the signal when the write is done, before the run hears of it."""
        return self._count(request) if self._moment.done else None

    def _count(self, request: S3Request) -> Fault | None:
        """A dead run's write is not done any more; one that was asked to end still waits for it."""
        if request.writes != self._moment.kind:
            return None
        with self._lock:
            self._counts[request.writes] += 1
            if self._counts[request.writes] != self._moment.at:
                return None
        self._started.wait(10)
        if self._run:
            self._run.send(self._signal)
        return Fault() if self._signal == signal.SIGKILL else None
