"""The calls that came in, for tests: how many, of what, and how they were answered."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from replay.rules import Call

MAX_LISTED = 10_000
PENDING = 0


@dataclass
class LoggedCall:
    """One call; `status` is 0 until an answer was chosen, `faults` names the rules that acted.

    `key_in` says where the key came: "query", "header", or "" for none. A URL is no place for it.
    """

    number: int
    seconds: float
    endpoint: str
    symbols: tuple[str, ...]
    query: str
    key_in: str
    status: int
    faults: tuple[str, ...]


class CallLog:
    """Counts every call, and lists the last MAX_LISTED."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget all calls."""
        self._began = self._clock()
        self._count = 0
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._requests: set[str] = set()
        self._listed: deque[LoggedCall] = deque(maxlen=MAX_LISTED)

    def begin(self, call: Call) -> LoggedCall:
        """Count a call that came in."""
        self._count += 1
        self._requests.add(call.request)
        seconds = round(self._clock() - self._began, 6)
        logged = LoggedCall(
            self._count,
            seconds,
            call.endpoint,
            call.symbols,
            call.query,
            call.key_in,
            PENDING,
            (),
        )
        self._listed.append(logged)
        self._counts[_counter(logged)] += 1
        return logged

    def answer(self, logged: LoggedCall, status: int, faults: Sequence[str] = ()) -> None:
        """Note how a call is answered, before it is: who has the answer finds it here."""
        if self._counts[_counter(logged)] < 1:
            return  # it came in before a reset
        self._counts[_counter(logged)] -= 1
        logged.status, logged.faults = status, tuple(faults)
        self._counts[_counter(logged)] += 1

    def view(self) -> dict[str, Any]:
        """Everything, ready for JSON; `distinct` counts different requests.

        A client that repeats nothing has as many calls as distinct ones.
        """
        counts = [(*key, n) for key, n in sorted(self._counts.items()) if n > 0]
        by_status: Counter[int] = Counter()
        by_endpoint: Counter[str] = Counter()
        by_symbols: Counter[str] = Counter()
        for endpoint, symbols, status, n in counts:
            by_endpoint[endpoint] += n
            by_symbols[symbols] += n
            by_status[status] += n
        return {
            "total": self._count,
            "distinct": len(self._requests),
            "by_endpoint": dict(by_endpoint),
            "by_status": {str(status): n for status, n in by_status.items()},
            "by_symbols": dict(by_symbols),
            "counts": [
                {"endpoint": e, "symbols": s, "status": status, "calls": n}
                for e, s, status, n in counts
            ],
            "calls": [asdict(logged) for logged in self._listed],
        }


def _counter(logged: LoggedCall) -> tuple[str, str, int]:
    return (logged.endpoint, ",".join(logged.symbols), logged.status)
