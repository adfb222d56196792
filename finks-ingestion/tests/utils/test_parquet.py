"""Files of bronze: sorted, exact, with the statistics that let readers skip."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.fmp.schemas import Bar, Profile, Quote
from utils import parquet
from utils.arrow import NUMBER, bronze_schema, record_schema, to_table
from utils.manifests import MANIFEST_VERSION
from utils.validation import DIGITS, EXTRA, SCALE, Record, Row

FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=60)
START = date(2013, 2, 1)
NUMBERS = st.integers(1 - 10**DIGITS, 10**DIGITS - 1).map(
    lambda digits: Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -SCALE))
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["AAPL", "BRK-B", "a", "\u00fc", "\U0001f600"]),
        st.integers(0, 5),
        st.none() | NUMBERS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.text(st.characters(codec="utf-8"), max_size=4),
    ),
    unique_by=lambda row: row[:2],
    min_size=1,
    max_size=12,
)


def bars(rows: list[tuple[Any, ...]]) -> pa.Table:
    empty = dict.fromkeys((*Bar.model_fields, EXTRA))
    made: list[Row] = [
        empty
        | {"symbol": s, "date": START + timedelta(n), "change": price, "volume": v, EXTRA: text}
        for s, n, price, v, text in rows
    ]
    return to_table(made, record_schema(Bar))


def file(table: pa.Table) -> pq.ParquetFile:
    body = parquet.encode(table, ["date", "symbol"], {"run_id": "run-1"})
    return pq.ParquetFile(pa.BufferReader(body))


@FIXED
@given(rows=ROWS)
def test_what_is_read_is_what_was_written_sorted(rows: list[tuple[Any, ...]]) -> None:
    table = bars(rows)

    read = parquet.decode(parquet.encode(table, ["date", "symbol"], {}))

    assert read.schema.equals(table.schema)
    # By the bytes of the texts, which for UTF-8 is the order of the characters.
    expected = sorted(table.to_pylist(), key=lambda row: (row["date"], row["symbol"]))
    assert read.to_pylist() == expected


def test_the_same_rows_are_the_same_bytes() -> None:
    rows = [(s, n, Decimal("1.5"), 7, None) for s in ("B", "A") for n in range(3)]

    first, second = (parquet.encode(bars(r), ["date", "symbol"], {}) for r in (rows, rows[::-1]))

    assert first == second


def test_a_file_says_what_it_is() -> None:
    found = file(bars([("AAPL", 0, Decimal(1), 1, None)]))

    assert found.schema_arrow.metadata == {
        b"finks.schema_version": str(MANIFEST_VERSION).encode(),
        b"finks.run_id": b"run-1",
    }
    group = found.metadata.row_group(0)
    assert {group.column(n).compression for n in range(group.num_columns)} == {"ZSTD"}
    assert [column.column_index for column in group.sorting_columns] == [1, 0]


def test_a_reader_of_one_date_skips_groups_by_their_statistics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 10)
    rows = [(f"S{s:02}", n, Decimal(s), s, None) for s in range(20) for n in range(4)]

    found = file(bars(rows)).metadata

    assert found.num_row_groups == 8
    for number in range(found.num_row_groups):
        column = found.row_group(number).column(1)
        assert column.statistics is not None
        assert column.statistics.min == column.statistics.max == START + timedelta(number // 2)
        assert column.has_column_index
        assert column.has_offset_index


def test_some_columns_of_a_file() -> None:
    body = parquet.encode(bars([("AAPL", 0, Decimal(1), 1, None)]), ["date"], {})

    assert parquet.decode(body, ["date", "symbol"]).column_names == ["date", "symbol"]


@pytest.mark.parametrize("model", [Bar, Quote, Profile])
def test_columns_are_those_of_the_model(model: type[Record]) -> None:
    schema = bronze_schema(model)

    assert schema.names == [*model.model_fields, EXTRA, "_ingested_at", "_run_id"]
    required = [field.name for field in schema if not field.nullable]
    assert set(required) == {*model.key, "_ingested_at", "_run_id"}
    counts = {"volume", "averageVolume", "timestamp"}
    for field in schema:
        assert field.type in (NUMBER, pa.int64()) or not pa.types.is_decimal(field.type)
        assert not pa.types.is_floating(field.type), field.name
        assert (field.type == pa.int64()) == (field.name in counts)


def test_texts_with_quotes_and_line_breaks_are_kept() -> None:
    extra = json.dumps({"a": 'x"\n,'})
    read = parquet.decode(parquet.encode(bars([("A", 0, None, None, extra)]), ["date"], {}))

    assert read[EXTRA].to_pylist() == [extra]
