"""The daily figures of a portfolio, from gold's daily_portfolio_summary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from api.athena import literal, run
from api.errors import InvalidRequestError
from api.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient

TABLE = "daily_portfolio_summary"
COLUMNS = (
    *("date", "market_value", "cost_basis", "unrealized_pnl", "daily_pnl", "daily_return"),
    *("cumulative_return", "drawdown", "volatility_20d", "position_count", "top_symbol"),
    "top_weight",
)
MAX_DAYS = 3660
"""Ten years: a longer range is read in pieces."""
_PORTFOLIO = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_COLUMN_LIST = ", ".join(f'"{column}"' for column in COLUMNS)
_SQL = (
    f'SELECT {_COLUMN_LIST} FROM "{TABLE}"'  # noqa: S608 (constants; values are parameters)
    ' WHERE "portfolio_id" = ? AND "date" BETWEEN CAST(? AS date) AND CAST(? AS date)'
    ' ORDER BY "date"'
)


@dataclass(frozen=True)
class SummaryRequest:
    """Which days of which portfolio, both ends included."""

    portfolio_id: str
    first: date
    last: date


def parse(path: Mapping[str, str], query: Mapping[str, str]) -> SummaryRequest:
    """What is asked for; raises InvalidRequestError that names the parameter."""
    unknown = sorted(query.keys() - {"from", "to"})
    if unknown:
        raise InvalidRequestError(f"{', '.join(unknown)} is no parameter; there are from and to")
    portfolio_id = path.get("portfolio_id", "")
    if not _PORTFOLIO.fullmatch(portfolio_id):
        raise InvalidRequestError(
            "portfolio_id has to be 1 to 64 letters, digits, - or _, starting with one of the first"
        )
    first, last = _date(query, "from"), _date(query, "to")
    if first > last:
        raise InvalidRequestError(f"from ({first}) is after to ({last})")
    days = (last - first).days + 1
    if days > MAX_DAYS:
        raise InvalidRequestError(f"from and to span {days} days; ask for {MAX_DAYS} at most")
    return SummaryRequest(portfolio_id, first, last)


def summary(client: AthenaClient, settings: Settings, request: SummaryRequest) -> dict[str, Any]:
    """The figures by day; days that gold does not have are not in the list.

    Raises what api.athena.run raises.
    """
    parameters = [
        literal(request.portfolio_id),
        literal(request.first.isoformat()),
        literal(request.last.isoformat()),
    ]
    return {
        "portfolio_id": request.portfolio_id,
        "from": request.first.isoformat(),
        "to": request.last.isoformat(),
        "currency": "USD",
        "days": run(client, settings, _SQL, parameters),
    }


def _date(query: Mapping[str, str], name: str) -> date:
    text = query.get(name, "")
    if not text:
        raise InvalidRequestError(f"{name} is missing; give a date such as 2013-03-01")
    try:
        # fromisoformat alone would take 20130301 and 2013-W09-5 as well.
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidRequestError(f"{name} has to be a date such as 2013-03-01")
