"""How often failing calls are repeated, how long to wait in between, and when to give up."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.errors import (
    DeadlineError,
    GivenUpError,
    RateLimitedError,
    SourceError,
    TransientSourceError,
    UnreachableError,
)

LOG = logging.getLogger(__name__)
MAX_ATTEMPTS = 6
MAX_RATE_LIMIT_WAITS = 5
FIRST_WAIT, LONGEST_WAIT = 1.0, 20.0
"""Bounds of the waits in seconds: each is drawn between 0 and the bound, which doubles."""
REFUSED_SHARE = 0.25
"""Of the patience, for a server that refuses connections: nobody is there who could be slow."""
PROBES = 3
"""Calls that a source which seems dead gets once each, before it counts as dead."""
Told = Callable[[str, float], None]


def told_nothing(_reason: str, _seconds: float) -> None:
    """For callers that show no retries."""


@dataclass
class RetryPolicy:
    """Retries transient errors only; one policy serves all calls of a run, in all threads.

    `patience` (seconds) belongs to the source, not to the call: when no call has succeeded for so
    long, a few more are tried once each, and then all fail at once. One symbol whose calls fail
    does not use it up, because the others succeed. `deadline` is that of the run, on `clock`.
    """

    patience: float
    deadline: float = float("inf")
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    told: Told = told_nothing
    retries: int = 0
    _random: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _failing_since: float | None = None
    _failed_probes: int = 0
    _last: TransientSourceError | None = None

    def call[T](self, attempt: Callable[[], T]) -> T:
        """The result of `attempt`, repeated while it fails transiently and there is patience.

        Raises the last error; before an attempt that would come too late DeadlineError, and
        before one of a source that counts as dead GivenUpError.
        """
        number = rate_limit_waits = 0
        while True:
            self._check()
            began = self.clock()
            try:
                result = attempt()
            except TransientSourceError as error:
                number += 1
                rate_limit_waits += isinstance(error, RateLimitedError)
                if isinstance(error, RateLimitedError):
                    if rate_limit_waits > MAX_RATE_LIMIT_WAITS:
                        raise
                    wait = 0.0  # the limit of calls makes all of them wait
                else:
                    wait = self._wait(number, error)
                    if not self._may_repeat(number, error, began, wait):
                        raise
                self._repeat(error, wait)
            except SourceError:
                self._succeeded()  # a refusal is an answer: the source is there
                raise
            else:
                self._succeeded()
                return result

    def _check(self) -> None:
        if self.clock() > self.deadline:
            raise DeadlineError(
                "the run's time is over (RUN_DEADLINE_SECONDS); run again, which goes on from there"
            )
        with self._lock:
            if self._failed_probes >= PROBES and self._last:
                given_up = GivenUpError(str(self._last))
                given_up.said, given_up.remedy = self._last.said, self._last.remedy
                raise given_up

    def _wait(self, number: int, error: TransientSourceError) -> float:
        if error.retry_after is not None:
            return error.retry_after
        bound = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (number - 1))
        return self._random.uniform(0, bound)

    def _may_repeat(
        self, number: int, error: TransientSourceError, began: float, wait: float
    ) -> bool:
        refused = isinstance(error, UnreachableError) and error.refused
        patience = self.patience * (REFUSED_SHARE if refused else 1)
        now = self.clock()
        with self._lock:
            if self._failing_since is None:
                self._failing_since = began
            if now + wait - self._failing_since > patience:
                self._failed_probes += 1
                self._last = error
                return False
        return number < MAX_ATTEMPTS and now + wait <= self.deadline

    def _repeat(self, error: TransientSourceError, wait: float) -> None:
        with self._lock:
            self.retries += 1
        self.told(str(error), wait)
        if isinstance(error, RateLimitedError):
            LOG.warning("%s; trying again as soon as the limit allows", error)
            return
        # Without the remedy, which is for whoever reads the end of the run.
        LOG.warning("%s; trying again in %.1f s", str(error).rpartition("; ")[0] or error, wait)
        self.sleep(wait)

    def _succeeded(self) -> None:
        with self._lock:
            self._failing_since, self._failed_probes = None, 0
