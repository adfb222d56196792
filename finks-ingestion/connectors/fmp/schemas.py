"""The records of FMP: fields under FMP's own names, in FMP's order.

FMP writes whole numbers without a decimal point, hence a `Number` takes integers too. Texts stay
as FMP wrote them (`""` and `"NA"` included); silver makes them null.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from utils.rules import Bounds, Ordered
from utils.validation import Count, Day, Flag, Number, Record, Text

_ROUNDING = Decimal("0.0051")
"""Prices are rounded one by one, to cents at the coarsest: a close may miss the range by this."""
_HIGHEST_ADJUSTED = Decimal(10) ** 10
"""Adjusted prices before a series of reverse splits are real, and reach a billion dollars."""
_HIGHEST_PRICE = Decimal(10) ** 8
"""A hundred times the dearest share, in any currency."""
_ZERO = Decimal(0)
_ADJUSTED = Bounds(above=_ZERO, maximum=_HIGHEST_ADJUSTED)
_PRICE = Bounds(minimum=_ZERO, maximum=_HIGHEST_PRICE)
_SUM = Bounds(minimum=_ZERO, maximum=Decimal(10) ** 18)
_COUNT = Bounds(minimum=_ZERO)
_HIGH_BELOW_LOW = "{high} {high_value} is below {low} {low_value}"
_OUTSIDE = "{low} {low_value} is outside the day's range, which ends at {high} {high_value}"
_OUTSIDE_BELOW = "{high} {high_value} is outside the day's range, which begins at {low} {low_value}"


class Bar(Record):
    """A daily bar of `historical-price-eod/full`, adjusted for splits."""

    key: ClassVar = ("symbol", "date")
    required: ClassVar = ("close",)
    bounds: ClassVar = {
        **dict.fromkeys(("open", "high", "low", "close", "vwap"), _ADJUSTED),
        "volume": _COUNT,
    }
    rules: ClassVar = (
        Ordered("low", "high", reason=_HIGH_BELOW_LOW),
        *(Ordered(name, "high", _ROUNDING, _OUTSIDE) for name in ("open", "close")),
        *(Ordered("low", name, _ROUNDING, _OUTSIDE_BELOW) for name in ("open", "close")),
    )

    symbol: Text = None
    date: Day = None
    open: Number = None
    high: Number = None
    low: Number = None
    close: Number = None
    volume: Count = None
    change: Number = None
    changePercent: Number = None  # noqa: N815 (FMP's name)
    vwap: Number = None


class Quote(Record):
    """A quote of `quote` and `batch-quote`."""

    key: ClassVar = ("symbol", "timestamp")
    required: ClassVar = ("price",)
    bounds: ClassVar = {
        "price": Bounds(above=_ZERO, maximum=_HIGHEST_PRICE),
        **dict.fromkeys(("dayLow", "dayHigh", "yearLow", "yearHigh"), _PRICE),
        **dict.fromkeys(("priceAvg50", "priceAvg200", "open", "previousClose"), _PRICE),
        "marketCap": _SUM,
        "volume": _COUNT,
        "timestamp": Bounds(above=_ZERO),
    }
    rules: ClassVar = (
        Ordered("dayLow", "dayHigh", reason=_HIGH_BELOW_LOW),
        Ordered("yearLow", "yearHigh", reason=_HIGH_BELOW_LOW),
    )

    symbol: Text = None
    name: Text = None
    price: Number = None
    changePercentage: Number = None  # noqa: N815
    change: Number = None
    volume: Count = None
    dayLow: Number = None  # noqa: N815
    dayHigh: Number = None  # noqa: N815
    yearHigh: Number = None  # noqa: N815
    yearLow: Number = None  # noqa: N815
    marketCap: Number = None  # noqa: N815
    priceAvg50: Number = None  # noqa: N815
    priceAvg200: Number = None  # noqa: N815
    exchange: Text = None
    open: Number = None
    previousClose: Number = None  # noqa: N815
    timestamp: Count = None


class Profile(Record):
    """A company's profile of `profile` and `profile-bulk`."""

    key: ClassVar = ("symbol",)
    bounds: ClassVar = {
        "price": _PRICE,
        "marketCap": _SUM,
        "lastDividend": _PRICE,
        "volume": _COUNT,
        "averageVolume": _COUNT,
    }

    symbol: Text = None
    price: Number = None
    marketCap: Number = None  # noqa: N815
    beta: Number = None
    lastDividend: Number = None  # noqa: N815
    range: Text = None
    change: Number = None
    changePercentage: Number = None  # noqa: N815
    volume: Count = None
    averageVolume: Count = None  # noqa: N815
    companyName: Text = None  # noqa: N815
    currency: Text = None
    cik: Text = None
    isin: Text = None
    cusip: Text = None
    exchangeFullName: Text = None  # noqa: N815
    exchange: Text = None
    industry: Text = None
    website: Text = None
    description: Text = None
    ceo: Text = None
    sector: Text = None
    country: Text = None
    fullTimeEmployees: Text = None  # noqa: N815
    phone: Text = None
    address: Text = None
    city: Text = None
    state: Text = None
    zip: Text = None
    image: Text = None
    ipoDate: Day = None  # noqa: N815
    defaultImage: Flag = None  # noqa: N815
    isEtf: Flag = None  # noqa: N815
    isActivelyTrading: Flag = None  # noqa: N815
    isAdr: Flag = None  # noqa: N815
    isFund: Flag = None  # noqa: N815
