"""Trino's semantics as DuckDB macros.

What an operator does depends on the types of its operands, which only DuckDB knows, and only once
it binds the query. Two of its functions are constants by then: typeof(x), and the target of
cast_to_type(value, x), which casts to the type of x without looking at x. A macro asks typeof()
in a CASE of which the optimizer leaves one branch, and gives all branches one type with
cast_to_type(). (Macros with a definition per argument type would read better, but the types of
aggregates are not known when DuckDB chooses among them, and it chooses wrongly.)

Errors are raised by casting a text such as ``!DIVISION_BY_ZERO!Division by zero`` to INTEGER:
unlike DuckDB's error() that is not volatile, so that TRY() can wrap it.
"""

from __future__ import annotations

import duckdb
from duckdb.sqltypes import DOUBLE, VARCHAR

from local.cloud.athena.translate.casts import CAST_MACROS
from local.cloud.athena.translate.number_texts import double_to_varchar

DATE_UNITS = {
    "millisecond": "INTERVAL 1 MILLISECOND",
    "second": "INTERVAL 1 SECOND",
    "minute": "INTERVAL 1 MINUTE",
    "hour": "INTERVAL 1 HOUR",
    "day": "INTERVAL 1 DAY",
    "week": "INTERVAL 7 DAY",
    "month": "INTERVAL 1 MONTH",
    "quarter": "INTERVAL 3 MONTH",
    "year": "INTERVAL 1 YEAR",
}
"""Units of date_add, date_diff and date_trunc, and what one of them is."""
_TIME_UNITS = ("millisecond", "second", "minute", "hour")


def _fail(name: str, message: str) -> str:
    return f"CAST('!{name}!{message}' AS INTEGER)"


_DIVISION_BY_ZERO = _fail("DIVISION_BY_ZERO", "Division by zero")
_ZERO_CHECK = f"CASE WHEN b = 0 AND a IS NOT NULL THEN {_DIVISION_BY_ZERO} END"
_INTEGER_TYPES = (
    "('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UBIGINT', 'UINTEGER', 'USMALLINT',"
    " 'UTINYINT', 'INTEGER_LITERAL')"
)
_BOTH_INTEGER = f"(typeof(a) IN {_INTEGER_TYPES} AND typeof(b) IN {_INTEGER_TYPES})"
_ANY_FLOATING = "(typeof(a) IN ('DOUBLE', 'FLOAT') OR typeof(b) IN ('DOUBLE', 'FLOAT'))"

