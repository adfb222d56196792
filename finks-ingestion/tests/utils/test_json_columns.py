"""The fast path of validation holds to the record-by-record one, whatever the answer is."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.answers import Answer, AnswerReader
from connectors.bodies import UnreadableError
from connectors.endpoints import Call
from tests.utils.hostile import CALLS, SYMBOLS, WINDOW, good_bodies, hostile_bodies
from utils import parquet
from utils.columns import Columns
from utils.validation import EXTRA

KINDS = pytest.mark.parametrize("kind", sorted(CALLS))
FIXED = settings(derandomize=True, database=None, deadline=None, max_examples=150)
FEWER = settings(FIXED, max_examples=40)
BAR = {
    "symbol": '"AAPL"',
    "date": '"2013-02-15"',
    "open": "1.5",
    "high": "2",
    "low": "1",
    "close": "1.5",
    "volume": "100",
    "change": "0",
    "changePercent": "0.1",
    "vwap": "1.5",
}


def bar(**changes: str) -> bytes:
    """The answer with one bar; values as JSON text."""
    fields = ",".join(f'"{name}":{value}' for name, value in (BAR | changes).items())
    return f"[{{{fields}}}]".encode()


def in_columns(body: bytes, kind: str = "bars") -> Columns | None:
    dataset, call = CALLS[kind]
    return dataset.json_columns.read(body, call.symbols, call.window)


def read(body: bytes, kind: str, columns_from: int) -> Answer | str:
    dataset, call = CALLS[kind]
    try:
        return AnswerReader(dataset, WINDOW.end, columns_from).read(call, body)
    except UnreadableError as error:
        return str(error)


def told(answer: Answer, kind: str) -> dict[str, Any]:
    """Everything that an answer says but for its rows."""
    dataset, _ = CALLS[kind]
    return {
        "refused": [refusal.line() for refusal in answer.refused],
        "drift": answer.drift.described(dataset.model.model_fields),
        "lost": answer.drift.lost(dataset.model.never_null()),
        "total": answer.total,
        "records": answer.drift.records,
    }


def strict(text: str) -> object:
    """JSON as the standard has it: without NaN."""

    def refuse(constant: str) -> object:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


@KINDS
@FIXED
@given(data=st.data())
def test_both_ways_say_the_same_of_hostile_answers(kind: str, data: st.DataObject) -> None:
    dataset, call = CALLS[kind]
    body = data.draw(hostile_bodies(dataset, call.symbols))

    fast, slow = read(body, kind, 0), read(body, kind, sys.maxsize)

    if isinstance(slow, str):
        assert fast == slow
        return
    assert isinstance(fast, Answer)
    assert fast.rows.equals(slow.rows)
    assert told(fast, kind) == told(slow, kind)
    for refusal in slow.refused:
        strict(refusal.line())
    for extra in slow.rows[EXTRA].to_pylist():
        assert extra is None or isinstance(strict(extra), dict)
    again = parquet.decode(parquet.encode(slow.rows, dataset.model.key, {}))
    assert sorted(map(repr, again.to_pylist())) == sorted(map(repr, slow.rows.to_pylist()))


@KINDS
@FEWER
@given(data=st.data())
def test_well_formed_answers_go_in_columns(kind: str, data: st.DataObject) -> None:
    dataset, call = CALLS[kind]
    body = data.draw(good_bodies(dataset, call.symbols))

    found = in_columns(body, kind)
    slow = read(body, kind, sys.maxsize)

    assert found is not None
    assert isinstance(slow, Answer)
    assert slow.refused == []
    assert found.table.equals(slow.rows)
    assert set(found.present) == {name for shape in slow.drift.shapes for name in shape}


@pytest.mark.parametrize("columns_from", [0, sys.maxsize])
@FEWER
@given(data=st.data())
def test_every_digit_arrives(columns_from: int, data: st.DataObject) -> None:
    """Of numbers with at most 20 digits before the point and 18 behind it."""
    texts = data.draw(st.lists(numbers(20, 18), min_size=2, max_size=2))
    change, percent = texts

    answer = read(bar(change=change, changePercent=percent), "bars", columns_from)

    assert isinstance(answer, Answer)
    filed = parquet.decode(parquet.encode(answer.rows, ["date"], {}))
    for table in (answer.rows, filed):
        (row,) = table.to_pylist()
        assert (row["change"], row["changePercent"]) == (Decimal(change), Decimal(percent))
        assert row[EXTRA] is None


@FEWER
@given(data=st.data())
def test_digits_that_a_column_cannot_hold_are_kept_beside_it(data: st.DataObject) -> None:
    text = data.draw(numbers(20, 40, least=19).filter(lambda t: t[-1] != "0"))
    number = Decimal(text)

    answer = read(bar(change=text), "bars", 0)

    assert isinstance(answer, Answer)
    if answer.refused:
        assert number.copy_abs() > Decimal("9" * 20)
        return
    (row,) = answer.rows.to_pylist()
    original = json.loads(row[EXTRA], parse_float=str)["change"]
    assert Decimal(original) == number
    assert (row["change"] - number).copy_abs() <= Decimal("0.5e-18")


@st.composite
def numbers(draw: st.DrawFn, whole: int, fraction: int, *, least: int = 0) -> str:
    """Texts of JSON numbers with at most so many digits."""
    before = str(draw(st.integers(0, 10 ** draw(st.integers(0, whole)) - 1)))
    count = draw(st.integers(least, fraction))
    behind = "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=count, max_size=count)))
    sign = draw(st.sampled_from(["", "-"]))
    return f"{sign}{before}.{behind}" if behind else f"{sign}{before}"


@pytest.mark.parametrize(
    "body",
    [
        bar(op="1"),
        bar(open='"1.5"'),
        bar(open='""'),
        bar(volume="1.5"),
        bar(close="null"),
        bar(close="0"),
        bar(high="1", low="2"),
        bar(symbol='"IBM"'),
        bar(date='"2013-01-31"'),
        bar(date='"2013-02-30"'),
        bar(date="null"),
        bar(change="NaN"),
        bar(change="1e400"),
        bar(change="4e20"),
        bar(change="12e-45"),
        bar(change="785666942205561959221"),
        bar(change=f"1234567890123456789.{'0' * 20}"),
        bar()[:-1],
        b"[]",
        b"null",
        b"{}",
        b"[null]",
        b"",
    ],
)
def test_what_is_doubtful_is_left_to_the_other_way(body: bytes) -> None:
    assert in_columns(body) is None
    assert in_columns(bar()) is not None


@pytest.mark.parametrize("number", ["4.2e-05", "1E-3", f"{'9' * 19}.{'9' * 18}", f"-{'9' * 19}"])
def test_numbers_at_the_edge_go_in_columns(number: str) -> None:
    found = in_columns(bar(change=number))

    assert found is not None
    assert found.table["change"].to_pylist() == [Decimal(number)]


@FIXED
@given(data=st.data())
def test_a_number_is_never_taken_for_another(data: st.DataObject) -> None:
    """Beyond 128 bits Arrow's reader gives other digits, and no error."""
    exponent = data.draw(st.sampled_from(["", "e", "E-", "e+"]))
    text = data.draw(numbers(60, 60))
    text += f"{exponent}{data.draw(st.integers(0, 60))}" if exponent else ""

    fast, slow = (read(bar(change=text), "bars", size) for size in (0, sys.maxsize))

    assert isinstance(fast, Answer)
    assert isinstance(slow, Answer)
    assert fast.rows.equals(slow.rows)
    assert told(fast, "bars") == told(slow, "bars")


