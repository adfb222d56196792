"""An independent computation of daily_portfolio_summary, in pandas, straight from the price file.

Nothing here is shared with the platform: prices come from bokeh-sampledata's own table, holdings
from the seed file, and the figures are computed by their definitions, day by day.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from bokeh_sampledata import stocks

SEED = Path(__file__).parents[3] / "finks-dbt" / "seeds" / "portfolio_holdings.csv"
TRADING_DAYS_A_YEAR = 252
VOLATILITY_RETURNS = 20


def closes(symbols: tuple[str, ...], first: date, last: date) -> pd.DataFrame:
    """Closing prices as decimals: one row a day, one column a symbol.

    The window has to lie behind the last split (2005), since the file is not adjusted for splits.
    """
    columns = {}
    for symbol in symbols:
        prices = getattr(stocks, symbol)
        days = pd.to_datetime(pd.Series(prices["date"])).dt.date
        columns[symbol] = pd.Series([Decimal(str(price)) for price in prices["close"]], index=days)
    table = pd.DataFrame(columns)
    return table[(table.index >= first) & (table.index <= last)].sort_index()


def holdings() -> pd.DataFrame:
    """The seed: quantity and cost basis as decimals, validity as dates (None for open)."""
    table = pd.read_csv(SEED, dtype=str)
    for column in ("quantity", "cost_basis_per_share"):
        table[column] = table[column].map(Decimal)
    for column in ("valid_from", "valid_to"):
        table[column] = [
            None if pd.isna(value) else date.fromisoformat(value) for value in table[column]
        ]
    return table


def summary(prices: pd.DataFrame, held: pd.DataFrame) -> dict[tuple[str, date], dict[str, Any]]:
    """Every figure by (portfolio_id, date); money as Decimal, ratios as float, null as None."""
    rows: dict[tuple[str, date], dict[str, Any]] = {}
    for portfolio in sorted(held["portfolio_id"].unique()):
        positions = held[held["portfolio_id"] == portfolio]
        index, peak = 1.0, 0.0
        returns: list[float] = []
        for day in prices.index:
            valid = [
                (row.symbol, row.quantity, row.cost_basis_per_share)
                for row in positions.itertuples()
                if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
            ]
            today = {symbol: prices[symbol].loc[day] for symbol, _, _ in valid}
            if not valid or any(pd.isna(price) for price in today.values()):
                continue
            values = {symbol: quantity * today[symbol] for symbol, quantity, _ in valid}
            value = sum(values.values(), Decimal(0))
            cost = sum((quantity * basis for _, quantity, basis in valid), Decimal(0))
            pnl, change = _change(prices, day, valid)
            if change is not None:
                returns.append(change)
                index *= 1 + change
            peak = max(peak, index)
            top = min(values, key=lambda symbol: (-values[symbol], symbol))
            rows[portfolio, day] = {
                "market_value": value,
                "cost_basis": cost,
                "unrealized_pnl": value - cost,
                "daily_pnl": pnl,
                "daily_return": change,
                "cumulative_return": index - 1,
                "drawdown": index / peak - 1,
                "volatility_20d": _volatility(returns),
                "position_count": len(valid),
                "top_symbol": top,
                "top_weight": float(values[top] / value),
            }
    return rows


def _change(
    prices: pd.DataFrame, day: date, valid: list[tuple[str, Decimal, Decimal]]
) -> tuple[Decimal | None, float | None]:
    pnl = before = Decimal(0)
    for symbol, quantity, _ in valid:
        earlier = prices[symbol].loc[prices.index < day].dropna()
        if earlier.empty:
            return None, None
        previous = earlier.iloc[-1]
        pnl += quantity * (prices[symbol].loc[day] - previous)
        before += quantity * previous
    return pnl, float(pnl / before)


def _volatility(returns: list[float]) -> float | None:
    if len(returns) < VOLATILITY_RETURNS:
        return None
    newest = pd.Series(returns[-VOLATILITY_RETURNS:])
    return float(newest.std(ddof=1)) * math.sqrt(TRADING_DAYS_A_YEAR)
