"""What the frame tells while it works, for whoever shows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from connectors.errors import NO_CALL, SourceError


class Progress:
    """Told of every step, and shows nothing; displays live in the `with` block.

    Every method may be called from any thread, and returns at once. Several datasets may be under
    way at a time.
    """

    def __init__(self) -> None:
        self._thread = threading.local()

    def begin(self, dataset: str, calls: int) -> None:
        """A dataset begins, and needs this many calls; said again, it needs so many more."""

    def called(self, dataset: str) -> None:
        """A call has been answered, or failed for good; calls that nobody made do not count."""

    @contextmanager
    def counting(self, dataset: str) -> Iterator[None]:
        """Tell of the call within the block, unless it was not made; its retries count there."""
        self._thread.calls_for = dataset
        try:
            yield
        except NO_CALL:
            raise
        except SourceError:
            self.called(dataset)
            raise
        finally:
            self._thread.calls_for = None
        self.called(dataset)

    @property
    def calls_for(self) -> str | None:
        """The dataset of the call that this thread makes."""
        name: str | None = getattr(self._thread, "calls_for", None)
        return name

    def retried(self, reason: str, seconds: float) -> None:
        """An attempt of this thread failed for `reason`, and is made again after `seconds`."""

    def held(self, seconds: float) -> None:
        """The source's limit lets no call pass for so long; nothing failed."""

    def received(self, dataset: str, rows: int) -> None:
        """Rows arrived that bronze did not have."""

    def end(self, dataset: str) -> None:
        """A dataset needs no more calls, as far as is known; it may begin again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return
