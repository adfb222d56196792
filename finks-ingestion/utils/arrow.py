"""The Arrow side of a record model: the columns of a dataset in bronze."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from utils.validation import DIGITS, EXTRA, SCALE, Record, Row, kind_of

INGESTED_AT = "_ingested_at"
RUN_ID = "_run_id"
_EPOCH = date(1970, 1, 1).toordinal()
NUMBER = pa.decimal128(DIGITS, SCALE)
_TYPES = {
    str: pa.string(),
    Decimal: NUMBER,
    int: pa.int64(),
    bool: pa.bool_(),
    date: pa.date32(),
}


@cache
def record_schema(model: type[Record]) -> pa.Schema:
    """The columns of a dataset as they are read: the model's fields and `_extra`."""
    fields = [
        pa.field(name, _TYPES[kind_of(model, name)], nullable=name not in model.key)
        for name in model.model_fields
    ]
    return pa.schema([*fields, pa.field(EXTRA, pa.string())])


@cache
def bronze_schema(model: type[Record]) -> pa.Schema:
    """The columns of a dataset's files: those of its records, and the lineage."""
    lineage = [
        pa.field(INGESTED_AT, pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field(RUN_ID, pa.string(), nullable=False),
    ]
    return pa.schema([*record_schema(model), *lineage])


def day_number(day: date) -> int:
    """How Arrow counts a day: from 1970 on."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day that has a number."""
    return date.fromordinal(number + _EPOCH)


def to_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table; their values have the types of the columns already."""
    records: Any = pa.array(rows, pa.struct(list(schema)))
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(records)], schema)


def is_unique(table: pa.Table, key: Sequence[str]) -> bool:
    """Whether no key is there twice; mostly one of its fields alone says so."""
    if any(pc.count_distinct(table[name]).as_py() == len(table) for name in key):
        return True
    return len(table.group_by(list(key)).aggregate([])) == len(table)


def use_little_memory() -> None:
    """Let Arrow take memory from the system's allocator, for the whole process.

    Its own keeps a heap for each thread that ever read an answer: with 64 of them 170 MB more.
    """
    pa.set_memory_pool(pa.system_memory_pool())
