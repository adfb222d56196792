from __future__ import annotations

import math
import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.models.oracle import Closes, Holding, summary
from tests.models.warehouse import Row, Warehouse

HOLDINGS: list[Holding] = [
    ("growth", "AAA", "100", "55.5", "2020-01-01", None),
    ("growth", "BBB", "12.3456", "7.654321", "2020-01-01", "2020-02-12"),
    ("growth", "CCC", "40", "20", "2020-02-12", None),
    ("income", "CCC", "10", "21", "2020-01-15", "2020-02-03"),
    ("income", "CCC", "17.5", "22", "2020-02-03", None),
    ("income", "DDD", "3", "80", "2020-01-20", None),
]
DAYS = [
    day.isoformat()
    for day in (date(2020, 1, 2) + timedelta(days=n) for n in range(70))
    if day.weekday() < 5
]


def prices() -> dict[tuple[str, str], str | None]:
    """A random walk; DDD begins late, BBB lacks a day, CCC's close of one is null."""
    generator = random.Random(20130301)  # noqa: S311
    closes: dict[tuple[str, str], str | None] = {}
    for symbol, price in (("AAA", 60.0), ("BBB", 8.0), ("CCC", 20.0), ("DDD", 80.0)):
        for day in DAYS:
            price *= math.exp(generator.gauss(0, 0.03))
            closes[symbol, day] = f"{price:.6f}"
    for day in DAYS:
        if day < "2020-01-22":
            closes["DDD", day] = None
    del closes["BBB", DAYS[10]]
    closes["CCC", DAYS[25]] = None
    return closes


@pytest.fixture
def warehouse() -> Warehouse:
    made = Warehouse()
    made.holdings(HOLDINGS)
    return made


def publish(warehouse: Warehouse, closes: Closes, days: Iterable[str] | None = None) -> None:
    wanted = None if days is None else set(days)
    warehouse.quotes(
        (symbol, day, close)
        for (symbol, day), close in closes.items()
        if wanted is None or day in wanted
    )


def assert_same(rows: list[Row], expected: list[dict[str, Any]]) -> None:
    assert [(row["portfolio_id"], row["date"].isoformat()) for row in rows] == [
        (row["portfolio_id"], row["date"]) for row in expected
    ]
    for row, wanted in zip(rows, expected, strict=True):
        for name, value in wanted.items():
            if isinstance(value, float):
                assert row[name] == pytest.approx(value, abs=1e-12), (name, wanted)
            elif name != "date":
                assert row[name] == value, (name, wanted)


def test_one_run_over_everything_follows_the_definitions(warehouse: Warehouse) -> None:
    publish(warehouse, prices())
    warehouse.run()
    rows = warehouse.rows()
    assert_same(rows, summary(prices(), HOLDINGS))
    assert sum(row["volatility_20d"] is not None for row in rows) > 20


def test_day_by_day_equals_one_run(warehouse: Warehouse) -> None:
    closes = prices()
    for day in DAYS:
        publish(warehouse, closes, [day])
        warehouse.run(day)
    increments = warehouse.rows()
    assert_same(increments, summary(closes, HOLDINGS))
    warehouse.run()
    assert warehouse.rows() == increments
    warehouse.run(full_refresh=True)
    assert warehouse.rows() == increments


def test_rerun_of_a_middle_day_changes_nothing(warehouse: Warehouse) -> None:
    publish(warehouse, prices())
    warehouse.run(DAYS[0])
    before = warehouse.rows()
    candidate = warehouse.run(DAYS[30])
    assert {row["date"].isoformat() for row in candidate} == set(DAYS[30:])
    assert warehouse.rows() == before


def test_days_before_the_first_one_move_the_whole_chain(warehouse: Warehouse) -> None:
    closes = prices()
    publish(warehouse, closes, DAYS[20:])
    warehouse.run(DAYS[20])
    publish(warehouse, closes, DAYS[:20])
    warehouse.run(DAYS[40])  # even when the run was not asked to begin so early
    assert_same(warehouse.rows(), summary(closes, HOLDINGS))


def test_corrected_price_before_the_start_is_published_too(warehouse: Warehouse) -> None:
    closes = prices()
    publish(warehouse, closes)
    warehouse.run()
    closes["AAA", DAYS[5]] = "61"
    warehouse.database.execute(
        f"update fmp_quotes set close = 61 where symbol = 'AAA' and date = '{DAYS[5]}'"
    )
    warehouse.run(DAYS[-1])
    assert_same(warehouse.rows(), summary(closes, HOLDINGS))


