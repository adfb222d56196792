"""SIGTERM and SIGINT: end the run before its commit, or let a run whose commit began finish."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from connectors.errors import Interrupted

LOG = logging.getLogger(__name__)


class Interruption:
    """Turns the signals into `Interrupted`, until the commit begins.

    A commit is a handful of small writes: finishing it takes less time than ECS grants between
    SIGTERM and SIGKILL, and half a window of new dates helps nobody.
    """

    def __init__(self) -> None:
        self._shielded = False

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals within the block, and give the earlier handlers back after it."""
        before = {s: signal.signal(s, self._handle) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def shield(self) -> None:
        """Let nothing interrupt the run any more: what is committed must be told, too."""
        self._shielded = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        if self._shielded:
            LOG.warning("%s arrived during the end of the run, which finishes first", name)
            return
        raise Interrupted(f"{name} arrived before the commit; nothing was published, run again")
