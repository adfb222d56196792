"""The limit that calls pass through, one permit a call."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from utils.interruptible import StoppedError
from utils.rate_limit.log import GrantLog, MemoryLog, State
from utils.rate_limit.policy import MIN_SHARE, SHRINK, LimitPolicy
from utils.rate_limit.turns import FairTurn

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Permit:
    """The right to make one call now; leave it (`with`) when the answer is there, or none comes.

    Whoever is killed before leaves a call that counts for `max_transit` longer, and no more.
    """

    limit: RateLimit
    number: int
    granted_at: float

    def __enter__(self) -> Permit:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.limit.answered(self)

    def refused(self, retry_after: float | None = None) -> None:
        """Say that the server refused the call for its limit; `retry_after` in seconds."""
        self.limit.refused(self, retry_after)


class RateLimit:
    """Lets calls pass so that no window of the server sees more than the limit.

    Safe for threads, which pass in the order in which they came; over several processes when
    they share a `FileLog`. A refusal pauses all of them and shrinks the rate by a quarter,
    which then recovers by a tenth of the configured rate in each window.

    `clock` must be monotonic and, for a shared log, the same in all processes (seconds);
    `sleep` takes seconds. Setting `stop` ends every wait.
    """

    def __init__(
        self,
        policy: LimitPolicy,
        log: GrantLog | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        wall_clock: Callable[[], float] = time.time,
        stop: threading.Event | None = None,
    ) -> None:
        self.policy = policy
        self._log = log or MemoryLog()
        self._clock = clock
        self._wall_clock = wall_clock
        self._stop = stop or threading.Event()
        self._sleep = sleep or self._stop.wait
        self._turn = FairTurn()

    @property
    def waiting(self) -> int:
        """Threads that wait behind the first one."""
        return self._turn.waiting

    def acquire(self) -> Permit:
        """Wait until a call may pass.

        Raises StoppedError when the stop event is set, StateFileError for a shared log.
        """
        with self._turn:
            while True:
                if self._stop.is_set():
                    raise StoppedError("stopped while a call waited for its turn; run again")
                outcome = self.try_acquire()
                if isinstance(outcome, Permit):
                    return outcome
                self._sleep(outcome)

    def try_acquire(self) -> Permit | float:
        """A permit, or the seconds after which to try again."""
        with self._log.locked() as state:
            now = self._clock()  # within the lock: permits of all processes come in its order
            share = self._share(state, now)
            free_at = self._free_at(state, share, now)
            if free_at <= now:
                number = self._log.append(state, self.policy.freed_at(now), now)
                return Permit(self, number, now)
        # A rate that recovers may allow a call before the log alone would.
        longest = self.policy.longest_hold if share == 1 else self.policy.window / 10
        return min(free_at - now, longest)

    def answered(self, permit: Permit) -> None:
        """A call is over: from now on it counts only as long as it must."""
        with self._log.locked() as state:
            freed_at = self.policy.freed_at(permit.granted_at, self._clock())
            self._log.settle(state, permit.number, freed_at)

    def refused(self, permit: Permit, retry_after: float | None = None) -> None:
        """The server refused a call: pause, and go on more slowly.

        Calls that were sent before an earlier pause ended belong to that refusal: they do not
        shrink the rate again.
        """
        with self._log.locked() as state:
            now = self._clock()
            share, held = self._share(state, now), self._hold(state, now)
            pause = self.policy.hold(self._wall_clock(), retry_after)
            if permit.granted_at >= held:
                share = max(MIN_SHARE, share * SHRINK)
                LOG.warning(
                    "the source refused a call for its limit; pausing %.1f s, then going on with "
                    "%d calls per %g s",
                    pause,
                    self.policy.allowed(share),
                    self.policy.window,
                )
            elif retry_after is None or now + pause <= held:
                return
            state.share, state.hold_until = share, max(held, now + pause)
            self._log.save(state)

    def _free_at(self, state: State, share: float, now: float) -> float:
        """When the next call may pass.

        The configured limit is looked at beside the shrunk one, because calls do not end in
        the order in which they began.
        """
        free_at = self._hold(state, now)
        for calls in {self.policy.calls, self.policy.allowed(share)}:
            freed_at = self._log.freed_at(state, state.count - calls)
            if freed_at <= self.policy.freed_at(now):  # else from before the machine's last start
                free_at = max(free_at, freed_at)
        return free_at

    def _hold(self, state: State, now: float) -> float:
        """Until when nothing passes; 0 for a refusal from before the machine's last start."""
        return state.hold_until if state.hold_until <= now + self.policy.longest_hold else 0.0

    def _share(self, state: State, now: float) -> float:
        if self._hold(state, now) < state.hold_until:
            return 1.0
        return self.policy.share(state.share, state.hold_until, now)
