"""Threads that work on a stream of items, with the results in the items' order.

The executor of the standard library takes all items at once and waits for its threads when the
process ends. Here only a few items are under way, so that memory is bounded by them, and an
interrupted run ends at once: the threads are daemons.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

AHEAD = 2
"""Items under way or done, but not taken yet, for each thread."""


@dataclass
class _Job[T, R]:
    item: T
    done: threading.Event = field(default_factory=threading.Event)
    result: R | None = None
    error: BaseException | None = None


class OrderedPool:
    """A pool of `threads` threads, to be closed; one stream at a time."""

    def __init__(self, threads: int, name: str = "pool") -> None:
        self._threads = threads
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._started = 0

    def map[T, R](self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """`function(item)` for each item, in their order; raises what it raises.

        When the caller stops early, items that no thread has begun are dropped.
        """
        under_way: deque[_Job[T, R]] = deque()
        abandoned = threading.Event()

        def work(job: _Job[T, R]) -> None:
            if not abandoned.is_set():
                try:
                    job.result = function(job.item)
                except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
                    job.error = error
            job.done.set()

        def start(item: T) -> None:
            job: _Job[T, R] = _Job(item)
            under_way.append(job)
            self._submit(lambda: work(job))

        source = iter(items)
        try:
            for item in source:
                start(item)
                if len(under_way) >= self._threads * AHEAD:
                    yield self._result(under_way.popleft())
            while under_way:
                yield self._result(under_way.popleft())
        finally:
            abandoned.set()

    def close(self) -> None:
        """End the threads that are idle; the others end with what they do."""
        for _ in range(self._started):
            self._jobs.put(None)
        self._started = 0

    def _submit(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)
        if self._started < self._threads:
            self._started += 1
            name = f"{self._name}-{self._started}"
            threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    @staticmethod
    def _result[T, R](job: _Job[T, R]) -> R:
        job.done.wait()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]
