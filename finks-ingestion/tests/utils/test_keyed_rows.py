"""Rows by key: order, the first of each key, and blocks that have left Python."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from utils.arrow import NUMBER
from utils.keyed_rows import KeyedRows

FIELDS: Any = [("symbol", pa.string()), ("day", pa.int64()), ("price", NUMBER)]
SCHEMA = pa.schema(FIELDS)


def row(symbol: str, day: int, price: str) -> dict[str, Any]:
    return {"symbol": symbol, "day": day, "price": Decimal(price)}


@pytest.mark.parametrize("under_way", [1, 2, 3, 100])
def test_of_each_key_the_first_row_counts(under_way: int) -> None:
    rows = KeyedRows(SCHEMA, ["symbol", "day"], under_way)
    first = [row("IBM", 1, "1.5"), row("IBM", 2, "2"), row("AAPL", 1, "3"), row("AAPL", 2, "4")]

    assert [rows.add(each) for each in first] == [None] * 4
    assert rows.add(row("IBM", 1, "9")) == first[0]
    assert rows.add(row("AAPL", 2, "9")) == first[3]
    assert rows.table().to_pylist() == first
    assert rows.table().schema == SCHEMA


def test_no_rows_are_a_table_too() -> None:
    assert KeyedRows(SCHEMA, ["symbol"]).table().equals(SCHEMA.empty_table())
