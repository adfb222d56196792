"""The price table and the assumptions of use, read from their files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
HOURS_A_MONTH = 730.0
"""AWS's own month: 8,760 hours a year by twelve."""


@dataclass(frozen=True)
class Price:
    """USD a unit in ca-central-1, and the page of AWS that says so."""

    usd: float
    unit: str
    source: str


@dataclass(frozen=True)
class Prices:
    """The table; `as_of` is the day on which it was written down."""

    as_of: date
    table: Mapping[str, Price]

    def __getitem__(self, key: str) -> Price:
        """The price; raises KeyError with what to do for one that the table lacks."""
        try:
            return self.table[key]
        except KeyError:
            raise KeyError(f"graph/cost/prices.toml has no price {key}; add it there") from None


@cache
def prices() -> Prices:
    """The prices of graph/cost/prices.toml."""
    document = tomllib.loads((_FOLDER / "prices.toml").read_text())
    table = {key: Price(**entry) for key, entry in document["prices"].items()}
    return Prices(date.fromisoformat(document["as_of"]), table)


@dataclass(frozen=True)
class Usage:
    """Assumptions: amounts a month in `idle`, and what the daily pipeline adds in `pipeline`."""

    spot_discount: float
    idle: Mapping[str, float]
    pipeline: Mapping[str, float]


@cache
def usage() -> Usage:
    """The assumptions of graph/cost/usage.toml."""
    document: dict[str, Any] = tomllib.loads((_FOLDER / "usage.toml").read_text())
    return Usage(**document)
