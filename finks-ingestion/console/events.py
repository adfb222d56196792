"""The progress of a run as log events, for whoever reads them later or by machine."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from console.formats import duration
from console.tally import DatasetTally, Snapshot, Tally
from utils.wording import counted

LOG = logging.getLogger(__name__)
_EVERY_SECONDS = 10.0


class LoggedProgress(Tally):
    """Logs a line when a dataset begins, every ten seconds at most while it runs, and at its end.

    The numbers are fields of the line: `event`, `dataset`, `calls`, `calls_done`,
    `calls_per_minute`, `seconds_left`, `waiting_seconds`, `retries`, `rows`, and at the end
    `duration_seconds`.
    """

    def __init__(
        self,
        calls_per_minute: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(calls_per_minute, clock=clock)
        self._last = clock()
        self._turn = threading.Lock()

    def begin(self, dataset: str, calls: int) -> None:
        """Log a dataset that begins for the first time."""
        again = any(d.name == dataset for d in self.snapshot().datasets)
        super().begin(dataset, calls)
        if not again:
            self._last = self._clock()
            self._log("dataset_begun", dataset, lambda d: f"{counted(d.calls, 'call')} planned")

    def called(self, dataset: str) -> None:
        """Count a call, and log the progress when it is time."""
        super().called(dataset)
        self._log_when_due()

    def retried(self, reason: str, seconds: float) -> None:
        """Count a retry, and log the progress when it is time."""
        super().retried(reason, seconds)
        self._log_when_due()

    def held(self, seconds: float) -> None:
        """Log the progress when it is time."""
        super().held(seconds)
        self._log_when_due()

    def end(self, dataset: str) -> None:
        """Log the end of a dataset."""
        super().end(dataset)
        self._log(
            "dataset_done",
            dataset,
            lambda d: (
                f"{counted(d.done, 'call')}, {counted(d.rows, 'row')} in {duration(_seconds(d))}"
            ),
        )

    def _log_when_due(self) -> None:
        if self._clock() - self._last < _EVERY_SECONDS:
            return
        with self._turn:
            now = self._clock()
            if now - self._last < _EVERY_SECONDS:  # another thread was faster
                return
            self._last = now
        for dataset in self.snapshot().datasets:
            if dataset.ended_at is None:
                self._log(
                    "progress", dataset.name, lambda d: f"{d.done:,} of {counted(d.calls, 'call')}"
                )

    def _log(self, event: str, name: str, say: Callable[[DatasetTally], str]) -> None:
        state = self.snapshot()
        for dataset in state.datasets:
            if dataset.name == name:
                LOG.info("%s: %s", name, say(dataset), extra=_fields(event, dataset, state))


def _fields(event: str, dataset: DatasetTally, state: Snapshot) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "event": event,
        "dataset": dataset.name,
        "calls": dataset.calls,
        "calls_done": dataset.done,
        "retries": dataset.retries,
        "rows": dataset.rows,
    }
    if dataset.ended_at is not None:
        return fields | {"duration_seconds": round(_seconds(dataset), 3)}
    if state.calls_a_minute is not None:
        fields["calls_per_minute"] = round(state.calls_a_minute, 1)
    if state.wait:
        fields["waiting_seconds"] = round(state.wait.seconds)
    if (left := state.seconds_left(dataset)) is not None:
        fields["seconds_left"] = round(left)
    return fields


def _seconds(dataset: DatasetTally) -> float:
    return (dataset.ended_at or dataset.began_at) - dataset.began_at