def test_changed_holdings_take_rows_away_and_correct_the_rest(warehouse: Warehouse) -> None:
    closes = prices()
    publish(warehouse, closes)
    warehouse.run()
    changed = [holding for holding in HOLDINGS if holding[0] == "growth" and holding[1] != "AAA"]
    changed.append(("growth", "AAA", "50", "55.5", "2020-01-10", "2020-03-02"))
    warehouse.holdings(changed)
    candidate = warehouse.run(DAYS[-1])
    assert {row["status"] for row in candidate if row["portfolio_id"] == "income"} == {"withdrawn"}
    assert_same(warehouse.rows(), summary(closes, changed))


def test_missing_close_blocks_the_row_and_is_named(warehouse: Warehouse) -> None:
    closes = prices()
    publish(warehouse, closes)
    warehouse.run()
    assert sorted(
        (row["portfolio_id"], row["date"].isoformat(), row["symbol"])
        for row in warehouse.data_test("blocked_portfolio_days")
    ) == [
        ("growth", DAYS[10], "BBB"),
        ("income", "2020-01-20", "DDD"),
        ("income", "2020-01-21", "DDD"),
        ("income", DAYS[25], "CCC"),
    ]


def test_row_that_becomes_blocked_disappears_and_comes_back(warehouse: Warehouse) -> None:
    closes = prices()
    publish(warehouse, closes)
    warehouse.run()
    before = warehouse.rows()
    day, close = DAYS[35], closes["AAA", DAYS[35]]
    where = f"where symbol = 'AAA' and date = '{day}'"
    warehouse.database.execute(f"delete from fmp_quotes {where}")
    del closes["AAA", day]
    warehouse.run(day)
    assert_same(warehouse.rows(), summary(closes, HOLDINGS))
    warehouse.quotes([("AAA", day, close)])
    warehouse.run(day)
    assert warehouse.rows() == before


def test_blocked_days_before_the_start_are_not_reported_again(warehouse: Warehouse) -> None:
    publish(warehouse, prices())
    warehouse.run()
    warehouse.run(DAYS[-1])
    assert warehouse.data_test("blocked_portfolio_days") == []


def test_previous_close_is_the_last_one_whatever_the_gap(warehouse: Warehouse) -> None:
    warehouse.holdings([("p", "AAA", "10", "1", "2020-01-01", None)])
    warehouse.quotes([("AAA", "2020-01-02", "10"), ("BBB", "2020-06-01", "5")])
    warehouse.quotes([("AAA", "2020-12-01", "12")])
    warehouse.run()
    last = warehouse.rows()[-1]
    assert (last["daily_pnl"], last["daily_return"]) == (Decimal(20), pytest.approx(0.2))


def test_ties_for_the_top_go_to_the_first_symbol(warehouse: Warehouse) -> None:
    warehouse.holdings(
        [
            ("p", "BBB", "1", "1", "2020-01-01", None),
            ("p", "AAA", "2", "1", "2020-01-01", None),
        ]
    )
    warehouse.quotes([("BBB", "2020-01-02", "20"), ("AAA", "2020-01-02", "10")])
    warehouse.run()
    (row,) = warehouse.rows()
    assert (row["top_symbol"], row["top_weight"]) == ("AAA", 0.5)


def test_portfolio_that_lost_everything_has_figures(warehouse: Warehouse) -> None:
    warehouse.holdings([("p", "AAA", "1", "1", "2020-01-01", None)])
    warehouse.quotes(
        [("AAA", "2020-01-02", "4"), ("AAA", "2020-01-03", "0"), ("AAA", "2020-01-06", "0")]
    )
    warehouse.run()
    assert [(row["cumulative_return"], row["drawdown"]) for row in warehouse.rows()] == [
        (0.0, 0.0),
        (-1.0, -1.0),
        (-1.0, -1.0),
    ]


def test_large_money_is_exact(warehouse: Warehouse) -> None:
    warehouse.holdings([("p", "AAA", "1234567.891234", "9.999999", "2020-01-01", None)])
    warehouse.quotes([("AAA", "2020-01-02", "654321.123456"), ("AAA", "2020-01-03", "0.000001")])
    warehouse.run()
    first, second = warehouse.rows()
    assert first["market_value"] == Decimal("807803849574.935694")
    assert second["market_value"] == Decimal("1.234568")
    assert second["daily_pnl"] == Decimal("-807803849573.701126")


def test_no_quotes_at_all_give_no_rows(warehouse: Warehouse) -> None:
    assert warehouse.run() == []
    assert warehouse.rows() == []
