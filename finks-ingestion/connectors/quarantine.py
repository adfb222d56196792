"""Refused records: collected, and appended to the quarantine file of the run in few requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.answers import Refusal
from utils.bronze import BronzeStore

LINES_AT_A_TIME = 10_000
"""S3 cannot append: each time the whole file is written again."""


@dataclass
class Quarantine:
    """The refused records of one dataset of a run; `key` is their file, once there is any."""

    store: BronzeStore
    dataset: str
    run_id: str
    key: str | None = None
    _lines: list[str] = field(default_factory=list)

    def add(self, refused: Iterable[Refusal]) -> None:
        """Add records, each with its reason."""
        self._lines += [refusal.line() for refusal in refused]
        if len(self._lines) >= LINES_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._lines:
            self.key = self.store.quarantine(self.dataset, self.run_id, self._lines)
            self._lines.clear()
