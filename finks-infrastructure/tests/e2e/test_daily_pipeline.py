"""The whole platform on one machine: what a user starts, and every figure that comes out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from blueprint.demo import REPLAY_TODAY, SYMBOLS, TRADING_DAYS
from local import report
from local.athena import Row, query
from tests.e2e import expected
from tests.e2e.conftest import Stack
from tests.e2e.restating import restated

pytestmark = pytest.mark.timeout(900)

FIRST = date(2013, 1, 17)
MONEY = ("market_value", "cost_basis", "unrealized_pnl", "daily_pnl")
RATIOS = ("daily_return", "cumulative_return", "drawdown", "volatility_20d", "top_weight")
RELATIVE_ERROR = 1e-9


def gold(stack: Stack) -> dict[tuple[str, date], Row]:
    """The whole published table by its key."""
    table = f"{stack.settings.names.database('gold')}.{report.GOLD_TABLE}"
    rows = query(stack.settings, f"SELECT * FROM {table}")
    keyed = {(str(row["portfolio_id"]), date.fromisoformat(str(row["date"]))): row for row in rows}
    assert len(keyed) == len(rows), "the key (portfolio_id, date) is not unique"
    return keyed


def closes(first: date) -> pd.DataFrame:
    """The prices of all that is loaded."""
    return expected.closes(SYMBOLS, first, REPLAY_TODAY)


def assert_equals_pandas(found: dict[tuple[str, date], Row], prices: pd.DataFrame) -> None:
    """Every row and every figure against the independent computation."""
    wanted = expected.summary(prices, expected.holdings())
    assert sorted(found) == sorted(wanted)
    for key, figures in wanted.items():
        assert_row(key, found[key], figures)


def assert_row(key: tuple[str, date], row: Row, figures: dict[str, Any]) -> None:
    for column in MONEY:
        value = figures[column]
        assert (None if row[column] is None else Decimal(str(row[column]))) == value, (key, column)
    for column in RATIOS:
        value = figures[column]
        if value is None:
            assert row[column] is None, (key, column)
        else:
            assert float(str(row[column])) == pytest.approx(value, rel=RELATIVE_ERROR, abs=1e-12), (
                key,
                column,
            )
    assert row["position_count"] == str(figures["position_count"]), key
    assert row["top_symbol"] == figures["top_symbol"], key


def test_start_runs_the_demo_and_prints_the_summary(stack: Stack) -> None:
    assert report.GOLD_TABLE in stack.start_output
    assert REPLAY_TODAY.isoformat() in stack.start_output
    assert stack.settings.prefect_url in stack.start_output


def test_every_zone_holds_the_demo_window(stack: Stack) -> None:
    rows = {(zone.zone, zone.name): zone for zone in report.zones(stack.settings)}
    for key in (("bronze", "historical_price_eod"), ("silver", "fmp_quotes")):
        assert rows[key].rows >= TRADING_DAYS * len(SYMBOLS)
        assert rows[key].last == REPLAY_TODAY.isoformat()
    assert rows["silver", "fmp_company_profiles"].rows == len(SYMBOLS)
    assert rows["gold", report.GOLD_TABLE].rows >= 2 * TRADING_DAYS


def test_an_earlier_day_and_a_forced_rerun_leave_every_figure_right(stack: Stack) -> None:
    assert_equals_pandas(gold(stack), closes(FIRST))

    # A rerun in the middle, fetched anew, changes nothing.
    before = gold(stack)
    rerun = stack.run("pipeline", "--date", "2013-02-15", "--force")
    assert rerun.returncode == 0, rerun.stdout + rerun.stderr
    assert gold(stack) == before

    # A day before the first restates every figure that chains over the days.
    earlier = stack.run("pipeline", "--date", "2013-01-16")
    assert earlier.returncode == 0, earlier.stdout + earlier.stderr
    assert_equals_pandas(gold(stack), closes(date(2013, 1, 16)))


def test_a_restated_history_reaches_gold_with_the_run_of_another_day(stack: Stack) -> None:
    days = (date(2013, 1, 22), date(2013, 1, 23))
    prices = closes(min(day for _, day in gold(stack)))
    with restated(stack.settings, "AAPL", days):
        run = stack.run("pipeline", "--date", REPLAY_TODAY.isoformat())
        assert run.returncode == 0, run.stdout + run.stderr
        assert "2 other dates restated (2013-01-22..2013-01-23)" in run.stdout
        halved = prices.copy()
        halved["AAPL"] = [
            price / 2 if day in days else price for day, price in prices["AAPL"].items()
        ]
        assert_equals_pandas(gold(stack), halved)

    back = stack.run("pipeline", "--date", REPLAY_TODAY.isoformat())
    assert back.returncode == 0, back.stdout + back.stderr
    assert_equals_pandas(gold(stack), prices)


def test_a_second_start_is_quick_and_changes_nothing(stack: Stack) -> None:
    before = gold(stack)
    again = stack.run("start")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Pipeline" not in again.stdout
    assert "unchanged" in again.stdout
    assert gold(stack) == before


def test_validate_stack_passes(stack: Stack) -> None:
    result = stack.module("tests.validate_stack")
    print(result.stdout)
    assert result.returncode == 0, result.stdout
