"""CAST as Trino does it: stricter with texts, and rounding half up where DuckDB rounds to even."""

from __future__ import annotations

_INTEGERS = {"tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT"}
_INTEGER_TEXT = r"'^\s*[+-]?\d+\s*$'"
_DATE_TEXT = r"'^\s*[+-]?\d{4,}-\d{1,2}-\d{1,2}\s*$'"


def _refuse(target: str) -> str:
    """An expression that fails with the text that could not be cast in its message."""
    text = "CAST(x AS VARCHAR)"
    return f"CAST('!INVALID_CAST_ARGUMENT!Cannot cast \"' || {text} || '\" to {target}' AS INTEGER)"


_IS_FLOATING = "typeof(x) IN ('DOUBLE', 'FLOAT')"
_IS_TEXT = "typeof(x) = 'VARCHAR'"
_TEXT = "CAST(x AS VARCHAR)"
# What cannot be cast to a number or a time binds all the same when it goes by way of its text.
_NUMBER = f"TRY_CAST({_TEXT} AS DOUBLE)"
_TIME = f"TRY_CAST({_TEXT} AS TIMESTAMP)"


def _integer_casts(name: str, kind: str) -> tuple[str, str]:
    return (
        f"CREATE MACRO trino_cast_{name}(x) AS CASE"
        f" WHEN {_IS_FLOATING} THEN CAST(round({_NUMBER}) AS {kind})"
        f" WHEN {_IS_TEXT} AND NOT regexp_matches({_TEXT}, {_INTEGER_TEXT})"
        f" THEN CAST({_refuse(name.upper())} AS {kind})"
        f" ELSE CAST(x AS {kind}) END",
        f"CREATE MACRO trino_try_cast_{name}(x) AS CASE"
        f" WHEN {_IS_FLOATING} THEN TRY_CAST(round({_NUMBER}) AS {kind})"
        f" WHEN {_IS_TEXT} AND NOT regexp_matches({_TEXT}, {_INTEGER_TEXT}) THEN NULL"
        f" ELSE TRY_CAST(x AS {kind}) END",
    )


CAST_MACROS = (
    *(macro for name, kind in _INTEGERS.items() for macro in _integer_casts(name, kind)),
    "CREATE MACRO trino_cast_varchar(x) AS CASE typeof(x)"
    # a float by its text: the double nearest to it has more digits
    f" WHEN 'DOUBLE' THEN trino_double_to_varchar({_NUMBER})"
    f" WHEN 'FLOAT' THEN trino_double_to_varchar({_NUMBER})"
    f" WHEN 'TIMESTAMP' THEN strftime({_TIME}, '%Y-%m-%d %H:%M:%S.%g')"
    " WHEN 'TIMESTAMP WITH TIME ZONE'"
    f" THEN strftime({_TIME}, '%Y-%m-%d %H:%M:%S.%g UTC')"
    f" ELSE {_TEXT} END",
    "CREATE MACRO trino_cast_date(x) AS CASE"
    f" WHEN {_IS_TEXT} AND NOT regexp_matches({_TEXT}, {_DATE_TEXT})"
    " THEN CAST(CAST(CAST('!INVALID_CAST_ARGUMENT!Value cannot be cast to date: '"
    f" || {_TEXT} AS INTEGER) AS VARCHAR) AS DATE)"
    " ELSE CAST(x AS DATE) END",
    "CREATE MACRO trino_try_cast_date(x) AS CASE"
    f" WHEN {_IS_TEXT} AND NOT regexp_matches({_TEXT}, {_DATE_TEXT}) THEN NULL"
    " ELSE TRY_CAST(x AS DATE) END",
    # timestamp without a precision is timestamp(3): rounded to milliseconds.
    "CREATE MACRO trino_to_millis(x) AS"
    " date_trunc('millisecond', x::TIMESTAMP + INTERVAL 500 MICROSECOND)::TIMESTAMP",
    "CREATE MACRO trino_to_millis_tz(x) AS"
    " date_trunc('millisecond', x::TIMESTAMPTZ + INTERVAL 500 MICROSECOND)",
)
"""`trino_cast_{type}` and `trino_try_cast_{type}`; other casts are DuckDB's own."""
