"""The market clock: the one place that says which day it is on the market."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from utils.dates import parse_date

NEW_YORK = ZoneInfo("America/New_York")


def market_today(environment: Mapping[str, str]) -> date:
    """FINKS_TODAY, or today's date in New York when it is unset or empty.

    Raises ValueError when FINKS_TODAY is no date.
    """
    setting = environment.get("FINKS_TODAY", "").strip()
    return parse_date(setting) if setting else datetime.now(NEW_YORK).date()


def utc_now() -> datetime:
    """The system clock in UTC: for technical time stamps, never for a market date."""
    return datetime.now(UTC)
