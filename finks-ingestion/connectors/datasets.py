"""What a dataset is to the frame that runs connectors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.errors import SourceError
from utils.validation import RecordSchema


@dataclass(frozen=True)
class Dataset:
    """A dataset of a source.

    `date_field` names the field with a record's own date. A dataset without one is an
    observation: it is keyed by the day on which it was seen, and only today can be seen.
    """

    name: str
    schema: RecordSchema
    symbol_field: str = "symbol"
    date_field: str | None = None
    description: str = ""

    @property
    def observed(self) -> bool:
        """Whether a record belongs to the day on which it was seen."""
        return self.date_field is None


@dataclass
class Fetched:
    """What a source gave for one dataset: raw records by the symbol they were asked for.

    A symbol is either in `records` (perhaps with an empty list) or in `failed`. `unlisted`
    holds symbols that the source knows and that were not traded yet in the whole window;
    `unknown` those that it does not know. `strays` are records of symbols nobody asked for.
    """

    records: dict[str, list[object]] = field(default_factory=dict)
    strays: list[object] = field(default_factory=list)
    failed: dict[str, SourceError] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def fail(self, symbols: Iterable[str], error: SourceError) -> None:
        """Mark symbols that have no answer as failed."""
        for symbol in symbols:
            if symbol not in self.records:
                self.failed.setdefault(symbol, error)
