"""What the frame tells while it works, for whoever shows it."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self


class Progress(Protocol):
    """Told of every step; the display lives in the `with` block.

    Every method may be called from any thread, and returns at once.
    """

    def begin(self, dataset: str, calls: int) -> None:
        """A dataset begins, and needs this many calls; said again, it needs so many more."""

    def called(self) -> None:
        """One planned call has been answered or given up."""

    def retried(self, reason: str, seconds: float) -> None:
        """An attempt failed for `reason`, and is made again after `seconds`."""

    def held(self, seconds: float) -> None:
        """The source's limit lets no call pass for so long; nothing failed."""

    def received(self, rows: int) -> None:
        """Rows arrived."""

    def end(self, dataset: str) -> None:
        """A dataset is over, whatever became of it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class NoProgress:
    """Shows nothing."""

    def begin(self, dataset: str, calls: int) -> None:
        """Ignore it."""

    def called(self) -> None:
        """Ignore it."""

    def retried(self, reason: str, seconds: float) -> None:
        """Ignore it."""

    def held(self, seconds: float) -> None:
        """Ignore it."""

    def received(self, rows: int) -> None:
        """Ignore it."""

    def end(self, dataset: str) -> None:
        """Ignore it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return
