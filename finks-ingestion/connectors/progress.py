"""What the frame tells while it works, for whoever shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from connectors.errors import NO_CALL, SourceError


class Progress:
    """Told of every step, and shows nothing; displays live in the `with` block.

    Every method may be called from any thread, and returns at once.
    """

    def begin(self, dataset: str, calls: int) -> None:
        """A dataset begins, and needs this many calls; said again, it needs so many more."""

    def called(self) -> None:
        """A call has been answered, or failed for good; calls that nobody made do not count."""

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Tell of the call within the block, unless it was not made."""
        try:
            yield
        except NO_CALL:
            raise
        except SourceError:
            self.called()
            raise
        self.called()

    def retried(self, reason: str, seconds: float) -> None:
        """An attempt failed for `reason`, and is made again after `seconds`."""

    def held(self, seconds: float) -> None:
        """The source's limit lets no call pass for so long; nothing failed."""

    def received(self, rows: int) -> None:
        """Rows arrived that bronze did not have."""

    def end(self, dataset: str) -> None:
        """A dataset is over, whatever became of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return
