"""Threads that work on a stream of items, with the results in the items' order.

The executor of the standard library takes all items at once and waits for its threads when the
process ends. Here only a few items are under way, so that memory is bounded by them, and an
interrupted run ends at once: the threads are daemons.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

AHEAD = 2
"""Items under way or done whose results are not taken yet, for each thread."""


@dataclass
class _Job[T, R]:
    item: T
    under_way: threading.Lock = field(default_factory=threading.Lock)
    """Held until there is a result: an event costs ten times as much."""
    result: R | None = None
    error: BaseException | None = None


class OrderedPool:
    """A pool of at most `threads` threads, to be closed; several streams may share it.

    Their items are begun in the order in which they were taken.
    """

    def __init__(self, threads: int, name: str = "pool") -> None:
        self._threads = threads
        self._name = name
        self._jobs: deque[Callable[[], None] | None] = deque()
        self._waiting = threading.Semaphore(0)
        """Counts the jobs."""
        self._started = 0

    def map[T, R](
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        *,
        ahead: int = 0,
        urgent: bool = False,
    ) -> Iterator[R]:
        """`function(item)` for each item, in their order; raises what it raises.

        `ahead` items may be under way or done at a time, where that is more than `AHEAD` for each
        thread: threads are then busy while the caller is. `urgent` ones go before all others that
        wait for a thread. When the caller stops early, items that no thread has begun are dropped.
        """
        bound = max(ahead, self._threads * AHEAD)
        under_way: deque[_Job[T, R]] = deque()
        abandoned = threading.Event()

        def work(job: _Job[T, R]) -> None:
            if not abandoned.is_set():
                try:
                    job.result = function(job.item)
                except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
                    job.error = error
            job.under_way.release()

        def start(item: T) -> None:
            job: _Job[T, R] = _Job(item)
            job.under_way.acquire()
            under_way.append(job)
            self._submit(lambda: work(job), urgent=urgent)

        source = iter(items)
        try:
            for item in source:
                start(item)
                if len(under_way) >= bound:
                    yield self._result(under_way.popleft())
            while under_way:
                yield self._result(under_way.popleft())
        finally:
            abandoned.set()

    def close(self) -> None:
        """End the threads that are idle; the others end with what they do."""
        for _ in range(self._started):
            self._jobs.append(None)
            self._waiting.release()
        self._started = 0

    def _submit(self, job: Callable[[], None], *, urgent: bool) -> None:
        if urgent:
            self._jobs.appendleft(job)
        else:
            self._jobs.append(job)
        self._waiting.release()
        if self._started < self._threads:
            self._started += 1
            name = f"{self._name}-{self._started}"
            threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _serve(self) -> None:
        while job := self._next():
            job()

    def _next(self) -> Callable[[], None] | None:
        self._waiting.acquire()
        return self._jobs.popleft()

    @staticmethod
    def _result[T, R](job: _Job[T, R]) -> R:
        job.under_way.acquire()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]
