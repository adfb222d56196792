"""More symbols than the price file has, for tests and benchmarks that need hundreds.

A clone is called after its original with a number (`AAPL.001`) and has its prices and company.
"""

from __future__ import annotations

from replay.companies import COMPANIES, Company
from replay.prices import SYMBOLS, Bar

_SEPARATOR = "."


def clone_symbols(count: int) -> list[str]:
    """The names of `count` clones, taken from the originals in turn."""
    digits = max(3, len(str(count)))
    return [
        f"{SYMBOLS[n % len(SYMBOLS)]}{_SEPARATOR}{n // len(SYMBOLS) + 1:0{digits}d}"
        for n in range(count)
    ]


def with_clones(bars: dict[str, tuple[Bar, ...]], count: int) -> dict[str, tuple[Bar, ...]]:
    """The bars of the originals, and of `count` clones."""
    return bars | {symbol: bars[original(symbol)] for symbol in clone_symbols(count)}


def original(symbol: str) -> str:
    """The symbol that a clone copies; any other symbol is its own."""
    return symbol.partition(_SEPARATOR)[0]


def company_of(symbol: str) -> Company:
    """The company of a symbol, clone or not."""
    return COMPANIES[original(symbol)]
