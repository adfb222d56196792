"""What FMP says in a test: the bars of the price file, or what a split made of them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.prices import adjusted

Values = dict[str, Decimal]
"""Numbers by FMP's field names."""


@dataclass(frozen=True)
class Split:
    """Prices before `before` are multiplied by `factor`, volumes divided."""

    factor: Decimal
    before: date = date.max


@dataclass(frozen=True)
class World:
    """One state of FMP's history; `splits` by symbol. A clone (`AAPL.001`) is its original."""

    splits: Mapping[str, Split] = field(default_factory=dict)

    def bar(self, symbol: str, day: date) -> Values | None:
        """The bar of a day, or None when there is none."""
        bar = _bars(symbol.partition(".")[0]).get(day)
        split = self.splits.get(symbol)
        if bar is None or split is None or day >= split.before:
            return bar
        prices = ("open", "high", "low", "close", "change", "vwap")
        scaled = {name: bar[name] * split.factor for name in prices}
        return bar | scaled | {"volume": bar["volume"] / split.factor}

    def days(self, symbols: Sequence[str], start: date, end: date) -> list[date]:
        """The days of a window on which any of the symbols was traded."""
        found = {day for symbol in symbols for day in _bars(symbol.partition(".")[0])}
        return sorted(day for day in found if start <= day <= end)

    def listed(self, symbol: str, day: date) -> bool:
        """Whether the symbol was traded by that day."""
        return min(_bars(symbol.partition(".")[0]), default=date.max) <= day


@functools.cache
def _bars(symbol: str) -> dict[date, Values]:
    frame = adjusted()
    frame = frame[frame["ticker"] == symbol]
    columns = [frame[name] for name in ("date", "open", "high", "low", "close", "volume")]
    return {
        day.date(): _values(*(Decimal(str(price)) for price in prices), volume=int(volume))
        for day, *prices, volume in zip(*columns, strict=True)
    }


def _values(opened: Decimal, high: Decimal, low: Decimal, close: Decimal, *, volume: int) -> Values:
    """FMP's numbers: prices to four places, percentages to five, the mean price to two."""
    return {
        "open": _rounded(opened, 4),
        "high": _rounded(high, 4),
        "low": _rounded(low, 4),
        "close": _rounded(close, 4),
        "volume": Decimal(volume),
        "change": _rounded(close - opened, 4),
        "changePercent": _rounded((close - opened) / opened * 100, 5),
        "vwap": _rounded((high + low + close) / 3, 2),
    }


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
