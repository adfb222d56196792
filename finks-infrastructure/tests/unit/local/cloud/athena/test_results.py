from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from local.cloud.athena import results, sql_types
from local.cloud.athena.outcome import Outcome, lines, written
from local.cloud.athena.session import Session
from local.cloud.athena.sql_types import Type


@pytest.fixture
def session() -> Session:
    nothing: Any = SimpleNamespace()
    return Session("id", "", "", duckdb.connect(":memory:"), nothing, nothing, nothing)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (True, "boolean", "true"),
        (1.5e10, "double", "1.5E10"),
        (0.10000000149011612, "float", "0.1"),
        (Decimal("1.50"), "decimal(3,2)", "1.50"),
        (Decimal("1E+3"), "decimal(4,0)", "1000"),
        (
            datetime.datetime.fromisoformat("2020-01-01 10:00:00.123456"),
            "timestamp",
            "2020-01-01 10:00:00.123456",
        ),
        ([1, None, [2]], "array<int>", "[1, null, [2]]"),
        ([("a", 1)], "map<string,int>", "{a=1}"),
        ({"x": 1, "y": None}, "struct<x:int,y:int>", "{x=1, y=null}"),
        (b"\x00\xff", "binary", "00 ff"),
    ],
)
def test_texts(value: object, kind: str, text: str) -> None:
    assert results.text_of(value, sql_types.from_hive(kind)) == text


def test_pages_of_any_size_give_all_rows(session: Session, tmp_path: Path) -> None:
    values = ['a"b', None, "", "line\nbreak", ",", '"', "\n", "é", '",\n"'] * 3
    batch = pa.RecordBatch.from_pydict({"x": values, "y": list(range(len(values)))})
    columns = (("x", Type("varchar")), ("y", Type("bigint")))
    outcome = Outcome("DML", "SELECT", columns, [batch])
    data, metadata = tmp_path / "r.csv", tmp_path / "r.csv.metadata"
    assert results.write(session, outcome, data, metadata) == len(values)
    for limit in (1, 2, 5, 1000):
        found, token = [], None
        while True:
            page = results.read(data, metadata, limit, token)
            assert len(page.rows) <= limit
            found += page.rows
            token = page.next_token
            if token is None:
                break
        assert found[0] == ["x", "y"]
        assert found[1:] == [[value, str(n)] for n, value in enumerate(values)]
    assert [c["Name"] for c in page.columns] == ["x", "y"]
    with pytest.raises(ValueError, match="not one of this result"):
        results.read(data, metadata, 1, "bm9wZQ==")


def test_text_results(session: Session, tmp_path: Path) -> None:
    data, metadata = tmp_path / "r.txt", tmp_path / "r.txt.metadata"
    results.write(session, lines("SHOW_TABLES", "tab_name", ["a", "", 'b"']), data, metadata)
    assert data.read_text() == 'a\n\nb"\n'
    assert results.read(data, metadata, 10, None).rows == [["a"], [""], ['b"']]


def test_written_rows_have_a_count_and_no_header(session: Session, tmp_path: Path) -> None:
    data, metadata = tmp_path / "r.csv", tmp_path / "r.csv.metadata"
    results.write(session, written("DML", "INSERT", 5), data, metadata)
    page = results.read(data, metadata, 10, None)
    assert (page.rows, page.update_count) == ([], 5)
    assert [c["Name"] for c in page.columns] == ["rows"]