_ARITHMETIC = (
    # Digits after the point of a decimal's type.
    r"CREATE MACRO trino_scale(x) AS"
    r" COALESCE(TRY_CAST(regexp_extract(typeof(x), ',(\d+)\)', 1) AS INTEGER), 0)",
    "CREATE MACRO trino_power10(k) AS ('1' || repeat('0', k))::HUGEINT",
    "CREATE MACRO trino_round_div(n, d) AS CASE"
    f" WHEN d = 0 THEN CASE WHEN n IS NOT NULL THEN {_DIVISION_BY_ZERO} END"
    " WHEN (n < 0) = (d < 0) THEN (2 * abs(n) + abs(d)) // (2 * abs(d))"
    " ELSE -((2 * abs(n) + abs(d)) // (2 * abs(d))) END",
    # An expression of the type that a quotient has: its scale is the larger of both scales, its
    # precision at least 18 (Trino's may be larger: a quotient that does not fit is an error).
    "CREATE MACRO trino_quotient_type(a, b) AS COALESCE((a + b) * length('1')::INTEGER, 0)",
    # Decimal division is exact: both operands as integers, rounded half up at the larger scale.
    # The quotient q counts units of 10^-s; a double holds 15 digits after the point exactly.
    "CREATE MACRO trino_div_decimal_scaled(a, b, s, kind) AS list_transform("
    "[trino_round_div((a * trino_power10(s + trino_scale(b)))::HUGEINT,"
    " (b * trino_power10(trino_scale(b)))::HUGEINT)], lambda trino__q:"
    " CASE WHEN s <= 15 THEN"
    " cast_to_type(trino__q // trino_power10(s), kind)"
    " + cast_to_type((trino__q % trino_power10(s))::DOUBLE / trino_power10(s)::DOUBLE, kind)"
    " ELSE cast_to_type((CASE WHEN trino__q < 0 THEN '-' ELSE '' END)"
    " || (abs(trino__q) // trino_power10(s))::VARCHAR || '.'"
    " || lpad((abs(trino__q) % trino_power10(s))::VARCHAR, s, '0'), kind) END)[1]",
    "CREATE MACRO trino_div_decimal(a, b, kind) AS"
    " trino_div_decimal_scaled(a, b, greatest(trino_scale(a), trino_scale(b)), kind)",
    "CREATE MACRO trino_div(a, b) AS CASE"
    f" WHEN {_BOTH_INTEGER} THEN cast_to_type(COALESCE(a // b, {_ZERO_CHECK}),"
    " trino_quotient_type(a, b))"
    f" WHEN {_ANY_FLOATING} THEN cast_to_type(a::DOUBLE / b::DOUBLE, trino_quotient_type(a, b))"
    " ELSE cast_to_type(trino_div_decimal(a, b, trino_quotient_type(a, b)),"
    " trino_quotient_type(a, b)) END",
    f"CREATE MACRO trino_mod(a, b) AS CASE WHEN {_ANY_FLOATING}"
    " THEN CASE WHEN b = 0 THEN cast_to_type('nan'::DOUBLE, a % b) ELSE a % b END"
    f" ELSE COALESCE(a % b, {_ZERO_CHECK}) END",
    # DATE +- INTERVAL stays a DATE. DATE - DATE is an interval, and here the count of days.
    "CREATE MACRO trino_add_interval(x, i) AS cast_to_type(x + i, x)",
    "CREATE MACRO trino_sub_interval(x, i) AS cast_to_type(x - i, x)",
    "CREATE MACRO trino_sub(a, b) AS CASE WHEN typeof(a) = 'DATE' THEN cast_to_type("
    + _fail("TYPE_MISMATCH", "Cannot subtract from a date here: use date_diff() or date_add()")
    + "::VARCHAR, a - b) ELSE a - b END",
    "CREATE MACRO trino_milliseconds_between(a, b) AS date_diff('millisecond', b, a)",
    "CREATE MACRO trino_to_milliseconds(x) AS CAST(epoch(x) * 1000 AS BIGINT)",
    # avg() of decimals is rounded half up to the type of its argument, `m`; of integers a DOUBLE.
    "CREATE MACRO trino_avg(s, n, m) AS CASE WHEN n = 0 THEN NULL"
    " WHEN typeof(m) LIKE 'DECIMAL%'"
    " THEN cast_to_type(trino_div_decimal(s, n, s + n), list_aggregate([m], 'median'))"
    " ELSE cast_to_type(s::DOUBLE / n, list_aggregate([m], 'median')) END",
)


def _date_macros(unit: str, step: str) -> tuple[str, str, str]:
    invalid = _fail("INVALID_FUNCTION_ARGUMENT", f"{unit} is not a valid DATE field")

    def checked(expression: str) -> str:
        if unit not in _TIME_UNITS:
            return expression
        return (
            f"CASE WHEN typeof(x) = 'DATE' THEN cast_to_type({invalid}::VARCHAR, {expression})"
            f" ELSE {expression} END"
        )

    return (
        f"CREATE MACRO trino_date_add_{unit}(n, x) AS "
        + checked(f"cast_to_type(x + n * {step}, x)"),
        # Trino counts whole units, DuckDB's date_diff counts boundaries: date_sub is the one.
        f"CREATE MACRO trino_date_diff_{unit}(x, y) AS " + checked(f"date_sub('{unit}', x, y)"),
        f"CREATE MACRO trino_date_trunc_{unit}(x) AS "
        + checked(f"cast_to_type(date_trunc('{unit}', x), x)"),
    )


