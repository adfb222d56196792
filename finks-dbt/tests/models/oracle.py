"""daily_portfolio_summary by the letter of its definitions: plain loops, exact decimals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Closes = Mapping[tuple[str, str], str | None]
Holding = tuple[str, str, str, str, str, str | None]
_MICRO = Decimal("0.000001")


def summary(closes: Closes, holdings: Sequence[Holding]) -> list[dict[str, Any]]:
    """Rows by (portfolio_id, date); `closes` by (symbol, ISO day), its days are trading days."""
    days = sorted({day for _, day in closes})
    rows: list[dict[str, Any]] = []
    for portfolio in sorted({holding[0] for holding in holdings}):
        rows += _portfolio(portfolio, days, closes, holdings)
    return rows


def _portfolio(
    portfolio: str, days: Sequence[str], closes: Closes, holdings: Sequence[Holding]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    index, highest, returns = 1.0, 0.0, list[float]()
    for day in days:
        held = [
            (symbol, Decimal(quantity), Decimal(cost))
            for owner, symbol, quantity, cost, start, end in holdings
            if owner == portfolio and start <= day and (end is None or day < end)
        ]
        if not held or any(closes.get((symbol, day)) is None for symbol, _, _ in held):
            continue
        values = {symbol: quantity * _close(closes, symbol, day) for symbol, quantity, _ in held}
        market_value = sum(values.values(), Decimal(0))
        before = [_previous(closes, symbol, day, days) for symbol, _, _ in held]
        pnl, change = None, None
        if None not in before:
            base = sum((q * p for (_, q, _), p in zip(held, before, strict=True) if p), Decimal(0))
            pnl, change = market_value - base, float((market_value - base) / base)
            returns.append(change)
        index *= 1 + (change or 0.0)
        highest = max(highest, index)
        top = min(values, key=lambda symbol: (-values[symbol], symbol))
        cost_basis = sum((quantity * cost for _, quantity, cost in held), Decimal(0))
        rows.append(
            {
                "portfolio_id": portfolio,
                "date": day,
                "market_value": _money(market_value),
                "cost_basis": _money(cost_basis),
                "unrealized_pnl": _money(market_value) - _money(cost_basis),
                "daily_pnl": None if pnl is None else _money(pnl),
                "daily_return": change,
                "cumulative_return": index - 1,
                "drawdown": index / highest - 1,
                "volatility_20d": statistics.stdev(returns[-20:]) * math.sqrt(252)
                if len(returns) >= 20
                else None,
                "position_count": len(held),
                "top_symbol": top,
                "top_weight": float(values[top] / market_value),
            }
        )
    return rows


def _close(closes: Closes, symbol: str, day: str) -> Decimal:
    close = closes[symbol, day]
    assert close is not None
    return Decimal(close)


def _previous(closes: Closes, symbol: str, day: str, days: Sequence[str]) -> Decimal | None:
    earlier = [d for d in days if d < day and closes.get((symbol, d)) is not None]
    return _close(closes, symbol, earlier[-1]) if earlier else None


def _money(value: Decimal) -> Decimal:
    return value.quantize(_MICRO, ROUND_HALF_UP)
