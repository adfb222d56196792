"""Manifests: the commit of one date of a dataset, and what they say."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, PrivateAttr

MANIFEST_VERSION = 2
"""2: numbers are decimals; 1 had doubles."""


class FileEntry(BaseModel):
    """A file of a run: `rows` and `bytes` of the whole file, which may hold many dates."""

    key: str
    sha256: str
    rows: int
    bytes: int


class Manifest(BaseModel):
    """The commit of one date of a dataset; its files may be those of several runs.

    Of the symbols that are empty some are `symbols_not_listed`: not traded yet on this date, so
    that nothing is missing. `dates_without_records` are trading days right before this date for
    which the source had no record of any symbol that is settled on this date: the exchange was
    closed without notice.
    """

    schema_version: int = MANIFEST_VERSION
    dataset: str
    date: dt.date
    run_id: str
    status: Literal["complete", "incomplete"]
    files: list[FileEntry]
    rows: int
    symbols_asked: list[str]
    symbols_received: list[str]
    symbols_empty: list[str]
    symbols_rejected: list[str]
    symbols_failed: list[str]
    symbols_not_listed: list[str] = []
    dates_without_records: list[dt.date]
    started_at: datetime
    finished_at: datetime

    _etag: str = PrivateAttr("")

    @property
    def etag(self) -> str:
        """What S3 calls the version of the object that this was read from."""
        return self._etag

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for is there, or known not to exist.

        What an older version says is not complete: readers of this version cannot read it.
        """
        return self.status == "complete" and self.readable

    @property
    def readable(self) -> bool:
        """Whether readers of this version can read its files."""
        return self.schema_version == MANIFEST_VERSION

    @property
    def explained(self) -> list[str]:
        """The empty symbols of which nothing is missing."""
        return self.symbols_empty if self.complete else self.symbols_not_listed

    @property
    def doubtful(self) -> set[str]:
        """Symbols with rows that nevertheless have to be asked for again."""
        return {*self.symbols_rejected, *self.symbols_failed}.intersection(self.symbols_received)

    @property
    def settled(self) -> set[str]:
        """Symbols that need not be asked for again: received without doubt, or explained."""
        if not self.readable:
            return set()
        return {*self.symbols_received, *self.explained} - self.doubtful

    def read_as(self, etag: str, lists: SharedLists) -> Manifest:
        """This manifest, of a version of its object, with its lists shared with others."""
        self._etag = etag
        for name in _SYMBOL_LISTS:
            setattr(self, name, lists.shared(getattr(self, name)))
        return self


_SYMBOL_LISTS = (
    "symbols_asked",
    "symbols_received",
    "symbols_empty",
    "symbols_rejected",
    "symbols_failed",
    "symbols_not_listed",
)


class SharedLists:
    """One list for all manifests that name the same symbols: years of thousands are gigabytes."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, ...], list[str]] = {}

    def shared(self, symbols: Sequence[str]) -> list[str]:
        """A list that equals `symbols`."""
        names = tuple(map(sys.intern, symbols))
        return self._lists.setdefault(names, list(names))
