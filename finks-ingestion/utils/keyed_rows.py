"""Rows on their way to a table, of which none has the key of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from utils.arrow import to_table
from utils.validation import Row


class KeyedRows:
    """The rows of a table in the order in which they came; of each key the first.

    At most `under_way` of them are Python's, where a row takes ten times the memory.
    """

    def __init__(self, schema: pa.Schema, key: Sequence[str], under_way: int = 4096) -> None:
        self._schema = schema
        self._key = key
        self._under_way = under_way
        self._places: dict[tuple[Any, ...], int] = {}
        self._tables: list[pa.Table] = []
        self._rows: list[Row] = []

    def add(self, row: Row) -> Row | None:
        """Add a row, or give the one that has its key already."""
        place = len(self._places)
        first = self._places.setdefault(tuple(row[name] for name in self._key), place)
        if first != place:
            return self._at(first)
        self._rows.append(row)
        if len(self._rows) == self._under_way:
            self._tables.append(to_table(self._rows, self._schema))
            self._rows = []
        return None

    def table(self) -> pa.Table:
        """All rows."""
        return pa.concat_tables([*self._tables, to_table(self._rows, self._schema)])

    def _at(self, place: int) -> Row:
        number, offset = divmod(place, self._under_way)
        if number == len(self._tables):
            return self._rows[offset]
        row: Row = self._tables[number].slice(offset, 1).to_pylist()[0]
        return row
