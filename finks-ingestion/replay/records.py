"""FMP's records, computed from bars: field names, order, types and rounding are FMP's.

Prices carry up to four decimals, percentages five. FMP writes whole numbers without a decimal
point, so the same field is an integer one day and a fraction the next: a client has to take
both, and therefore gets both here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from replay.clones import company_of
from replay.companies import Company
from replay.prices import Bar

NEW_YORK = ZoneInfo("America/New_York")
CLOSING_BELL = time(16, 0)
PRICE_PLACES = 4
PERCENT_PLACES = 5
AVERAGE_VOLUME_DAYS = 50
Record = dict[str, Any]


def history_record(symbol: str, bar: Bar) -> Record:
    """A record of `historical-price-eod/full`; `change` is close less open of the same day."""
    change = bar.close - bar.open
    return {
        "symbol": symbol,
        "date": bar.day.isoformat(),
        "open": _number(bar.open),
        "high": _number(bar.high),
        "low": _number(bar.low),
        "close": _number(bar.close),
        "volume": bar.volume,
        "change": _number(change),
        "changePercent": _percent(change, bar.open),
        "vwap": _number((bar.high + bar.low + bar.close) / 3, places=2),
    }


def quote_record(symbol: str, bars: Sequence[Bar]) -> Record:
    """A record of `quote` after the close of the last of `bars` (oldest first, at least one)."""
    company, bar = company_of(symbol), bars[-1]
    previous_close = bars[-2].close if len(bars) > 1 else None
    change = None if previous_close is None else bar.close - previous_close
    year = _last_year(bars)
    return {
        "symbol": symbol,
        "name": company.companyName,
        "price": _number(bar.close),
        "changePercentage": _percent(change, previous_close),
        "change": _number(change),
        "volume": bar.volume,
        "dayLow": _number(bar.low),
        "dayHigh": _number(bar.high),
        "yearHigh": _number(max(b.high for b in year)),
        "yearLow": _number(min(b.low for b in year)),
        "marketCap": _market_cap(company, bar),
        "priceAvg50": _number(_mean([b.close for b in bars[-50:]])),
        "priceAvg200": _number(_mean([b.close for b in bars[-200:]])),
        "exchange": company.exchange,
        "open": _number(bar.open),
        "previousClose": _number(previous_close),
        "timestamp": int(datetime.combine(bar.day, CLOSING_BELL, NEW_YORK).timestamp()),
    }


def profile_record(symbol: str, bars: Sequence[Bar]) -> Record:
    """A record of `profile` after the close of the last of `bars` (oldest first)."""
    company, quote = company_of(symbol), quote_record(symbol, bars)
    volumes = [Decimal(bar.volume) for bar in bars[-AVERAGE_VOLUME_DAYS:]]
    return {
        "symbol": symbol,
        "price": quote["price"],
        "marketCap": quote["marketCap"],
        "beta": None,
        "lastDividend": _number(Decimal(str(company.last_dividend))),
        "range": f"{quote['yearLow']}-{quote['yearHigh']}",
        "change": quote["change"],
        "changePercentage": quote["changePercentage"],
        "volume": quote["volume"],
        "averageVolume": int(_mean(volumes)),
        "companyName": company.companyName,
        "currency": company.currency,
        "cik": company.cik,
        "isin": company.isin,
        "cusip": company.cusip,
        "exchangeFullName": company.exchangeFullName,
        "exchange": company.exchange,
        "industry": company.industry,
        "website": company.website,
        "description": company.description,
        "ceo": company.ceo,
        "sector": company.sector,
        "country": company.country,
        "fullTimeEmployees": company.fullTimeEmployees,
        "phone": company.phone,
        "address": company.address,
        "city": company.city,
        "state": company.state,
        "zip": company.zip,
        "image": f"https://images.financialmodelingprep.com/symbol/{symbol}.png",
        "ipoDate": company.ipoDate,
        "defaultImage": False,
        "isEtf": False,
        "isActivelyTrading": True,
        "isAdr": False,
        "isFund": False,
    }


def search_record(symbol: str) -> Record:
    """A record of `search-symbol`."""
    company = company_of(symbol)
    return {
        "symbol": symbol,
        "name": company.companyName,
        "currency": company.currency,
        "exchangeFullName": company.exchangeFullName,
        "exchange": company.exchange,
    }


def _last_year(bars: Sequence[Bar]) -> Sequence[Bar]:
    """The bars of the 52 weeks that end with the last one."""
    start = date.fromordinal(bars[-1].day.toordinal() - 52 * 7 + 1)
    return [bar for bar in bars[-270:] if bar.day >= start]


def _market_cap(company: Company, bar: Bar) -> int | float | None:
    return _number(bar.close * company.shares_outstanding)


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def _percent(change: Decimal | None, base: Decimal | None) -> int | float | None:
    if change is None or not base:
        return None
    return _number(change / base * 100, places=PERCENT_PLACES)


def _number(value: Decimal | None, places: int = PRICE_PLACES) -> int | float | None:
    """As FMP writes it: rounded, and without a decimal point when whole."""
    if value is None:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
