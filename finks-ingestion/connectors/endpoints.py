"""Endpoints of a source, and the calls that bring the records of some symbols."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from utils.dates import Window

Parameters = Callable[[Sequence[str], Window], dict[str, str]]


class Format(StrEnum):
    """How an endpoint writes its records."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True)
class Ask:
    """Symbols of which the records of the same days are asked for."""

    symbols: tuple[str, ...]
    window: Window


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of a source; a row of its table.

    A dataset lists its endpoints in the order of preference. What one of them refuses as a whole,
    or does not answer for, is asked of the next.
    """

    path: str
    parameters: Parameters
    """The query for some symbols and a window."""
    batch: int | None = 1
    """Symbols of one call; None: a call brings the whole market."""
    days: int | None = None
    """Calendar days of one call; None: the endpoint takes any window, or none."""
    format: Format = Format.JSON
    page: str | None = None
    """The parameter that counts pages from 0, until one is empty."""
    least_symbols: int = 1
    """With fewer symbols the next endpoint costs less."""
    exhaustive: bool = True
    """A symbol that is missing in the answer has no records; else the next endpoint is asked."""
    record_bytes: int = 1000
    """Of one record, rounded up: for budgets."""
    market_records: int = 0
    """Of one call that brings the whole market, for budgets; 0: as many as symbols are wanted."""

    @property
    def by_span(self) -> bool:
        """Whether each call brings some days of the whole market.

        Such calls do not need each other: one that fails costs its days, and days that nobody
        wants need none.
        """
        return self.batch is None and self.days is not None

    def requests(self, ask: Ask, wanted: Collection[date] | None = None) -> list[Request]:
        """What to ask for some symbols, oldest days first; `wanted` are the days of interest."""
        symbols = ask.symbols
        size = self.batch or max(1, len(symbols))
        spans = ask.window.split(self.days) if self.days else [ask.window]
        batches = [symbols[n : n + size] for n in range(0, len(symbols), size)]
        if self.by_span:
            if wanted is not None:
                spans = [span for span in spans if any(day in wanted for day in span.days())]
            return [
                Request(batch, (Call(self, batch, span, self.parameters(batch, span)),))
                for span in spans
                for batch in batches
            ]
        return [
            Request(batch, tuple(Call(self, batch, s, self.parameters(batch, s)) for s in spans))
            for batch in batches
        ]


@dataclass(frozen=True)
class Call:
    """One GET."""

    endpoint: Endpoint
    symbols: tuple[str, ...]
    window: Window
    parameters: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join([self.endpoint.path, *(f"{k}={v}" for k, v in self.parameters.items())])

    def pages(self) -> Iterator[Call]:
        """The call for each page; the caller stops at the first empty one."""
        name, number = self.endpoint.page, 0
        while name:
            yield replace(self, parameters={**self.parameters, name: str(number)})
            number += 1
        yield self


@dataclass(frozen=True)
class Request:
    """The calls that belong together: the symbols have an answer when all of them have."""

    symbols: tuple[str, ...]
    calls: tuple[Call, ...]

    @property
    def window(self) -> Window:
        """The days that the calls bring."""
        return Window(self.calls[0].window.start, self.calls[-1].window.end)
