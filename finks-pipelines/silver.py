"""The tables of silver, as the flows audit and publish them.

Columns and types are the catalog's: an audit compares the files with the Glue table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SilverTable:
    """A table of silver; `key` is unique within a date."""

    name: str
    dataset: str
    """The bronze dataset that it comes from."""
    key: tuple[str, ...]
    required: tuple[str, ...]
    """Columns without nulls."""
    positive: tuple[str, ...]
    """Columns whose values are above zero, or null."""


TABLES = (
    SilverTable(
        name="fmp_quotes",
        dataset="historical_price_eod",
        key=("symbol",),
        required=("symbol", "close", "ingested_at", "run_id"),
        positive=("open", "high", "low", "close"),
    ),
    SilverTable(
        name="fmp_quote_snapshots",
        dataset="quote",
        key=("symbol", "observed_at"),
        required=("symbol", "observed_at", "price", "ingested_at", "run_id"),
        positive=("price",),
    ),
    SilverTable(
        name="fmp_company_profiles",
        dataset="company_profile",
        key=("symbol",),
        required=("symbol", "ingested_at", "run_id"),
        positive=(),
    ),
)
