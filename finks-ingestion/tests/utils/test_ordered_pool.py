"""Threads whose results come in order, and that hold no more than they may."""

from __future__ import annotations

import random
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.ordered_pool import AHEAD, OrderedPool

FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=25)
THREADS = 3
NAME = "pool-under-test"


def alive() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


def eventually(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it never came to that")


@pytest.fixture
def pool() -> Iterator[OrderedPool]:
    found = OrderedPool(THREADS, NAME)
    yield found
    found.close()
    eventually(lambda: not alive())


class Gate:
    """Items wait in it until it is opened; it knows which ones came."""

    def __init__(self) -> None:
        self.entered: list[int] = []
        self._open = threading.Event()

    def __call__(self, item: int) -> int:
        self.entered.append(item)
        assert self._open.wait(10)
        return item

    def open(self) -> None:
        self._open.set()


@FIXED
@given(threads=st.integers(1, 6), count=st.integers(0, 40), seed=st.integers(0, 99))
def test_every_result_once_and_in_order(threads: int, count: int, seed: int) -> None:
    chance = random.Random(seed)
    waits = [chance.choice([0, 0, 0.001]) for _ in range(count)]

    def square(number: int) -> int:
        time.sleep(waits[number])
        return number * number

    pool = OrderedPool(threads, NAME)
    try:
        assert list(pool.map(square, range(count))) == [n * n for n in range(count)]
        assert len(alive()) <= min(threads, count)
    finally:
        pool.close()
        eventually(lambda: not alive())


def test_all_threads_work_at_the_same_time(pool: OrderedPool) -> None:
    together = threading.Barrier(THREADS)

    def meet(item: int) -> int:
        together.wait(10)
        return item

    assert list(pool.map(meet, range(THREADS * 4))) == list(range(THREADS * 4))


def test_items_are_taken_only_as_they_are_needed(pool: OrderedPool) -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = pool.map(lambda n: n, source())
    assert taken == []
    for number in range(50):
        assert next(results) == number
        assert len(taken) <= number + THREADS * AHEAD
    results.close()  # type: ignore[attr-defined]


def test_behind_a_slow_first_item_the_others_wait(pool: OrderedPool) -> None:
    """Else memory would hold all that comes meanwhile."""
    first = threading.Event()
    done: list[int] = []

    def work(item: int) -> int:
        if item == 0:
            assert first.wait(10)
        done.append(item)
        return item

    results = pool.map(work, range(1000))
    collected: list[int] = []
    reader = threading.Thread(target=lambda: collected.extend(results), daemon=True)
    reader.start()
    eventually(lambda: len(done) == THREADS * AHEAD - 1)
    time.sleep(0.05)
    assert len(done) == THREADS * AHEAD - 1

    first.set()
    reader.join(10)
    assert collected == list(range(1000))


def test_more_may_be_ahead_while_the_caller_is_busy(pool: OrderedPool) -> None:
    done: list[int] = []

    def work(item: int) -> int:
        done.append(item)
        return item

    results = pool.map(work, range(100), ahead=20)
    assert next(results) == 0
    eventually(lambda: len(done) == 20)
    assert list(results) == list(range(1, 100))


def test_streams_share_the_threads_and_urgent_items_go_first(pool: OrderedPool) -> None:
    gate = Gate()
    results = pool.map(gate, range(6))
    first = threading.Thread(target=lambda: list(results), daemon=True)
    first.start()
    eventually(lambda: len(gate.entered) == THREADS)

    urgent = threading.Thread(target=lambda: list(pool.map(gate, [100], urgent=True)), daemon=True)
    urgent.start()
    eventually(lambda: len(pool._jobs) == 4)
    gate.open()
    first.join(10)
    urgent.join(10)
    assert gate.entered[THREADS] == 100
    assert sorted(gate.entered) == [0, 1, 2, 3, 4, 5, 100]


def test_results_that_were_taken_are_let_go(pool: OrderedPool) -> None:
    class Large:
        pass

    references: list[weakref.ref[Large]] = []

    def work(_item: int) -> Large:
        result = Large()
        references.append(weakref.ref(result))
        return result

    most = 0
    for result in pool.map(work, range(100)):
        del result
        most = max(most, sum(reference() is not None for reference in list(references)))

    assert most <= THREADS * AHEAD + THREADS


def test_an_error_is_raised_at_its_place(pool: OrderedPool) -> None:
    def work(item: int) -> int:
        if item == 5:
            raise KeyError(item)
        return item

    results = pool.map(work, range(10))

    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError, match="5"):
        next(results)
    assert list(results) == []
    assert list(pool.map(str, range(3))) == ["0", "1", "2"], "the pool works on"


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_ends_a_thread_is_an_error_like_others(
    pool: OrderedPool, kind: type[BaseException]
) -> None:
    def work(_item: int) -> None:
        raise kind

    with pytest.raises(kind):
        list(pool.map(work, [1]))


def test_an_error_of_the_items_ends_the_stream(pool: OrderedPool) -> None:
    def source() -> Iterator[int]:
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        list(pool.map(str, source()))


@pytest.mark.parametrize("how", ["close", "forget", "raise"])
def test_abandoned_items_are_not_begun(pool: OrderedPool, how: str) -> None:
    gate = Gate()
    results = pool.map(lambda n: n if n == 0 else gate(n), range(1000))
    assert next(results) == 0
    eventually(lambda: len(gate.entered) == THREADS)

    if how == "close":
        results.close()  # type: ignore[attr-defined]
    elif how == "raise":
        with pytest.raises(LookupError):
            results.throw(LookupError)  # type: ignore[attr-defined]
    else:
        del results
    gate.open()

    assert list(pool.map(str, range(20))) == [str(n) for n in range(20)]
    assert len(gate.entered) == THREADS


def test_threads_end_when_the_pool_is_closed() -> None:
    pool = OrderedPool(THREADS, NAME)
    gate = Gate()
    results = pool.map(gate, range(THREADS))
    reader = threading.Thread(target=lambda: list(results), daemon=True)
    reader.start()
    eventually(lambda: len(gate.entered) == THREADS)

    pool.close()
    assert len(alive()) == THREADS, "what they do comes to its end"
    gate.open()
    eventually(lambda: not alive())
    reader.join(10)
    pool.close()


def test_no_thread_keeps_the_process_alive(pool: OrderedPool) -> None:
    list(pool.map(str, range(20)))

    assert len(alive()) == THREADS
    assert all(thread.daemon for thread in alive())


def test_no_items_need_no_thread(pool: OrderedPool) -> None:
    assert list(pool.map(str, [])) == []
    assert alive() == []
