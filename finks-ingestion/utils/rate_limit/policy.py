"""The arithmetic of the limit: when a call no longer counts, and how a refusal slows it down.

The server counts a call when it *arrives*, and we know only that this happened between sending
it and its answer. So a call counts for us until `answered + window`: a later call, which cannot
arrive before it is sent, then never shares a window with it, however the network's delays vary.
The price is time, never a call: each window is longer by one call's latency.

Where the answer takes long, most of that time is the server's work and not the way to it.
Waiting for all of it would waste the budget, so that `max_transit` bounds what is assumed.
With the defaults the slowest server still gets 60 / (60 + 0.1 + 1.2) = 97.9 % of its limit.
"""

from __future__ import annotations

from dataclasses import dataclass

SHRINK = 0.75
"""What a refusal leaves of the rate."""
MIN_SHARE = 0.1
"""The rate never shrinks below this part of the configured one."""
RECOVERY_PER_WINDOW = 0.1
"""The part of the configured rate that each window without a refusal gives back."""
MAX_HOLD_WINDOWS = 60
"""No pause is longer than this: a Retry-After beyond it is for a person to see."""


@dataclass(frozen=True)
class LimitPolicy:
    """How many calls pass in a window; every time is in seconds.

    `guard` covers what is no transit: clocks that run apart (500 ppm are 30 ms a minute), and
    servers that round their stamps. `max_transit` is the longest way of a call to the server;
    the default is longer than one lost SYN packet takes to be sent again (1 s).
    """

    calls: int
    window: float = 60.0
    guard: float = 0.1
    max_transit: float = 1.2

    def __post_init__(self) -> None:
        if self.calls < 1 or self.window <= 0 or self.guard < 0 or self.max_transit < 0:
            raise ValueError(
                f"{self} is no limit; take at least one call, a window above zero and times "
                "that are not negative"
            )

    @property
    def longest_hold(self) -> float:
        """The longest pause that a refusal can cause."""
        return self.window * MAX_HOLD_WINDOWS

    def freed_at(self, sent: float, answered: float | None = None) -> float:
        """When a call counts no more; without an answer as if it were still on its way."""
        arrived = sent + self.max_transit
        if answered is not None:
            arrived = min(arrived, max(answered, sent))
        return arrived + self.guard + self.window

    def share(self, reduced: float, since: float, now: float) -> float:
        """What of the rate may be used `now`: `reduced`, which recovers steadily from `since`."""
        recovered = max(0.0, now - since) / self.window * RECOVERY_PER_WINDOW
        return min(1.0, reduced + recovered)

    def allowed(self, share: float) -> int:
        """Calls per window at a share of the rate: at least one."""
        return max(1, int(self.calls * share))

    def hold(self, wall: float, retry_after: float | None) -> float:
        """Seconds to pause after a refusal, at the wall clock's `wall`.

        A server that does not say (`retry_after`) counts anew at the next full minute.
        """
        if retry_after is None:
            retry_after = self.window - wall % self.window
        return min(max(0.0, retry_after) + 0.5 * self.window / 60, self.longest_hold)
