"""A client-side limit of calls per minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class RateLimit:
    """Lets at most `calls_per_minute` calls pass in any 60 seconds.

    A sliding window never exceeds a server's count, whichever second its minutes start at.
    """

    def __init__(
        self,
        calls_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._calls_per_minute = calls_per_minute
        self._clock = clock
        self._sleep = sleep
        self._passed: deque[float] = deque()

    def wait(self) -> None:
        """Return when one more call may be made, and count it."""
        now = self._clock()
        while self._passed and now - self._passed[0] >= WINDOW_SECONDS:
            self._passed.popleft()
        if len(self._passed) >= self._calls_per_minute:
            self._sleep(WINDOW_SECONDS - (now - self._passed[0]))
            self._passed.popleft()
            now = self._clock()
        self._passed.append(now)