def test_a_year_that_only_arrow_knows_is_no_crash() -> None:
    assert in_columns(bar(date='"0000-01-01"')) is None


def test_a_field_whose_name_is_escaped_is_read_as_the_other_way_reads_it() -> None:
    """Arrow takes a text for a number, which is drift."""
    body = bar().replace(b'"open":1.5', b'"op\\u0065n":"1.5"')
    slow = read(body, "bars", sys.maxsize)

    assert in_columns(body) is None
    assert isinstance(slow, Answer)
    assert told(slow, "bars")["drift"] == ["open came as a text"]


@pytest.mark.parametrize("other", ["", '"vwap":null,', '"vwap":2,"vwap":3,'])
def test_a_number_that_came_as_a_text_is_found_whatever_else_is_odd(other: str) -> None:
    """Its two quotes would make up for those of a name that is not there."""
    body = bar().replace(b'"open":1.5', b'"open":"1.5"').replace(b'"vwap":1.5,', other.encode())
    slow = read(body, "bars", sys.maxsize)

    assert in_columns(body) is None
    assert isinstance(slow, Answer)
    assert "open came as a text" in told(slow, "bars")["drift"]


def test_a_text_that_equals_a_name_is_not_the_field() -> None:
    """No quote has `open`, but one is named so."""
    body = b'[{"symbol":"AAPL","name":"open","price":1.5,"timestamp":1362171600}]'
    found = in_columns(body, "quotes")

    assert found is not None
    assert "open" not in found.present


