"""How long failing calls are repeated, and how long to wait in between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_exponential_jitter

from connectors.errors import TransientSourceError
from connectors.fmp.errors import RateLimitedError, UnreachableError

LOG = logging.getLogger(__name__)
MINUTE = 60.0
MAX_RATE_LIMIT_WAITS = 5
RUN_FACTOR = 5
"""How often the budget may be used up in one run, when calls succeed in between."""
_BACKOFF = wait_exponential_jitter(multiplier=0.5, max=10, jitter=0.5)


@dataclass
class RetryPolicy:
    """Retries transient errors only; one policy serves all calls of a run.

    The budget belongs to the source, not to the call: when a dead server has used it up, the
    next call fails at its first attempt. A success gives it back, up to RUN_FACTOR times.
    """

    seconds: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    retries: int = 0
    _spent: float = 0.0
    _spent_in_run: float = 0.0
    _rate_limit_waits: int = 0
    _attempt_began: float = field(default=0.0)

    def call[T](self, attempt: Callable[[], T]) -> T:
        """The result of `attempt`, repeated while it fails transiently and there is budget.

        Raises the last error.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(TransientSourceError),
            wait=self._wait,
            stop=self._stop,
            sleep=self.sleep,
            before_sleep=self._before_sleep,
            reraise=True,
        )
        try:
            result: T = retrying(self._timed, attempt)
        except TransientSourceError:
            raise
        except Exception:
            self._recover()  # a refusal is an answer: the source is there
            raise
        self._recover()
        return result

    def _recover(self) -> None:
        self._spent, self._rate_limit_waits = 0.0, 0

    def _timed[T](self, attempt: Callable[[], T]) -> T:
        self._attempt_began = self.clock()
        return attempt()

    def _wait(self, state: RetryCallState) -> float:
        if isinstance(_error(state), RateLimitedError):
            # Just into the next minute, in which the source counts from nothing.
            return MINUTE - self.wall_clock() % MINUTE + 0.5
        return _BACKOFF(state)

    def _stop(self, state: RetryCallState) -> bool:
        error = _error(state)
        if isinstance(error, RateLimitedError):
            self._rate_limit_waits += 1
            return self._rate_limit_waits > MAX_RATE_LIMIT_WAITS
        lost = self.clock() - self._attempt_began + state.upcoming_sleep
        self._spent += lost
        self._spent_in_run += lost
        refused = isinstance(error, UnreachableError) and error.refused
        budget = self.seconds / 4 if refused else self.seconds
        return self._spent > budget or self._spent_in_run > self.seconds * RUN_FACTOR

    def _before_sleep(self, state: RetryCallState) -> None:
        self.retries += 1
        LOG.warning("%s; trying again in %.1f s", _error(state), state.upcoming_sleep)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
