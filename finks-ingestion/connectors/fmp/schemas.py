"""The bronze datasets of FMP: fields under FMP's own names, in FMP's order.

FMP writes whole numbers without a decimal point, hence `double` takes integers too. Texts stay
as FMP wrote them (`""` and `"NA"` included); silver makes them null.
"""

from __future__ import annotations

from connectors.datasets import Dataset
from utils.validation import Field, Kind, RecordSchema, Row

_ROUNDING = 0.0051
"""Prices are rounded one by one, to cents at the coarsest: a close may miss the range by this."""


def _price(name: str, *, required: bool = False) -> Field:
    return Field(name, Kind.DOUBLE, required=required, above=0)


def _double(name: str, minimum: float | None = None) -> Field:
    return Field(name, Kind.DOUBLE, minimum=minimum)


def _count(name: str) -> Field:
    return Field(name, Kind.INT64, minimum=0)


def _texts(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


def _flags(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Kind.BOOLEAN) for name in names)


def prices_in_range(row: Row) -> str | None:
    """Why the prices of a day contradict each other, or None."""
    high, low = row["high"], row["low"]
    if high is None or low is None:
        return None
    if high < low:
        return f"high {high} is below low {low}"
    for name in ("open", "close"):
        price = row[name]
        if price is not None and not low - _ROUNDING <= price <= high + _ROUNDING:
            return f"{name} {price} is outside the day's range {low} to {high}"
    return None


def quote_in_range(row: Row) -> str | None:
    """Why the bounds of a quote contradict each other, or None."""
    for low, high in (("dayLow", "dayHigh"), ("yearLow", "yearHigh")):
        if row[low] is not None and row[high] is not None and row[high] < row[low]:
            return f"{high} {row[high]} is below {low} {row[low]}"
    return None


HISTORICAL_PRICE_EOD = Dataset(
    name="historical_price_eod",
    description="Daily bars, adjusted for splits (historical-price-eod/full)",
    date_field="date",
    schema=RecordSchema(
        key=("symbol", "date"),
        fields=(
            Field("symbol", required=True),
            Field("date", Kind.DATE, required=True),
            _price("open"),
            _price("high"),
            _price("low"),
            _price("close", required=True),
            _count("volume"),
            _double("change"),
            _double("changePercent"),
            _price("vwap"),
        ),
        rules=(prices_in_range,),
    ),
)

QUOTE = Dataset(
    name="quote",
    description="Quotes as seen today (batch-quote, or quote where the plan lacks it)",
    schema=RecordSchema(
        key=("symbol", "timestamp"),
        fields=(
            Field("symbol", required=True),
            Field("name"),
            _price("price", required=True),
            _double("changePercentage"),
            _double("change"),
            _count("volume"),
            _double("dayLow", 0),
            _double("dayHigh", 0),
            _double("yearHigh", 0),
            _double("yearLow", 0),
            _double("marketCap", 0),
            _double("priceAvg50", 0),
            _double("priceAvg200", 0),
            Field("exchange"),
            _double("open", 0),
            _double("previousClose", 0),
            Field("timestamp", Kind.INT64, required=True, above=0),
        ),
        rules=(quote_in_range,),
    ),
)

COMPANY_PROFILE = Dataset(
    name="company_profile",
    description="Company profiles as seen today (profile)",
    schema=RecordSchema(
        key=("symbol",),
        fields=(
            Field("symbol", required=True),
            _double("price", 0),
            _double("marketCap", 0),
            _double("beta"),
            _double("lastDividend", 0),
            Field("range"),
            _double("change"),
            _double("changePercentage"),
            _count("volume"),
            _count("averageVolume"),
            *_texts("companyName", "currency", "cik", "isin", "cusip"),
            *_texts("exchangeFullName", "exchange", "industry", "website", "description"),
            *_texts("ceo", "sector", "country", "fullTimeEmployees", "phone", "address"),
            *_texts("city", "state", "zip", "image"),
            Field("ipoDate", Kind.DATE),
            *_flags("defaultImage", "isEtf", "isActivelyTrading", "isAdr", "isFund"),
        ),
    ),
)

DATASETS = (HISTORICAL_PRICE_EOD, QUOTE, COMPANY_PROFILE)
