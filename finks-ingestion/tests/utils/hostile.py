"""Answers as JSON texts, written field by field: well-formed ones, and hostile ones.

A record is a list of names and values, both as JSON text, so that it can be what no library
would write: a number with forty digits, a name twice, half a surrogate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from connectors.datasets import Dataset
from connectors.endpoints import Call
from connectors.fmp.datasets import (
    COMPANY_PROFILE,
    HISTORICAL_PRICE_EOD,
    HISTORY,
    PROFILE_ONE,
    QUOTE_MANY,
    QUOTES,
)
from utils.dates import Window
from utils.validation import kind_of

Fields = list[tuple[str, str]]
SYMBOLS = ("AAPL", "BRK-B", "Ü.DE")
WINDOW = Window(date(2013, 2, 1), date(2013, 2, 28))
CALLS: dict[str, tuple[Dataset, Call]] = {
    "bars": (HISTORICAL_PRICE_EOD, Call(HISTORY, SYMBOLS[:1], WINDOW, {})),
    "quotes": (QUOTES, Call(QUOTE_MANY, SYMBOLS, WINDOW, {})),
    "profiles": (COMPANY_PROFILE, Call(PROFILE_ONE, SYMBOLS[:1], WINDOW, {})),
}
HOSTILE_VALUES = (
    *("NaN", "-Infinity", "1e400", "-1e400", "1e-30", "1e-400", "1E+2", "-0", "-0.0", "0", "-1"),
    *("9" * 40, f"{'1' * 20}.{'2' * 18}", f"{'9' * 20}.{'9' * 19}", f"12345678901.{'3' * 19}"),
    *("1.0000000000000000000", "1.5", "1e15", "9223372036854775808", "1000000000000001"),
    *('"1.5"', '" 2 "', '"1_0"', '"\uff11"', '"1e3"', '"NaN"', '""', '"NA"', '"N/A"', '" "', '"x"'),
    *("true", "false", '"true"', "null", "{}", '{"a": [1.5, NaN, {"b": 1e400}]}', "[]", "[null]"),
    *(
        '"2013-02-30"',
        '"0000-01-01"',
        '"9999-12-31"',
        '"\uff12\uff10\uff11\uff13-02-15"',
        '"2013-02-15\\n"',
        "20130215",
    ),
    *(
        '"\\ud800"',
        '"\\udc00"',
        '"\\ud83d\\ude00"',
        '"\\u0041APL"',
        '"a\\u0000b"',
        '"\x7f"',
        '"😀"',
    ),
    *("01", "+1", ".5", "1.", "", "nul", '"', "1e99999999999999999999", "1" * 5000),
)
HOSTILE_TEXTS = (b"\xff", b"\xed\xa0\x80", b"\x00", b"\xef\xbb\xbf", b",", b"]", b"}", b'"', b"\\")
AROUND = (b"", b" ", b"\n", b"\r\n\t", b"\xef\xbb\xbf", b"x", b"[]", b"null", b'}{"records":[]')


def amounts(smallest: str, largest: str, places: int = 6) -> st.SearchStrategy[Decimal]:
    return st.decimals(smallest, largest, allow_nan=False, places=places)


@st.composite
def _bar(draw: st.DrawFn) -> dict[str, str]:
    low, *between, high = sorted(draw(st.lists(amounts("0.01", "99999"), min_size=4, max_size=4)))
    return {
        "open": str(between[0]),
        "high": str(high),
        "low": str(low),
        "close": str(between[1]),
        "volume": str(draw(st.integers(0, 10**12))),
    }


@st.composite
def _good(draw: st.DrawFn, dataset: Dataset, number: int, symbols: tuple[str, ...]) -> Fields:
    """A well-formed record: the number makes its key its own."""
    model = dataset.model
    own: dict[str, str] = {"symbol": json.dumps(symbols[number % len(symbols)])}
    if dataset is HISTORICAL_PRICE_EOD:
        own |= draw(_bar()) | {"date": f'"{WINDOW.start + timedelta(days=number)}"'}
    if dataset is QUOTES:
        own |= {"timestamp": str(1_362_171_600 + number), "price": str(draw(amounts("1", "9")))}
        own |= {"dayLow": "1", "dayHigh": "2.50", "yearLow": "0", "yearHigh": "25e-1"}
    simple: dict[type, st.SearchStrategy[str]] = {
        str: st.sampled_from(['"x"', '""', '"NA"', '"beta"', '"price"', '"a \\"b\\": c"', "null"]),
        Decimal: st.one_of(st.just("null"), st.just("0.10"), amounts("1e-7", "9", 18).map(str)),
        int: st.one_of(st.just("null"), st.integers(0, 9**9).map(str)),
        bool: st.sampled_from(["true", "false", "null"]),
        date: st.sampled_from(['"2012-05-18"', "null"]),
    }
    return [
        (f'"{name}"', own[name] if name in own else draw(simple[kind_of(model, name)]))
        for name in model.model_fields
    ]


def plain(dataset: Dataset, number: int, symbols: tuple[str, ...], style: str) -> Fields:
    """A well-formed record whose optional fields are all there, null, or absent."""
    own = {"symbol": json.dumps(symbols[number % len(symbols)])}
    if dataset is HISTORICAL_PRICE_EOD:
        own |= {"date": f'"{WINDOW.start + timedelta(days=number)}"', "close": "1.50"}
    if dataset is QUOTES:
        own |= {"timestamp": str(1_362_171_600 + number), "price": "1.50"}
    values = {str: '"x"', Decimal: "1.50", int: "7", bool: "true", date: '"2012-05-18"'}
    full = {name: values[kind_of(dataset.model, name)] for name in dataset.model.model_fields}
    optional = {"full": full, "nulls": dict.fromkeys(full, "null"), "bare": {}}[style]
    return [(f'"{name}"', value) for name, value in (optional | own).items()]


def good_records(dataset: Dataset, symbols: tuple[str, ...]) -> st.SearchStrategy[list[Fields]]:
    """Up to three well-formed records, one of a dataset whose key is the symbol alone."""
    most = 1 if dataset is COMPANY_PROFILE else 3
    return st.integers(1, most).flatmap(
        lambda count: st.tuples(*(_good(dataset, n, symbols) for n in range(count))).map(list)
    )


def text_of(records: Iterable[Fields | str], comma: str = ",", colon: str = ":") -> str:
    """The JSON list of some records, which may also be JSON texts."""
    written = (
        record
        if isinstance(record, str)
        else "{" + comma.join(f"{name}{colon}{value}" for name, value in record) + "}"
        for record in records
    )
    return f"[{comma.join(written)}]"


def good_bodies(dataset: Dataset, symbols: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """Well-formed answers, however they are spaced."""
    spacing = st.sampled_from([(",", ":"), (", ", ": "), (",\n  ", " :\t")])
    return st.builds(
        lambda records, marks: text_of(records, *marks).encode(),
        good_records(dataset, symbols),
        spacing,
    )


@st.composite
def hostile_bodies(draw: st.DrawFn, dataset: Dataset, symbols: tuple[str, ...]) -> bytes:
    """Answers that differ from well-formed ones in a few places."""
    count = 1 if dataset is COMPANY_PROFILE else draw(st.integers(1, 3))
    style = draw(st.sampled_from(["full", "nulls", "bare"]))
    records: list[Fields | str] = [plain(dataset, n, symbols, style) for n in range(count)]
    for _ in range(draw(st.integers(1, 2))):
        position = draw(st.integers(0, len(records) - 1))
        chosen = records[position]
        if isinstance(chosen, str) or not chosen:
            continue
        change = draw(st.sampled_from(_CHANGES))
        records[position : position + 1] = change(draw, list(chosen))
    comma = draw(st.sampled_from([",", ", ", ",\n  "]))
    body = text_of(records, comma).encode("utf-8")
    if draw(st.integers(0, 5)) == 0:
        where = draw(st.integers(0, len(body)))
        text = draw(st.sampled_from(HOSTILE_TEXTS))
        body = body[:where] + text + body[where + draw(st.integers(0, 1)) :]
    if draw(st.integers(0, 5)) == 0:
        body = draw(st.sampled_from(AROUND)) + body + draw(st.sampled_from(AROUND))
    return body


def _set(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    position = draw(st.integers(0, len(record) - 1))
    record[position] = (record[position][0], draw(st.sampled_from(HOSTILE_VALUES)))
    return [record]


def _drop(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    del record[draw(st.integers(0, len(record) - 1))]
    return [record]


def _add(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    names = ['"adjClose"', '"_extra"', '"key"', '"model_config"', '"self"', '""', '"é"']
    record.append((draw(st.sampled_from(names)), draw(st.sampled_from(HOSTILE_VALUES))))
    return [record]


def _name_twice(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    name, value = record[draw(st.integers(0, len(record) - 1))]
    record.append((name, draw(st.sampled_from([value, "null", "1.5"]))))
    return [record]


def _escape_a_name(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    position = draw(st.sampled_from([n for n, (name, _) in enumerate(record) if len(name) > 2]))
    name, value = record[position]
    letter = draw(st.integers(1, len(name) - 2))
    escaped = f"{name[:letter]}\\u{ord(name[letter]):04x}{name[letter + 1 :]}"
    record[position] = (escaped, draw(st.sampled_from([value, '"1.5"', "null"])))
    return [record]


def _shuffle(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    return [draw(st.permutations(record))]


def _repeat(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    return [list(record), *_set(draw, record)] if draw(st.booleans()) else [record, record]


def _misplace(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    values = {'"symbol"': ['"IBM"', '""', '"aapl"'], '"date"': ['"2013-01-31"', '"2013-03-01"']}
    changed = [(n, draw(st.sampled_from(values[n])) if n in values else v) for n, v in record]
    return [changed]


def _replace(draw: st.DrawFn, record: Fields) -> list[Fields | str]:
    other = draw(st.sampled_from(["null", "[]", "{}", "1", '"x"', "[[]]", text_of([record])]))
    return [record, other] if draw(st.booleans()) else [other]


_CHANGES: tuple[Callable[[st.DrawFn, Fields], list[Fields | str]], ...] = (
    *(_set, _set, _set, _drop, _add, _name_twice, _escape_a_name),
    *(_shuffle, _repeat, _misplace, _replace),
)
