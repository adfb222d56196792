from __future__ import annotations

import pytest

from tests.models.oracle import Holding
from tests.models.warehouse import Warehouse

KEY = ["portfolio_id", "symbol"]


def overlaps(*holdings: Holding) -> int:
    warehouse = Warehouse()
    warehouse.holdings(holdings)
    return len(
        warehouse.generic_test(
            "no_overlapping_periods",
            model="portfolio_holdings",
            key=KEY,
            valid_from="valid_from",
            valid_to="valid_to",
        )
    )


def test_periods_that_touch_do_not_overlap() -> None:
    assert not overlaps(
        ("p", "AAA", "1", "1", "2020-01-01", "2020-02-01"),
        ("p", "AAA", "2", "1", "2020-02-01", None),
        ("p", "BBB", "1", "1", "2020-01-01", None),
        ("q", "AAA", "1", "1", "2020-01-01", None),
    )


@pytest.mark.parametrize(
    ("second_from", "second_to"),
    [("2020-01-31", None), ("2020-01-01", "2020-01-02"), ("2020-01-10", "2020-01-11")],
)
def test_overlapping_periods_are_found(second_from: str, second_to: str | None) -> None:
    assert overlaps(
        ("p", "AAA", "1", "1", "2020-01-01", "2020-02-01"),
        ("p", "AAA", "2", "1", second_from, second_to),
    )


def test_open_period_overlaps_every_later_one() -> None:
    assert overlaps(
        ("p", "AAA", "1", "1", "2020-01-01", None),
        ("p", "AAA", "2", "1", "2021-01-01", "2021-01-02"),
    )


def test_keys_that_stand_twice_are_found() -> None:
    warehouse = Warehouse()
    warehouse.quotes([("AAA", "2020-01-02", "1"), ("AAA", "2020-01-02", "2")])
    warehouse.quotes([("AAA", "2020-01-03", "1")])
    rows = warehouse.generic_test(
        "unique_combination", model="fmp_quotes", columns=["symbol", "date"]
    )
    assert [row["row_count"] for row in rows] == [2]


def test_expression_that_is_false_or_null_is_found() -> None:
    warehouse = Warehouse()
    warehouse.quotes([("AAA", "2020-01-02", "1"), ("BBB", "2020-01-02", "-1")])
    warehouse.quotes([("CCC", "2020-01-02", None)])
    rows = warehouse.generic_test("expression_is_true", model="fmp_quotes", expression="close > 0")
    assert sorted(row["symbol"] for row in rows) == ["BBB", "CCC"]
