"""Waiting: in order, interruptible, and never longer than needed."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from tests.utils.rate_limit.simulation import VirtualClock, limiter
from utils.interruptible import StoppedError
from utils.rate_limit import LimitPolicy, MemoryLog, Permit, RateLimit
from utils.rate_limit.turns import FairTurn


def eventually(condition: object) -> None:
    for _ in range(2000):
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.005)
    pytest.fail("it never came to that")


def test_the_first_calls_do_not_wait_and_the_next_one_waits_for_the_first() -> None:
    clock = VirtualClock(now=1000.0)
    limit = limiter(LimitPolicy(3), clock)
    for seconds in (1, 2, 3):
        with limit.acquire():
            clock.now += seconds

    assert clock.now == 1006
    assert limit.acquire().granted_at == pytest.approx(1001 + 60.1)


def test_a_call_without_answer_counts_as_if_it_had_taken_the_longest_way() -> None:
    clock = VirtualClock(now=1000.0)
    limit = limiter(LimitPolicy(1), clock)
    limit.acquire()

    assert limit.acquire().granted_at == pytest.approx(1000 + 61.3)


def test_a_huge_limit_needs_memory_only_for_the_calls_of_a_window() -> None:
    clock = VirtualClock()
    log = MemoryLog()
    limit = limiter(LimitPolicy(10**9), clock, log)
    for _ in range(5000):
        limit.acquire()
        clock.now += 0.05

    with log.locked() as state:
        assert state.size == 2048


def test_threads_pass_in_the_order_in_which_they_came() -> None:
    turn, passed = FairTurn(), []
    threads = []

    def wait(number: int) -> None:
        with turn:
            passed.append(number)

    with turn:
        for number in range(20):
            threads.append(threading.Thread(target=wait, args=(number,)))
            threads[-1].start()
            eventually(lambda number=number: turn.waiting == number + 1)
    for thread in threads:
        thread.join(10)

    assert passed == list(range(20))


def test_a_signal_takes_the_main_thread_out_of_the_queue() -> None:
    turn, release = FairTurn(), threading.Event()

    def hold() -> None:
        with turn:
            release.wait(10)

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    holder = threading.Thread(target=hold)
    holder.start()
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt), turn:
            pytest.fail("it is not our turn")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert turn.waiting == 0
    release.set()
    holder.join(10)
    with turn:
        pass


def test_no_thread_gets_more_than_its_part() -> None:
    limit = RateLimit(LimitPolicy(40, window=0.2, guard=0.01, max_transit=0.05))
    for _ in range(40):  # what passes at once goes to whichever thread starts first
        limit.acquire()
    calls = [0] * 8
    end = time.monotonic() + 1.5

    def work(number: int) -> None:
        while time.monotonic() < end:
            with limit.acquire():
                calls[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert max(calls) <= 2 * min(calls) + 2, calls


def test_a_stop_ends_all_waits() -> None:
    stop = threading.Event()
    limit = RateLimit(LimitPolicy(1), stop=stop)
    limit.acquire()
    stopped = []

    def work() -> None:
        with pytest.raises(StoppedError, match="run again"):
            limit.acquire()
        stopped.append(True)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    eventually(lambda: limit.waiting == 4)
    stop.set()
    for thread in threads:
        thread.join(10)

    assert len(stopped) == 5
    assert isinstance(limit.try_acquire(), float)


def test_an_interrupted_wait_gives_the_turn_to_the_next() -> None:
    naps = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        raise KeyboardInterrupt

    clock = VirtualClock()
    limit = RateLimit(LimitPolicy(1), clock=clock, sleep=sleep)
    assert isinstance(limit.try_acquire(), Permit)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            limit.acquire()
    clock.now += 62

    assert limit.acquire().number == 1


@pytest.mark.parametrize(
    "values", [{"calls": 0}, {"calls": 1, "window": 0}, {"calls": 1, "guard": -1}]
)
def test_a_limit_that_makes_no_sense_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="take at least one call"):
        LimitPolicy(**values)
