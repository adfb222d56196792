"""What a body has to be, whatever its records say."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from connectors.bodies import UnreadableError, csv_file, json_records


def records(body: bytes) -> list[Mapping[str, str]]:
    file = csv_file(body, "symbol")
    return [file.record(line) for line in file.lines]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "no JSON"),
        (b"<html>", "no JSON"),
        (b"[1", "no JSON"),
        (b'["\xff"]', "no JSON"),
        (b"{}", "a JSON dict instead of a list"),
        (b"null", "a JSON NoneType instead of a list"),
        (b"[" * 10_000, "no JSON"),
    ],
)
def test_what_is_no_list_of_json_is_unreadable(body: bytes, what: str) -> None:
    with pytest.raises(UnreadableError, match=what):
        json_records(body)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "no CSV file with a column symbol"),
        (b"<html>\n</html>", "no CSV file with a column symbol"),
        (b'{"symbol": 1}', "no CSV file with a column symbol"),
        (b"symbol,price\nIBM", "line 2 does not fit"),
        (b"symbol,price\nIBM,1,2", "line 2 does not fit"),
        (b'symbol,price\n"IBM', "no CSV"),
        (b'symbol,price\n"IBM"x,1', "no CSV"),
        (b"symbol,price\nIBM,\xff", "no text"),
        (b"symbol,price\nIBM," + b"1" * 200_000, "no CSV"),
    ],
)
def test_what_is_no_table_is_unreadable(body: bytes, what: str) -> None:
    with pytest.raises(UnreadableError, match=what):
        records(body)


@pytest.mark.parametrize(
    "body",
    [
        b"symbol,name\nIBM,x\nAAPL,y\n",
        b"symbol,name\r\nIBM,x\r\nAAPL,y",
        b'\xef\xbb\xbf"symbol","name"\n"IBM","x"\n\n"AAPL","y"\n',
    ],
)
def test_tables_of_all_kinds(body: bytes) -> None:
    assert records(body) == [
        {"symbol": "IBM", "name": "x"},
        {"symbol": "AAPL", "name": "y"},
    ]


@pytest.mark.parametrize("body", [b"[]", b" []\n", b"symbol,name\n"])
def test_tables_without_records(body: bytes) -> None:
    assert records(body) == []


def test_of_columns_with_the_same_name_the_last_one_counts() -> None:
    assert records(b"price,symbol,price\n1,IBM,2\n") == [{"price": "2", "symbol": "IBM"}]


@pytest.mark.parametrize(
    "number", ["1e99999999999999999999", "-1.5E+9999999999999999999", "1e-99999999999999999999"]
)
def test_a_number_that_python_cannot_hold_stays_a_text(number: str) -> None:
    body = f'[{{"a": {number}, "b": "x {number} \\" {number}", "c": 1.50}}, {number}]'.encode()

    first, second = json_records(body)

    text = f'x {number} " {number}'
    assert (first, second) == ({"a": number, "b": text, "c": Decimal("1.50")}, number)


def test_an_integer_of_thousands_of_digits_stays_a_text() -> None:
    assert json_records(b"[" + b"7" * 5000 + b", 7]") == ["7" * 5000, 7]


@pytest.mark.parametrize("odd", ["1e99999999999999999999x", '{"a" 1e99999999999999999999}'])
def test_such_a_number_excuses_nothing_else(odd: str) -> None:
    with pytest.raises(UnreadableError, match="no JSON"):
        json_records(f"[{odd}]".encode())
