"""What plans cost at FMP: calls exactly as far as they are known before, bytes by estimate."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.budgets import Cost
from connectors.datasets import Dataset
from connectors.fmp.schemas import COMPANY_PROFILE, HISTORICAL_PRICE_EOD
from connectors.plan import Plan
from utils.dates import Window, is_weekend

MAX_HISTORY_DAYS = 4 * 365
"""FMP cuts longer ranges without a word."""
BATCH_SIZE = 100
"""Symbols of one batch-quote call: its URL stays below 2,000 characters."""
MAX_LOOKUPS = 10
"""Symbols without records that are looked up: on a holiday none has any."""
BAR_BYTES = 320
"""One bar as indented JSON with all its digits, rounded up."""
QUOTE_BYTES = 800
PROFILE_BYTES = 5000
"""The description alone has up to about 3,000 characters."""


def cost(plans: Sequence[tuple[Dataset, Plan]]) -> Cost:
    """An upper bound of calls, none repeated, and an estimate of the bytes of their answers.

    The calls are fewer when every symbol has records (nothing is looked up) and when the
    account's plan has batch quotes.
    """
    total = Cost()
    for dataset, plan in plans:
        symbols = len(plan.symbols)
        if plan.window is None:
            continue
        if dataset is HISTORICAL_PRICE_EOD:
            lookups = _each(min(symbols, MAX_LOOKUPS), PROFILE_BYTES)
            total += _history(symbols, plan.window) + lookups
        elif dataset is COMPANY_PROFILE:
            total += _each(symbols, PROFILE_BYTES)
        elif symbols:
            refused = Cost(calls=1)  # of batch quotes, by an account whose plan lacks them
            total += refused + _each(symbols, QUOTE_BYTES)
    return total


def _history(symbols: int, window: Window) -> Cost:
    bars = sum(1 for day in window.days() if not is_weekend(day))
    parts = len(window.split(MAX_HISTORY_DAYS))
    return Cost(symbols * parts, symbols * bars * BAR_BYTES)


def _each(symbols: int, size: int) -> Cost:
    return Cost(symbols, symbols * size)
