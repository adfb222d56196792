"""Work that follows closely, with its results in order and its errors at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from utils.relay import relay


def test_results_come_in_the_order_of_the_items() -> None:
    def work(seconds: float, hand_on: Callable[[], None]) -> float:
        hand_on()
        time.sleep(seconds)
        return seconds

    assert relay(work, [0.1, 0.0, 0.05]) == [0.1, 0.0, 0.05]
    assert relay(work, []) == []


def test_the_next_begins_when_it_is_handed_on_and_not_before() -> None:
    told: list[str] = []
    second_is_done = threading.Event()

    def work(item: int, hand_on: Callable[[], None]) -> None:
        told.append(f"{item} begins")
        if item == 1:
            time.sleep(0.05)
            told.append("1 hands on")
            hand_on()
            assert second_is_done.wait(10)
            told.append("1 ends")
        else:
            second_is_done.set()

    relay(work, [1, 2])
    assert told == ["1 begins", "1 hands on", "2 begins", "1 ends"]


def test_what_never_hands_on_is_over_before_the_next_begins() -> None:
    running = 0

    def work(_item: int, _hand_on: Callable[[], None]) -> int:
        nonlocal running
        running += 1
        time.sleep(0.02)
        running -= 1
        return running

    assert relay(work, [1, 2, 3]) == [0, 0, 0]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_is_raised_at_once_and_nothing_begins_after_it(kind: type[BaseException]) -> None:
    begun: list[int] = []
    forever = threading.Event()

    def work(item: int, hand_on: Callable[[], None]) -> None:
        begun.append(item)
        hand_on()
        if item == 1:
            while len(begun) < 2:
                time.sleep(0.01)
            raise kind("one")
        forever.wait(10)

    def third_waits_for_second(item: int, hand_on: Callable[[], None]) -> None:
        work(item, hand_on if item != 2 else lambda: None)

    try:
        with pytest.raises(kind, match="one"):
            relay(third_waits_for_second, [1, 2, 3])
        assert begun == [1, 2]
    finally:
        forever.set()
