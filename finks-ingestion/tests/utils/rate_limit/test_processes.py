"""Real processes that share one file, against a real server that counts strictly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.servers import Answer, FaultServer, Request
from tests.utils.rate_limit.simulation import FixedWindows, SlidingWindow

Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]
ROOT = Path(__file__).parents[3]
CALLS, WINDOW = 50, 0.5


class StrictCounter:
    """Counts arrivals by both ways of counting; `refused` are those one of them refuses."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self.refused = 0
        self._counts = (FixedWindows(CALLS, WINDOW), SlidingWindow(CALLS, WINDOW))
        self._lock = threading.Lock()

    def __call__(self, _request: Request) -> Answer:
        with self._lock:
            now = time.monotonic()
            self.arrivals.append(now)
            counted = [count.arrive(now) for count in self._counts]
            if all(counted):
                return 200, "[]"
            self.refused += 1
            return 429, "Limit Reach"


def start(url: str, path: Path, end: str) -> subprocess.Popen[str]:
    module = "tests.utils.rate_limit.caller"
    command = [sys.executable, "-m", module, url, str(path), str(CALLS), str(WINDOW), end]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"no_proxy": "*"}
    )


def test_several_processes_keep_one_limit_and_a_killed_one_blocks_nobody(
    misbehave: Misbehave, tmp_path: Path
) -> None:
    counter = StrictCounter()
    url, path = misbehave(counter).url, tmp_path / "calls"
    end = time.monotonic() + 7
    callers = [start(url, path, str(end)) for _ in range(4)]
    while len(counter.arrivals) < 2 * CALLS:
        time.sleep(0.01)

    callers[0].send_signal(signal.SIGKILL)
    callers[0].wait(10)
    killed_at = time.monotonic()
    assert [caller.wait(30) for caller in callers[1:]] == [0, 0, 0]

    assert counter.refused == 0
    after = [at for at in counter.arrivals if at > killed_at]
    # At worst calls of the killed process were under way: they count for `max_transit` more.
    assert len(after) > CALLS
    windows = (counter.arrivals[-1] - counter.arrivals[0]) / WINDOW
    print(f"{len(counter.arrivals)} calls in {windows:.1f} windows of {CALLS}")  # noqa: T201
    for caller in callers:
        assert caller.stdout
        caller.stdout.close()


def test_a_process_killed_with_the_lock_in_its_hands_blocks_nobody(
    misbehave: Misbehave, tmp_path: Path
) -> None:
    counter = StrictCounter()
    url, path = misbehave(counter).url, tmp_path / "calls"
    holder = start(url, path, "hold")
    assert holder.stdout
    assert holder.stdout.readline() == "holding\n"
    caller = start(url, path, str(time.monotonic() + 3))
    time.sleep(0.5)
    assert counter.arrivals == [], "nobody passes while the lock is held"

    holder.send_signal(signal.SIGKILL)
    holder.wait(10)

    assert caller.wait(30) == 0
    assert counter.refused == 0
    assert len(counter.arrivals) >= CALLS
    for process in (holder, caller):
        assert process.stdout
        process.stdout.close()
