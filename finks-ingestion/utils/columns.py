"""The fast path of validation: a whole answer at once, in columns.

It takes an answer only when every record is good and exactly as declared, and gives the table
that `parse_record` would give. Whatever is doubtful (a field that is unknown or of another type,
a broken rule, a fraction of a share) it leaves to `parse_record`, which knows the reason. The
rules are the model's own; a property test holds the two against each other.

Arrow reads decimals from the digits of the text, without the interpreter's lock: validation then
costs next to nothing beside the calls.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from utils.arrow import NUMBER, day_number, record_schema
from utils.dates import Window
from utils.rules import Bounds
from utils.validation import COUNT_LIMIT, EXTRA, Record

_WRAPPER = "records"
_HEAD, _TAIL = b'{"records":', b"}"
_DATE = r"^[12]\d{3}-\d{2}-\d{2}$"
"""Arrow knows a year 0, which Python does not."""
_NUMBER = r"-?\d{1,19}(?:\.\d{1,18})?(?:[eE]-[01]?\d)?"
"""What Arrow reads as it is written: beyond 128 bits it takes 4e20 or 21 digits for another number,
without a word."""
_OTHER_NUMBER = re.compile(rf'"\s*:\s*(?=[-\d])(?!{_NUMBER}\s*[,}}])'.encode())
_OUTLINE = bytes.maketrans(b"123456789E", b"000000000e")
_LONG, _WITH_EXPONENT = b"0" * 19, b"0e"
"""Signs of such a number, in a text whose digits are all 0: found at a fifth of the price."""
_ESCAPED_NAME = re.compile(rb"\\u00(?:3[0-9]|[4-7])")
"""Letters and digits, which nobody escapes: a field's name would not be found in the text."""
_SPARE = 64
"""The reader wants a block that is longer than the text."""
_COUNTS = Bounds(minimum=Decimal(-COUNT_LIMIT), maximum=Decimal(COUNT_LIMIT))
type _Bounded = list[tuple[Bounds, tuple[str, ...]]]


@dataclass(frozen=True)
class Columns:
    """A good answer, and which fields it has: `present` at all, `not_null` of the required."""

    table: pa.Table
    present: tuple[str, ...]
    not_null: frozenset[str]


class ColumnReader:
    """Reads answers of one dataset; `date_field` names the field with a record's own date."""

    def __init__(
        self, model: type[Record], date_field: str | None, symbol_field: str = "symbol"
    ) -> None:
        self._model = model
        self._symbol_field = symbol_field
        self._date_field = date_field
        self._schema = record_schema(model)
        declared = [f for f in self._schema if f.name != EXTRA]
        self._names = [f.name for f in declared]
        # Dates are read as texts, because Arrow would take a number for days since 1970.
        read = [
            pa.field(f.name, pa.string() if f.type == pa.date32() else f.type) for f in declared
        ]
        self._options = pj.ParseOptions(
            explicit_schema=pa.schema([pa.field(_WRAPPER, pa.list_(pa.struct(read)))]),
            newlines_in_values=True,
            unexpected_field_behavior="error",
        )
        self._bounded = _by_bounds(model, declared)
        numbers = "|".join(re.escape(f.name) for f in declared if f.type == NUMBER)
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
        if not self._well_formed(table) or not self._keeps_rules(table):
            return None
        if self._date_field and not _within(table[self._date_field], window):
            return None
        present = tuple(
            n
            for n in self._names
            if table[n].null_count < len(table) or any(_named(n, body) for body in bodies)
        )
        whole = pa.nulls(len(table), pa.string())
        columns: list[Any] = [*(table[n] for n in self._names), whole]
        required = frozenset(self._model.never_null())
        table = pa.Table.from_arrays(columns, schema=self._schema)
        return Columns(table, present, required), lengths

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
        for position, field in enumerate(self._schema):
            if field.type == pa.date32():
                dates = table[field.name]
                in_window = field.name == self._date_field
                if not in_window and not _python_dates(dates):
                    return None
                table = table.set_column(position, field.name, dates.cast(pa.date32()))
        return table, lengths

    def _has_its_quotes(self, table: pa.Table, bodies: Sequence[bytes]) -> bool:
        """Whether the quotes are those of all names and texts, so that no number has any.

        False says nothing: a record may lack a field. It is quick to count, and long to search.
        """
        if any(table[name].null_count for name in self._names):
            return False
        found = sum(body.count(b'"') for body in bodies)
        return found == 2 * len(table) * (len(self._names) + self._texts)

    def _well_formed(self, table: pa.Table) -> bool:
        required = self._model.never_null()
        if any(table[name].null_count for name in required):
            return False
        for bounds, names in self._bounded:
            column = pa.chunked_array([chunk for name in names for chunk in table[name].chunks])
            if any(v is not None and bounds.reason(v) for v in _extremes(column)):
                return False
        return self._unique(table)

    def _unique(self, table: pa.Table) -> bool:
        """Whether no key is there twice; mostly one of its fields alone says so."""
        key = list(self._model.key)
        if any(pc.count_distinct(table[name]).as_py() == len(table) for name in key):
            return True
        return len(table.group_by(key).aggregate([])) == len(table)

    def _keeps_rules(self, table: pa.Table) -> bool:
        """Whether all pairs are in order, tolerance aside: few need it, and go the other way."""
        return all(
            pc.all(pc.less_equal(table[rule.low], table[rule.high]), min_count=0).as_py()
            for rule in self._model.rules
        )


def _misread(body: bytes) -> bool:
    """Whether a number is there that Arrow would take for another."""
    outline = body.translate(_OUTLINE)
    if _LONG in outline or _WITH_EXPONENT in outline:
        return _OTHER_NUMBER.search(body) is not None
    return False


def _named(name: str, body: bytes) -> bool:
    """Whether a field is there, and not just a text that equals its name."""
    return re.search(rf'"{re.escape(name)}"\s*:'.encode(), body) is not None


def _by_bounds(model: type[Record], fields: Sequence[pa.Field[Any]]) -> _Bounded:
    """The numeric fields of a model by what they may be; decimals are bounded by their type."""
    names: dict[Bounds, list[str]] = {}
    for field in fields:
        bounds = model.bounds.get(field.name)
        if field.type == pa.int64():
            names.setdefault(_COUNTS, []).append(field.name)
        if bounds:
            names.setdefault(bounds, []).append(field.name)
    return [(bounds, tuple(found)) for bounds, found in names.items()]


def _python_dates(texts: Any) -> bool:
    """Whether texts are dates that Python knows, too."""
    return bool(pc.all(pc.match_substring_regex(texts, _DATE), min_count=0).as_py())


def _within(days: Any, window: Window) -> bool:
    """Whether dates are in a window; compared as numbers, as some are none in Python."""
    first, last = _extremes(days.cast(pa.int32()))
    return bool(day_number(window.start) <= first and last <= day_number(window.end))


def _extremes(column: Any) -> tuple[Any, Any]:
    """The least and the greatest value of a column; None when it has none."""
    found: Any = pc.min_max(column).as_py()
    return found["min"], found["max"]
