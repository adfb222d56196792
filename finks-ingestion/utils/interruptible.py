"""Work that can be ended from outside: by a signal, or by being told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

WAKE_SECONDS = 0.5
"""The main thread wakes up so often while it waits: a signal that arrives right before a wait does
not end it."""


class StoppedError(Exception):
    """Work was given up because the run is over: whoever ended it knows why."""


def interruptibly[T](work: Callable[[], T]) -> T:
    """What `work` gives, or the exception of a signal's handler as soon as it comes.

    Python runs handlers in the main thread, between two steps of the interpreter: a wait within
    compiled code would put them off. There, the work is done by another thread, which an
    interruption leaves behind. In any other thread it is just called.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    done: Future[T] = Future()

    def do() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
            done.set_exception(error)

    threading.Thread(target=do, name="interruptible", daemon=True).start()
    while not done.done():
        wait([done], WAKE_SECONDS)
    return done.result()
