"""The fast path of validation: many records at once, in columns.

It takes them only when every record is good and exactly as declared, and gives the table that
`parse_record` would give. Whatever is doubtful (a field that is unknown or of another type, a
broken rule, a fraction of a share) it leaves to `parse_record`, which knows the reason. The rules
are the model's own; property tests hold the two against each other.

Arrow makes decimals from the digits of the text, without the interpreter's lock: validation then
costs next to nothing beside the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from utils.arrow import day_number, is_unique, record_schema
from utils.dates import Window
from utils.rules import Bounds
from utils.validation import COUNT_LIMIT, EXTRA, Record

NUMBER_TEXT = r"-?\d{1,19}(?:\.\d{1,18})?(?:[eE]-[01]?\d)?"
"""What Arrow reads as it is written: beyond 128 bits it takes 4e20 or 21 digits for another number,
without a word."""
DATE_TEXT = r"[12]\d{3}-\d{2}-\d{2}"
"""Arrow knows a year 0, which Python does not."""
_COUNTS = Bounds(minimum=Decimal(-COUNT_LIMIT), maximum=Decimal(COUNT_LIMIT))
type _Bounded = list[tuple[Bounds, tuple[str, ...]]]


@dataclass(frozen=True)
class Columns:
    """Good records, and which fields they have: `present` at all, `not_null` of the required."""

    table: pa.Table
    present: tuple[str, ...]
    not_null: frozenset[str]


class ColumnRules:
    """The rules of one dataset; `date_field` names the field with a record's own date."""

    def __init__(self, model: type[Record], date_field: str | None) -> None:
        self._model = model
        self._date_field = date_field
        self._schema = record_schema(model)
        self.fields: list[pa.Field[Any]] = [f for f in self._schema if f.name != EXTRA]
        self._bounded = _by_bounds(model, self.fields)

    def good(self, table: pa.Table, window: Window) -> bool:
        """Whether every record is; `table` has the declared fields with their types."""
        if any(table[name].null_count for name in self._model.never_null()):
            return False
        for bounds, names in self._bounded:
            column = pa.chunked_array([chunk for name in names for chunk in table[name].chunks])
            if any(v is not None and bounds.reason(v) for v in _extremes(column)):
                return False
        if not is_unique(table, self._model.key) or not self._keeps_order(table):
            return False
        return self._date_field is None or _within(table[self._date_field], window)

    def whole(self, table: pa.Table, present: tuple[str, ...]) -> Columns:
        """Good records as `parse_record` would give them."""
        extra = pa.nulls(len(table), pa.string())
        columns: list[Any] = [*(table[f.name] for f in self.fields), extra]
        table = pa.Table.from_arrays(columns, schema=self._schema)
        return Columns(table, present, frozenset(self._model.never_null()))

    def _keeps_order(self, table: pa.Table) -> bool:
        """Whether all pairs are in order, tolerance aside: few need it, and go the other way."""
        return all(
            pc.all(pc.less_equal(table[rule.low], table[rule.high]), min_count=0).as_py()
            for rule in self._model.rules
        )


def fits(texts: Any, form: str) -> bool:
    """Whether all texts of a column, nulls aside, have the form of a regular expression."""
    return bool(pc.all(pc.match_substring_regex(texts, f"^(?:{form})$"), min_count=0).as_py())


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


def _within(days: Any, window: Window) -> bool:
    """Whether dates are in a window; compared as numbers, as some are none in Python."""
    first, last = _extremes(days.cast(pa.int32()))
    return bool(day_number(window.start) <= first and last <= day_number(window.end))


def _extremes(column: Any) -> tuple[Any, Any]:
    """The least and the greatest value of a column; None when it has none."""
    found: Any = pc.min_max(column).as_py()
    return found["min"], found["max"]
