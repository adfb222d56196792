"""CAST and TRY_CAST, and the spelling of types."""

from __future__ import annotations

import re

from sqlglot import exp

from local.cloud.athena.errors import not_supported
from local.cloud.athena.translate.calls import call, literal_text

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INTEGERS = {
    exp.DType.TINYINT: "tinyint",
    exp.DType.SMALLINT: "smallint",
    exp.DType.INT: "integer",
    exp.DType.BIGINT: "bigint",
}
_PLAIN = {
    exp.DType.BOOLEAN: "BOOLEAN",
    exp.DType.DOUBLE: "DOUBLE",
    exp.DType.FLOAT: "FLOAT",
    exp.DType.DATE: "DATE",
    exp.DType.TIME: "TIME",
    exp.DType.TIMESTAMP: "TIMESTAMP",
    exp.DType.TIMESTAMPTZ: "TIMESTAMPTZ",
    exp.DType.VARCHAR: "VARCHAR",
    exp.DType.TEXT: "VARCHAR",
    exp.DType.VARBINARY: "BLOB",
    exp.DType.JSON: "JSON",
    exp.DType.UUID: "UUID",
    **{kind: name.upper() for kind, name in _INTEGERS.items()},
}


def duckdb_type(kind: exp.DataType) -> str:
    """A type of Trino in DuckDB's spelling; raises QueryError for types it has not."""
    if kind.this == exp.DType.DECIMAL:
        numbers = [int(p.name) for p in kind.expressions] or [38]
        precision, scale = (*numbers, 0)[:2]
        return f"DECIMAL({precision},{scale})"
    if kind.this == exp.DType.ARRAY:
        return f"{duckdb_type(kind.expressions[0])}[]"
    if kind.this == exp.DType.MAP:
        key, value = (duckdb_type(child) for child in kind.expressions)
        return f"MAP({key}, {value})"
    if kind.this == exp.DType.STRUCT:
        if any(not isinstance(field, exp.ColumnDef) for field in kind.expressions):
            raise not_supported("A cast to a row without field names")
        fields = (f'"{field.name}" {duckdb_type(field.args["kind"])}' for field in kind.expressions)
        return f"STRUCT({', '.join(fields)})"
    if kind.this not in _PLAIN:
        raise not_supported(f"The type {kind.sql('trino')}")
    return _PLAIN[kind.this]


def build(node: exp.Cast) -> exp.Expr:
    """A cast with Trino's rounding and strictness."""
    safe = isinstance(node, exp.TryCast)
    prefix = "trino_try_cast" if safe else "trino_cast"
    value, kind = node.this, node.to
    if value.is_type("unknown") or isinstance(value, exp.Null):
        return _plain(node, value, duckdb_type(kind))
    if kind.this in _INTEGERS:
        return call(f"{prefix}_{_INTEGERS[kind.this]}", value)
    if kind.this == exp.DType.DATE:
        if _DATE.fullmatch(literal_text(value) or ""):
            return _plain(node, value, "DATE")
        return call(f"{prefix}_date", value)
    if kind.this in (exp.DType.VARCHAR, exp.DType.TEXT):
        text = call("trino_cast_varchar", value)
        if kind.expressions:
            length = exp.Literal.number(int(kind.expressions[0].name))
            return call("substr", text, exp.Literal.number(1), length)
        return text
    if kind.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
        return _timestamp(node, value, kind)
    return _plain(node, value, duckdb_type(kind))


def _timestamp(node: exp.Cast, value: exp.Expr, kind: exp.DataType) -> exp.Expr:
    zoned = kind.this == exp.DType.TIMESTAMPTZ
    plain = _plain(node, value, "TIMESTAMPTZ" if zoned else "TIMESTAMP")
    precision = int(kind.expressions[0].name) if kind.expressions else 3
    if literal_text(value) is not None or precision == 6:
        return plain
    if precision != 3:
        raise not_supported(f"timestamp({precision}); use timestamp(3) or timestamp(6)")
    return call("trino_to_millis_tz" if zoned else "trino_to_millis", plain)


def _plain(node: exp.Cast, value: exp.Expr, kind: str) -> exp.Expr:
    return type(node)(this=value, to=exp.DataType.build(kind, dialect="duckdb"))
