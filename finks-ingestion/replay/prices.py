"""The daily prices that the replay serves, adjusted for splits as FMP's are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from bokeh_sampledata import stocks

from replay.splits import SPLITS, adjustment_factor

SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


@dataclass(frozen=True)
class Bar:
    """One symbol's trading day; prices in USD, volume in shares.

    Prices are decimals: they come from a file of decimals, and FMP's figures are what one gets
    by computing with those, not with their nearest binary fractions.
    """

    day: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int


def load_prices(today: date) -> dict[str, tuple[Bar, ...]]:
    """Bars of every symbol up to and including `today`, oldest first, as adjusted on `today`.

    A symbol that was not yet traded on `today` has no bars.
    """
    return {symbol: _adjusted(symbol, today) for symbol in SYMBOLS}


def last_bar_position(bars: Sequence[Bar], day: date) -> int:
    """Position of the last bar on or before `day`, or -1."""
    return bisect_right(bars, day, key=lambda bar: bar.day) - 1


@lru_cache(maxsize=32)  # tests start many replays of the same day in one process
def _adjusted(symbol: str, today: date) -> tuple[Bar, ...]:
    raw: stocks.StockData = getattr(stocks, symbol)
    splits = SPLITS.get(symbol, ())
    bars = []
    for text, *prices, volume in zip(
        raw["date"], raw["open"], raw["high"], raw["low"], raw["close"], raw["volume"], strict=True
    ):
        day = date.fromisoformat(text)
        if day > today:
            break
        factor = adjustment_factor(splits, day, today)
        opened, high, low, close = (Decimal(str(price)) / factor for price in prices)
        bars.append(Bar(day, opened, high, low, close, int(volume) * factor))
    return tuple(bars)
