"""What a dataset is to the frame that runs connectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from connectors.endpoints import Endpoint
from utils.csv_columns import CsvColumns
from utils.json_columns import JsonColumns
from utils.validation import Record


@dataclass(frozen=True)
class Dataset:
    """A dataset of a source, and the endpoints that bring it, in the order of preference.

    `date_field` names the field with a record's own date. A dataset without one is an
    observation: it is keyed by the day on which it was seen, and only today can be seen.
    `restated` are the fields that a source changes in all of a symbol's history at once (prices
    adjusted for splits): bars that bronze has are compared by them.
    """

    name: str
    model: type[Record]
    endpoints: tuple[Endpoint, ...]
    symbol_field: str = "symbol"
    date_field: str | None = None
    restated: tuple[str, ...] = ()
    sessions_only: bool = True
    """Observed on trading days only."""
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse endpoints in a place where the frame cannot use them."""
        *others, last = self.endpoints
        if any(e.by_span for e in others) or (last.by_span and self.restated):
            raise ValueError(
                f"{self.name}: an endpoint that brings days of the whole market has to be the "
                "last, and brings no history to restate; reorder the endpoints, or leave out "
                "`restated`"
            )

    @property
    def observed(self) -> bool:
        """Whether a record belongs to the day on which it was seen."""
        return self.date_field is None

    @cached_property
    def json_columns(self) -> JsonColumns:
        """The reader of whole answers in JSON."""
        return JsonColumns(self.model, self.date_field, self.symbol_field)

    @cached_property
    def csv_columns(self) -> CsvColumns:
        """The reader of lines of CSV files."""
        return CsvColumns(self.model, self.date_field)
