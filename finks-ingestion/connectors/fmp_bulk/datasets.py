"""The table of FMP's bulk endpoints, their records, and the dataset that they bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from connectors.datasets import Dataset
from connectors.endpoints import Endpoint, Format
from connectors.fmp.schemas import Bar
from utils.dates import Window
from utils.validation import Count, Day, Number, Record, Text

MARKET_RECORDS = 70_000
"""Of one day, all exchanges together, rounded up."""
_PRICES = ("open", "low", "high", "close", "adjClose")


class BulkBar(Record):
    """A daily bar of `eod-bulk`, under the rules of the bars that FMP sends one by one."""

    key: ClassVar = Bar.key
    required: ClassVar = Bar.required
    bounds: ClassVar = {
        **dict.fromkeys(_PRICES, Bar.bounds["close"]),
        "volume": Bar.bounds["volume"],
    }
    rules: ClassVar = Bar.rules

    symbol: Text = None
    date: Day = None
    open: Number = None
    low: Number = None
    high: Number = None
    close: Number = None
    adjClose: Number = None  # noqa: N815 (FMP's name)
    volume: Count = None


def _day(_symbols: Sequence[str], window: Window) -> dict[str, str]:
    return {"date": str(window.start)}


EOD_BULK = Dataset(
    name="eod_bulk",
    description="Daily bars as their day's file has them",
    model=BulkBar,
    endpoints=(
        Endpoint(
            "eod-bulk",
            _day,
            batch=None,
            days=1,
            format=Format.CSV,
            record_bytes=80,
            market_records=MARKET_RECORDS,
        ),
    ),
    date_field="date",
)
DATASETS: tuple[Dataset, ...] = (EOD_BULK,)
