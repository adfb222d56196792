"""Lines in columns are what they are record by record, whatever the file is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answers import Answer, AnswerReader
from connectors.bodies import UnreadableError, csv_file
from tests.utils.hostile import SYMBOLS, WINDOW
from tests.utils.hostile_csv import FILES, HOSTILE_CELLS, good_files, hostile_files, line_of
from utils.columns import Columns
from utils.validation import from_texts, parse_record

KINDS = pytest.mark.parametrize("kind", sorted(FILES))
FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=400)
FEWER = settings(FIXED, max_examples=60)


def read(body: bytes, kind: str, **how: int) -> Answer | str:
    dataset, call = FILES[kind]
    try:
        return AnswerReader(dataset, WINDOW.end, **how).read(call, body)
    except UnreadableError as error:
        return str(error)


def in_columns(body: bytes, kind: str) -> Columns | None:
    """The lines of the symbols that are wanted."""
    dataset, call = FILES[kind]
    file = csv_file(body, "symbol")
    place = file.names.index("symbol")
    lines = [line for line in file.lines if line[place] in SYMBOLS]
    return dataset.csv_columns.read(file.names, lines, call.window)


def told(answer: Answer) -> dict[str, Any]:
    """Everything that an answer says but for its rows."""
    return {
        "symbols": answer.symbols,
        "refused": answer.refused,
        "shapes": answer.drift.shapes,
        "unknown": answer.drift.unknown,
        "retyped": answer.drift.retyped,
        "not_null": answer.drift.not_null,
        "total": answer.total,
    }


@KINDS
@FIXED
@given(data=st.data())
def test_both_ways_say_the_same_of_hostile_files(kind: str, data: st.DataObject) -> None:
    dataset, _ = FILES[kind]
    body = data.draw(hostile_files(dataset))
    lines = data.draw(st.sampled_from([1, 2, 3, 8192]))

    fast, slow = read(body, kind, columns_from=0, lines=lines), read(body, kind, columns_from=10**9)

    if isinstance(slow, str):
        assert fast == slow
        return
    assert isinstance(fast, Answer)
    assert fast.rows.equals(slow.rows)
    assert told(fast) == told(slow)


@KINDS
@FEWER
@given(data=st.data())
def test_well_formed_files_go_in_columns(kind: str, data: st.DataObject) -> None:
    dataset, _ = FILES[kind]
    body = data.draw(good_files(dataset))

    found = in_columns(body, kind)
    slow = read(body, kind, columns_from=10**9)

    assert found is not None
    assert isinstance(slow, Answer)
    assert slow.refused == []
    assert found.table.equals(slow.rows)
    assert {found.present: len(found.table)} == slow.drift.shapes
    assert found.not_null == slow.drift.not_null


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("close", {"1.5"}),
        ("adjClose", {"", "NA", "4.2e-05", "1.5", "1", "007", "20130215"}),
        ("volume", {"", "NA", "-0", "0", "1", "007", "20130215"}),
        ("date", set()),
    ],
)
def test_a_hostile_cell_is_what_it_is_alone_or_doubtful(name: str, taken: set[str]) -> None:
    dataset, call = FILES["bars"]
    names = list(dataset.model.model_fields)
    found = set()
    for cell in HOSTILE_CELLS:
        line = line_of(dataset, 0, "full")
        line[names.index(name)] = cell
        columns = dataset.csv_columns.read(names, [line], call.window)
        if columns is not None:
            record = from_texts(dataset.model, dict(zip(names, line, strict=True)))
            assert columns.table.to_pylist() == [parse_record(dataset.model, record)]
            found.add(cell)
    assert found == taken


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("", None),
        ("NA", None),
        ("-0.0", Decimal(0)),
        ("4.2e-05", Decimal("0.000042")),
        (f"{'9' * 10}.{'9' * 18}", Decimal(f"{'9' * 10}.{'9' * 18}")),
    ],
)
def test_cells_that_are_common_go_in_columns(cell: str, number: Decimal | None) -> None:
    """Or a file with one of them would be slow."""
    dataset, call = FILES["profiles"]
    found = dataset.csv_columns.read(["symbol", "change"], [("AAPL", cell)], call.window)

    assert found is not None
    assert found.table["change"].to_pylist() == [number]
    assert found.present == ("symbol", "change")


def test_a_column_that_is_unknown_or_a_line_that_is_doubtful_costs_some_lines_their_speed() -> None:
    """And no others."""
    dataset, call = FILES["bars"]
    names = list(dataset.model.model_fields)
    lines = [line_of(dataset, n, "full") for n in range(3)]
    assert dataset.csv_columns.read(names, lines, call.window) is not None
    assert dataset.csv_columns.read([*names, "vwap"], [[*lines[0], "1"]], call.window) is None
    lines[1][names.index("close")] = "0"
    assert dataset.csv_columns.read(names, lines, call.window) is None
    assert dataset.csv_columns.read(names, [], call.window) is None


def test_a_line_that_repeats_one_of_an_earlier_block_is_refused_with_its_own_cells() -> None:
    dataset, _ = FILES["bars"]
    header = list(dataset.model.model_fields)
    lines = [line_of(dataset, n, "full") for n in (0, 1, 2, 0, 1)]
    lines[4][header.index("volume")] = "8"
    body = "\n".join(",".join(line) for line in [header, *lines]).encode()

    answer = read(body, "bars", columns_from=0, lines=2)

    assert isinstance(answer, Answer)
    assert len(answer.rows) == 3
    assert [(r.harmless, r.record) for r in answer.refused] == [
        (True, dict(zip(header, lines[3], strict=True))),
        (False, dict(zip(header, lines[4], strict=True))),
    ]
