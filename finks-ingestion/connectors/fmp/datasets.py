"""The table of FMP's endpoints, and the datasets that they bring."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.datasets import Dataset
from connectors.endpoints import Endpoint, Format
from connectors.fmp.schemas import Bar, Profile, Quote
from utils.dates import Window

MAX_HISTORY_DAYS = 4 * 365
"""FMP cuts longer ranges without a word."""
BATCH_SIZE = 100
"""Symbols of one batch-quote call: its URL stays below 2,000 characters."""
BULK_FROM = 500
"""Symbols from which on the profiles of the whole market cost less than single ones."""


def _one(symbols: Sequence[str], _window: Window) -> dict[str, str]:
    return {"symbol": symbols[0]}


def _many(symbols: Sequence[str], _window: Window) -> dict[str, str]:
    return {"symbols": ",".join(symbols)}


def _span(symbols: Sequence[str], window: Window) -> dict[str, str]:
    return {"symbol": symbols[0], "from": str(window.start), "to": str(window.end)}


def _everything(_symbols: Sequence[str], _window: Window) -> dict[str, str]:
    return {}


HISTORY = Endpoint("historical-price-eod/full", _span, days=MAX_HISTORY_DAYS, record_bytes=320)
QUOTE_ONE = Endpoint("quote", _one, record_bytes=800)
QUOTE_MANY = Endpoint("batch-quote", _many, batch=BATCH_SIZE, record_bytes=800)
PROFILE_ONE = Endpoint("profile", _one, record_bytes=5000)
PROFILES = Endpoint(
    "profile-bulk",
    _everything,
    batch=None,
    format=Format.CSV,
    page="part",
    least_symbols=BULK_FROM,
    exhaustive=False,
    record_bytes=5000,
)

HISTORICAL_PRICE_EOD = Dataset(
    name="historical_price_eod",
    description="Daily bars, adjusted for splits",
    model=Bar,
    endpoints=(HISTORY,),
    date_field="date",
    restated=("open", "high", "low", "close"),
)
QUOTES = Dataset(
    name="quote",
    description="Quotes as seen today",
    model=Quote,
    endpoints=(QUOTE_MANY, QUOTE_ONE),
)
COMPANY_PROFILE = Dataset(
    name="company_profile",
    description="Company profiles as seen today",
    model=Profile,
    endpoints=(PROFILES, PROFILE_ONE),
    sessions_only=False,
)
DATASETS: tuple[Dataset, ...] = (HISTORICAL_PRICE_EOD, QUOTES, COMPANY_PROFILE)
