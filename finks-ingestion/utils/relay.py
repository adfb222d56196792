"""Pieces of work that follow closely on each other: each begins before the one before is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from utils.interruptible import WAKE_SECONDS


@dataclass
class _Leg[T, R]:
    item: T
    handed_on: bool = False
    over: bool = False
    result: R | None = None
    error: BaseException | None = None


def relay[T, R](work: Callable[[T, Callable[[], None]], R], items: Sequence[T]) -> list[R]:
    """The results of `work(item, hand_on)` for each item, in their order.

    Each has a thread of its own, and the next one begins when `hand_on` is called, or the work is
    over. The first error of any of them is raised at once, and those that run are left behind:
    their threads keep no process alive.
    """
    news: SimpleQueue[_Leg[T, R]] = SimpleQueue()

    def run(leg: _Leg[T, R]) -> None:
        def hand_on() -> None:
            leg.handed_on = True
            news.put(leg)

        try:
            leg.result = work(leg.item, hand_on)
        except BaseException as error:  # noqa: BLE001 (raised again by whoever waits)
            leg.error = error
        leg.over = True
        news.put(leg)

    def hear() -> None:
        with suppress(Empty):
            if error := news.get(timeout=WAKE_SECONDS).error:
                raise error

    legs = [_Leg[T, R](item) for item in items]
    for leg in legs:
        threading.Thread(target=run, args=(leg,), name="relay", daemon=True).start()
        while not (leg.handed_on or leg.over):
            hear()
    while not all(leg.over for leg in legs):
        hear()
    for leg in legs:
        if leg.error:
            raise leg.error
    return [leg.result for leg in legs]  # type: ignore[misc]
