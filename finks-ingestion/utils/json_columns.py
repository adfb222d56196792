"""The answers of a JSON API in columns: one, or many at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from utils.arrow import NUMBER
from utils.columns import DATE_TEXT, NUMBER_TEXT, ColumnRules, Columns, fits
from utils.dates import Window
from utils.validation import Record

_WRAPPER = "records"
_HEAD, _TAIL = b'{"records":', b"}"
_OTHER_NUMBER = re.compile(rf'"\s*:\s*(?=[-\d])(?!{NUMBER_TEXT}\s*[,}}])'.encode())
_OUTLINE = bytes.maketrans(b"123456789E", b"000000000e")
_LONG, _WITH_EXPONENT = b"0" * 19, b"0e"
"""Signs of such a number, in a text whose digits are all 0: found at a fifth of the price."""
_ESCAPED_NAME = re.compile(rb"\\u00(?:3[0-9]|[4-7])")
"""Letters and digits, which nobody escapes: a field's name would not be found in the text."""
_SPARE = 64
"""The reader wants a block that is longer than the text."""


class JsonColumns:
    """Reads answers of one dataset; `date_field` names the field with a record's own date."""

    def __init__(self, model: type[Record], date_field: str | None, symbol_field: str) -> None:
        self._rules = ColumnRules(model, date_field)
        self._symbol_field = symbol_field
        self._date_field = date_field
        # Dates are read as texts, because Arrow would take a number for days since 1970.
        read = [
            pa.field(f.name, pa.string() if f.type == pa.date32() else f.type)
            for f in self._rules.fields
        ]
        self._options = pj.ParseOptions(
            explicit_schema=pa.schema([pa.field(_WRAPPER, pa.list_(pa.struct(read)))]),
            newlines_in_values=True,
            unexpected_field_behavior="error",
        )
        numbers = "|".join(re.escape(f.name) for f in self._rules.fields if f.type == NUMBER)
        self._number_as_text = re.compile(rf'"(?:{numbers})"\s*:\s*"'.encode())
        """Arrow would read these without a word, but it is drift."""
        self._texts = len([f for f in read if f.type == pa.string()])

    def read(self, body: bytes, symbols: Collection[str], window: Window) -> Columns | None:
        """The records of an answer, or None when it has to be looked at record by record."""
        found = self._read([body], window)
        if found is None:
            return None
        whole, _ = found
        answered = set(whole.table[self._symbol_field].unique().to_pylist())
        return whole if answered.issubset(symbols) else None

    def read_each(
        self, bodies: Sequence[bytes], symbols: Sequence[str], window: Window
    ) -> list[Columns] | None:
        """The records of several answers, each for one symbol, at the price of a few; or None.

        None says only that one of them has to be looked at record by record.
        """
        found = self._read(bodies, window)
        if found is None:
            return None
        whole, lengths = found
        ends = list(accumulate(lengths, initial=0))
        expected = [s for s, length in zip(symbols, lengths, strict=True) for _ in range(length)]
        right = pc.equal(whole.table[self._symbol_field], pa.array(expected, pa.string()))
        if not pc.all(right).as_py():
            return None
        tables = [whole.table.slice(a, b - a) for a, b in pairwise(ends)]
        return [Columns(table, whole.present, whole.not_null) for table in tables]

    def _read(
        self, bodies: Sequence[bytes], window: Window
    ) -> tuple[Columns, Sequence[int]] | None:
        """The records of all bodies, and how many each has; symbols are not looked at."""
        try:
            found = self._parse(bodies)
        except (pa.ArrowException, UnicodeError):
            return None
        if found is None:
            return None
        table, lengths = found
        if not self._rules.good(table, window):
            return None
        present = tuple(
            f.name
            for f in self._rules.fields
            if table[f.name].null_count < len(table) or any(_named(f.name, b) for b in bodies)
        )
        return self._rules.whole(table, present), lengths

    def _parse(self, bodies: Sequence[bytes]) -> tuple[pa.Table, Sequence[int]] | None:
        for body in bodies:
            if not body.isascii():
                body.decode()
            if b"\\" in body and _ESCAPED_NAME.search(body):
                return None
            if _misread(body):
                return None
        # A line for each body: what one of them has can then not be taken for another's.
        text = b"\n".join(b"".join((_HEAD, body, _TAIL)) for body in bodies)
        source: Any = pa.BufferReader(text)
        outer = pj.read_json(
            source,
            read_options=pj.ReadOptions(use_threads=False, block_size=len(text) + _SPARE),
            parse_options=self._options,
        )
        if outer.num_rows != len(bodies) or outer[_WRAPPER].null_count:
            return None
        records: Any = outer[_WRAPPER].combine_chunks()
        lengths: list[int] = pc.list_value_length(records).to_pylist()
        records = records.flatten()
        if not len(records) or records.null_count:
            return None
        table = pa.Table.from_struct_array(records)
        if not self._has_its_quotes(table, bodies) and any(
            map(self._number_as_text.search, bodies)
        ):
            return None
        for position, field in enumerate(self._rules.fields):
            if field.type == pa.date32():
                dates = table[field.name]
                in_window = field.name == self._date_field
                if not in_window and not fits(dates, DATE_TEXT):
                    return None
                table = table.set_column(position, field.name, dates.cast(pa.date32()))
        return table, lengths

    def _has_its_quotes(self, table: pa.Table, bodies: Sequence[bytes]) -> bool:
        """Whether the quotes are those of all names and texts, so that no number has any.

        False says nothing: a record may lack a field. It is quick to count, and long to search.
        """
        fields = self._rules.fields
        if any(table[f.name].null_count for f in fields):
            return False
        found = sum(body.count(b'"') for body in bodies)
        return found == 2 * len(table) * (len(fields) + self._texts)


def _misread(body: bytes) -> bool:
    """Whether a number is there that Arrow would take for another."""
    outline = body.translate(_OUTLINE)
    if _LONG in outline or _WITH_EXPONENT in outline:
        return _OTHER_NUMBER.search(body) is not None
    return False


def _named(name: str, body: bytes) -> bool:
    """Whether a field is there, and not just a text that equals its name."""
    return re.search(rf'"{re.escape(name)}"\s*:'.encode(), body) is not None