def test_a_large_answer_takes_the_way_that_is_cheaper_for_it() -> None:
    """What the default decides is no different for the rows."""
    dataset, _ = CALLS["quotes"]
    call = Call(dataset.endpoints[0], SYMBOLS, WINDOW, {})
    records = [
        f'{{"symbol":"AAPL","price":{n}.10,"timestamp":{1_362_000_000 + n}}}' for n in range(1, 200)
    ]
    body = f"[{','.join(records)}]".encode()

    usual = AnswerReader(dataset, WINDOW.end).read(call, body)

    assert usual.rows.equals(AnswerReader(dataset, WINDOW.end, sys.maxsize).read(call, body).rows)


def together(bodies: list[bytes], kind: str, symbols: tuple[str, ...]) -> list[Answer | None]:
    dataset, call = CALLS[kind]
    calls = [replace(call, symbols=(symbol,)) for symbol in symbols]
    reader = AnswerReader(dataset, WINDOW.end, 0)
    return reader.read_together(list(zip(calls, bodies, strict=True)))


@KINDS
@FIXED
@given(data=st.data())
def test_bodies_that_are_read_at_once_are_what_each_is_alone(
    kind: str, data: st.DataObject
) -> None:
    """Also when one of them has records of another's symbol."""
    dataset, call = CALLS[kind]
    bodies = [
        data.draw(
            good_bodies(dataset, (symbol,))
            | hostile_bodies(dataset, (symbol,))
            | good_bodies(dataset, SYMBOLS)
        )
        for symbol in SYMBOLS
    ]
    for symbol, body, found in zip(SYMBOLS, bodies, together(bodies, kind, SYMBOLS), strict=True):
        if found is None:
            continue
        alone = AnswerReader(dataset, WINDOW.end, sys.maxsize).read(
            replace(call, symbols=(symbol,)), body
        )
        assert found.symbols == (symbol,)
        assert found.rows.equals(alone.rows)
        assert (alone.refused, alone.total) == ([], found.total)
        assert not alone.drift.unknown
        assert not alone.drift.retyped


@KINDS
@FEWER
@given(data=st.data())
def test_good_bodies_are_read_at_once(kind: str, data: st.DataObject) -> None:
    dataset, _ = CALLS[kind]
    bodies = [data.draw(good_bodies(dataset, (symbol,))) for symbol in SYMBOLS]
    assert all(together(bodies, kind, SYMBOLS))


def test_a_record_in_the_answer_of_another_symbol_is_not_taken() -> None:
    """Side by side the two would look like one answer for each symbol."""
    own = bar()[1:-1]
    strange = bar(symbol='"IBM"', date='"2013-02-14"')[1:-1]
    bodies = [b"[" + own + b"," + strange + b"]", bar(symbol='"IBM"')]
    assert together(bodies, "bars", ("AAPL", "IBM")) == [None, None]


def test_a_body_that_pretends_to_be_two_is_not_taken() -> None:
    body = bar() + b'}\n{"records":' + bar(symbol='"IBM"')
    assert together([body, bar(symbol='"MSFT"')], "bars", ("AAPL", "MSFT")) == [None, None]
