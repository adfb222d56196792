"""Columns as an Iceberg schema."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from pyiceberg.schema import Schema
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
)

from local.cloud.athena.catalog import Column
from local.cloud.athena.errors import QueryError
from local.cloud.athena.sql_types import Type

_PRIMITIVES: dict[str, IcebergType] = {
    "boolean": BooleanType(),
    "tinyint": IntegerType(),
    "smallint": IntegerType(),
    "integer": IntegerType(),
    "bigint": LongType(),
    "real": FloatType(),
    "double": DoubleType(),
    "varchar": StringType(),
    "date": DateType(),
    "timestamp": TimestampType(),
    "timestamp with time zone": TimestamptzType(),
    "varbinary": BinaryType(),
}


def schema_of(columns: Sequence[Column]) -> Schema:
    """A schema with new field ids; QueryError for types that Iceberg has not."""
    identifiers = itertools.count(1)
    top = [next(identifiers) for _ in columns]
    return Schema(
        *(
            NestedField(
                number,
                column.name,
                iceberg_type(column.type, identifiers),
                required=False,
                doc=column.comment or None,
            )
            for number, column in zip(top, columns, strict=True)
        )
    )


def iceberg_type(kind: Type, identifiers: itertools.count[int]) -> IcebergType:
    """A type of Iceberg; nested fields take their ids from `identifiers`."""
    if kind.kind == "decimal":
        return DecimalType(kind.precision, kind.scale)
    if kind.kind == "array":
        number = next(identifiers)
        return ListType(number, iceberg_type(kind.children[0], identifiers), False)
    if kind.kind == "map":
        key, value = next(identifiers), next(identifiers)
        inner = [iceberg_type(child, identifiers) for child in kind.children]
        return MapType(key, inner[0], value, inner[1], False)
    if kind.kind == "row":
        return StructType(
            *(
                NestedField(
                    next(identifiers), name, iceberg_type(child, identifiers), required=False
                )
                for name, child in zip(kind.names, kind.children, strict=True)
            )
        )
    if kind.kind not in _PRIMITIVES:
        raise QueryError(
            "NOT_SUPPORTED", f"Type not supported for Iceberg: {kind.trino}; cast the column"
        )
    return _PRIMITIVES[kind.kind]
