"""Parquet files of bronze: sorted, compressed, with statistics and the version of the schema."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from utils.manifests import MANIFEST_VERSION

ROWS_PER_GROUP = 50_000
"""Small enough for a reader of one date to skip most of a file by its statistics."""
_METADATA_PREFIX = "finks."


def encode(table: pa.Table, sort_by: Sequence[str], metadata: Mapping[str, str]) -> bytes:
    """A table as a Parquet file, sorted; `metadata` goes into the file beside the version."""
    told = {"schema_version": str(MANIFEST_VERSION), **metadata}
    names = {f"{_METADATA_PREFIX}{name}".encode(): v.encode() for name, v in told.items()}
    ordered = table.sort_by([(name, "ascending") for name in sort_by])
    ordered = ordered.replace_schema_metadata(names)
    texts: Any = [f.name for f in table.schema if f.type == pa.string()]
    sink = io.BytesIO()
    pq.write_table(
        ordered,
        sink,
        compression="zstd",
        row_group_size=ROWS_PER_GROUP,
        write_statistics=True,
        write_page_index=True,
        use_dictionary=texts,
        sorting_columns=pq.SortingColumn.from_ordering(
            ordered.schema, [(name, "ascending") for name in sort_by]
        ),
    )
    return sink.getvalue()


def decode(body: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a file, or some columns of them."""
    return pq.ParquetFile(pa.BufferReader(body)).read(columns=list(columns) if columns else None)
