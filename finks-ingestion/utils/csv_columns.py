"""Lines of a CSV file in columns: texts first, then the types that the model declares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from utils.arrow import NUMBER
from utils.columns import DATE_TEXT, NUMBER_TEXT, ColumnRules, Columns, fits
from utils.dates import Window
from utils.validation import NULL_TEXTS, Record

_FORMS = {
    NUMBER: NUMBER_TEXT,
    pa.int64(): r"-?\d{1,18}",
    pa.bool_(): "true|false",
    pa.date32(): DATE_TEXT,
}
"""What Arrow and `parse_record` take for the same value, by type; the rest of what either of them
takes is doubtful."""


class CsvColumns:
    """Reads lines of one dataset; `date_field` names the field with a record's own date."""

    def __init__(self, model: type[Record], date_field: str | None) -> None:
        self._rules = ColumnRules(model, date_field)
        self._types = {f.name: f.type for f in self._rules.fields}

    def read(
        self, names: Sequence[str], lines: Sequence[Sequence[str]], window: Window
    ) -> Columns | None:
        """The records of some lines, or None when they have to be looked at one by one.

        `names` has the name of each value of a line; symbols are not looked at.
        """
        if not lines or not self._types.keys() >= set(names):
            return None
        texts = dict(zip(names, zip(*lines, strict=True), strict=True))
        columns: dict[str, Any] = {}
        for name, kind in self._types.items():
            column = _typed(texts[name], kind) if name in texts else pa.nulls(len(lines), kind)
            if column is None:
                return None
            columns[name] = column
        table = pa.table(columns)
        return self._rules.whole(table, tuple(names)) if self._rules.good(table, window) else None


@cache
def _nulls() -> Any:
    """Made late: an array of Arrow's imports pandas where that is installed."""
    return pa.array(sorted(NULL_TEXTS))


def _typed(values: Sequence[str], kind: pa.DataType) -> Any:
    """A column of a type, or None when a text is doubtful."""
    texts: Any = pa.array(values, pa.string())
    if kind == pa.string():
        return texts
    texts = pc.if_else(pc.is_in(texts, _nulls()), None, texts)
    if not fits(texts, _FORMS[kind]):
        return None
    try:
        return texts.cast(kind)
    except pa.ArrowException:
        return None
