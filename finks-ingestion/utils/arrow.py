"""The Arrow side of a record model: the columns of a dataset in bronze."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa

from utils.validation import DIGITS, EXTRA, SCALE, Record, Row, kind_of

INGESTED_AT = "_ingested_at"
RUN_ID = "_run_id"
NUMBER = pa.decimal128(DIGITS, SCALE)
_TYPES = {
    str: pa.string(),
    Decimal: NUMBER,
    int: pa.int64(),
    bool: pa.bool_(),
    date: pa.date32(),
}


def record_schema(model: type[Record]) -> pa.Schema:
    """The columns of a dataset as they are read: the model's fields and `_extra`."""
    fields = [
        pa.field(name, _TYPES[kind_of(model, name)], nullable=name not in model.key)
        for name in model.model_fields
    ]
    return pa.schema([*fields, pa.field(EXTRA, pa.string())])


def bronze_schema(model: type[Record]) -> pa.Schema:
    """The columns of a dataset's files: those of its records, and the lineage."""
    lineage = [
        pa.field(INGESTED_AT, pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field(RUN_ID, pa.string(), nullable=False),
    ]
    return pa.schema([*record_schema(model), *lineage])


def to_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table; their values have the types of the columns already."""
    columns = [pa.array([row[f.name] for row in rows], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)
