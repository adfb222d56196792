"""Files as CSV texts, written cell by cell: well-formed ones, and hostile ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from connectors.datasets import Dataset
from connectors.endpoints import Call
from connectors.fmp.datasets import COMPANY_PROFILE, PROFILES
from connectors.fmp_bulk.datasets import EOD_BULK
from tests.utils.hostile import SYMBOLS, WINDOW
from utils.validation import kind_of

Lines = list[list[str]]
FILES: dict[str, tuple[Dataset, Call]] = {
    "bars": (EOD_BULK, Call(EOD_BULK.endpoints[0], SYMBOLS, WINDOW, {})),
    "profiles": (COMPANY_PROFILE, Call(PROFILES, SYMBOLS, WINDOW, {})),
}
HOSTILE_CELLS = (
    *("", " ", "NA", " N/A ", "NaN", "nan", "null", "NULL", "None", "inf", "-Infinity", "#N/A"),
    *("1e3", "4.2e-05", "1E-19", "4e20", "1e400", "-1e400", "1e-400", "1e99999999999999999999"),
    *("9" * 40, f"{'1' * 20}.{'2' * 18}", f"{'9' * 19}.{'9' * 18}", f"1.{'3' * 19}", "1" * 5000),
    *("785666942205561959221", "9223372036854775808", "1000000000000001", "1.0000000000000000000"),
    *("-0", "-0.0", "0", "-1", "+1", ".5", "5.", "1.5", "007", " 7 ", "\xa07", "1_0", "0x10"),
    *("\uff11", "1,5", "1;5", "$1", "true", "True", "FALSE", "1", "yes", "t"),
    *(
        "2013-02-30",
        "0000-01-01",
        "9999-12-31",
        "2013-02-15 ",
        "20130215",
        "2013-2-5",
        "0999-01-01",
    ),
    *('"', '""', '"x"y', 'a"b', "a,b", "a\nb", "a\rb", "a\x00b", "😀", "x" * 140_000, "'", "\\"),
    *(*SYMBOLS, "aapl", "IBM", " AAPL"),
)
HOSTILE_BYTES = (b"\xff", b"\xed\xa0\x80", b"\x00", b"\xef\xbb\xbf", b",", b'"', b"\n", b"\r", b"")
AROUND = (b"", b" ", b"\n", b"\r\n\n", b"\xef\xbb\xbf", b"[]", b"<html>", b",,,,")


def line_of(dataset: Dataset, number: int, style: str) -> list[str]:
    """A well-formed line: the number makes its key its own."""
    own = {"symbol": SYMBOLS[number % len(SYMBOLS)], "close": "1.50"}
    own["date"] = date(2013, 2, 1 + number // len(SYMBOLS)).isoformat()
    values = {str: "x, y", Decimal: "1.50", int: "7", bool: "false", date: "2012-05-18"}
    full = {name: values[kind_of(dataset.model, name)] for name in dataset.model.model_fields}
    if style == "bare":
        full = dict.fromkeys(full, "")
    return [own.get(name, value) for name, value in full.items()]


def text_of(lines: Lines, *, quoted: bool, end: str) -> str:
    """A file; cells get quotes where they need them, or all of them."""
    return "".join(",".join(_cell(c, quoted) for c in line) + end for line in lines)


def _cell(value: str, quoted: bool) -> str:
    if quoted or any(sign in value for sign in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value


@st.composite
def good_files(draw: st.DrawFn, dataset: Dataset) -> bytes:
    """Well-formed files, with lines of symbols that nobody wants between."""
    most = len(SYMBOLS) if dataset is COMPANY_PROFILE else 6
    lines = [
        line_of(dataset, n, draw(st.sampled_from(["full", "bare"])))
        for n in range(draw(st.integers(1, most)))
    ]
    stranger = ["nonsense"] * len(lines[0])
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), stranger)
    header = list(dataset.model.model_fields)
    order = draw(st.permutations(range(len(header))))
    table = [[line[n] for n in order] for line in [header, *lines]]
    quoted, end = draw(st.booleans()), draw(st.sampled_from(["\n", "\r\n", "\n\n"]))
    return (
        draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
        + text_of(table, quoted=quoted, end=end).encode()
    )


@st.composite
def hostile_files(draw: st.DrawFn, dataset: Dataset) -> bytes:
    """Files that differ from well-formed ones in a few places."""
    most = len(SYMBOLS) if dataset is COMPANY_PROFILE else 6
    style = draw(st.sampled_from(["full", "bare"]))
    count = draw(st.integers(0, most))
    table = [list(dataset.model.model_fields)]
    table += [line_of(dataset, n, style) for n in range(count)]
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, table)
    quoted, end = draw(st.booleans()), draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    body = text_of(table, quoted=quoted, end=end).encode()
    if draw(st.integers(0, 5)) == 0:
        where = draw(st.integers(0, len(body)))
        body = body[:where] + draw(st.sampled_from(HOSTILE_BYTES)) + body[where:]
    if draw(st.integers(0, 5)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    if draw(st.integers(0, 5)) == 0:
        body = draw(st.sampled_from(AROUND)) + body + draw(st.sampled_from(AROUND))
    return body


def _change(draw: st.DrawFn, table: Lines) -> None:
    line = table[draw(st.integers(0, len(table) - 1))]
    column = draw(st.integers(0, len(table[0]) - 1))
    kind = draw(st.sampled_from(["cell", "cell", "cell", "repeat", "cells", "column", "name"]))
    if kind == "cell" and line is not table[0] and column < len(line):
        line[column] = draw(st.sampled_from(HOSTILE_CELLS))
    if kind == "repeat" and line is not table[0]:
        table.insert(draw(st.integers(1, len(table))), list(line))
    if kind == "cells":
        line[column : column + 1] = draw(st.sampled_from([[], ["1", "2"], ["", ""]]))
    if kind == "column":
        name = draw(st.sampled_from(["vwap", "_extra", "key", "self", "model_config", "", "close"]))
        for other in table:
            other.append(draw(st.sampled_from(HOSTILE_CELLS)))
        table[0][-1] = name
    if kind == "name" and column < len(table[0]):
        table[0][column] = draw(st.sampled_from(["open", "close", "symbol", "Symbol", "date", "é"]))