_DATES = (
    *(macro for unit, step in DATE_UNITS.items() for macro in _date_macros(unit, step)),
    "CREATE MACRO trino_now() AS date_trunc('millisecond', now())",
    "CREATE MACRO trino_to_iso8601(x) AS CASE typeof(x)"
    " WHEN 'DATE' THEN strftime(x::TIMESTAMP, '%Y-%m-%d')"
    " WHEN 'TIMESTAMP' THEN strftime(x::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%g')"
    " ELSE strftime(timezone('UTC', x::TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S.%gZ') END",
    "CREATE MACRO trino_wall_clock(zone, x) AS timezone(zone, x::TIMESTAMPTZ)",
    "CREATE MACRO trino_millisecond(x) AS millisecond(x) % 1000",
    # By way of texts, because each branch has to bind for numbers and for dates.
    "CREATE MACRO trino_sequence(a, b) AS CASE WHEN typeof(a) IN ('DATE', 'TIMESTAMP')"
    " THEN cast_to_type(generate_series(TRY_CAST(a::VARCHAR AS TIMESTAMP),"
    " TRY_CAST(b::VARCHAR AS TIMESTAMP), INTERVAL 1 DAY)::VARCHAR[], [a])"
    " ELSE cast_to_type(generate_series(TRY_CAST(a::VARCHAR AS BIGINT),"
    " TRY_CAST(b::VARCHAR AS BIGINT))::VARCHAR[], [a]) END",
)

_TEXTS = (
    # Texts are compared with texts, numbers with numbers: a CASE of two types does not bind.
    "CREATE MACRO trino_number(x) AS CASE WHEN false THEN 0 ELSE x END",
    "CREATE MACRO trino_text(x) AS CASE WHEN false THEN ''::VARCHAR ELSE x END",
    "CREATE MACRO trino_substr(s, start) AS CASE"
    " WHEN start = 0 OR abs(start) > length(s) THEN '' ELSE substr(s, start) END,"
    " (s, start, n) AS CASE"
    " WHEN start = 0 OR abs(start) > length(s) OR n <= 0 THEN '' ELSE substr(s, start, n) END",
    "CREATE MACRO trino_split_part(s, d, i) AS CASE WHEN i > 0 THEN string_split(s, d)[i] ELSE "
    + _fail("INVALID_FUNCTION_ARGUMENT", "Index must be greater than zero")
    + "::VARCHAR END",
    "CREATE MACRO trino_regexp_extract(s, p) AS"
    " CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,"
    " (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    "CREATE MACRO trino_regexp_count(s, p) AS len(regexp_extract_all(s, p))",
    "CREATE MACRO trino_md5(b) AS unhex(md5(b::BLOB))",
    "CREATE MACRO trino_sha1(b) AS unhex(sha1(b::BLOB))",
    "CREATE MACRO trino_sha256(b) AS unhex(sha256(b::BLOB))",
    "CREATE MACRO trino_json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END",
    "CREATE MACRO trino_json_extract_scalar(j, p) AS CASE WHEN json_valid(j) THEN"
    " CASE WHEN json_type(j, p) NOT IN ('OBJECT', 'ARRAY', 'NULL')"
    " THEN json_extract_string(j, p) END END",
    "CREATE MACRO trino_json_array_length(j) AS"
    " CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' THEN json_array_length(j)::BIGINT END",
)

_COLLECTIONS = (
    "CREATE MACRO trino_element_at(x, k) AS x[k]",
    "CREATE MACRO trino_repeat(x, n) AS list_transform(range(n), lambda trino__i: x)",
    "CREATE MACRO trino_array_position(a, x) AS"
    " CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN COALESCE(list_position(a, x), 0)::BIGINT END",
    "CREATE MACRO trino_slice(a, start, n) AS CASE WHEN start > 0"
    " THEN list_slice(a, start, start + n - 1)"
    " ELSE list_slice(a, len(a) + start + 1, len(a) + start + n) END",
    "CREATE MACRO trino_array_remove(a, x) AS list_filter(a, lambda trino__e: trino__e <> x)",
    "CREATE MACRO trino_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST')",
    "CREATE MACRO trino_array_union(a, b) AS list_distinct(list_concat(a, b))",
)

MACROS = (*_ARITHMETIC, *CAST_MACROS, *_DATES, *_TEXTS, *_COLLECTIONS)


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros in a DuckDB database; all its cursors see them."""
    connection.create_function("trino_double_to_varchar", double_to_varchar, [DOUBLE], VARCHAR)
    for macro in MACROS:
        connection.execute(macro)
