"""Scalar functions: what each name of Trino is in DuckDB. A name that is not here is refused."""

from __future__ import annotations

from sqlglot import exp

from local.cloud.athena.errors import QueryError
from local.cloud.athena.translate import formats
from local.cloud.athena.translate.calls import call
from local.cloud.athena.translate.function_builders import (
    Arguments,
    Function,
    any_null,
    array_join,
    binary,
    concatenation,
    date_part,
    equal,
    json_path,
    matching,
    none_matches,
    reduce,
    regexp_replace,
    rename,
    sequence,
    some,
    strftime,
    strptime,
    text,
    to_milliseconds,
    try_,
    unit,
    varchar,
    zip_with,
)

_SAME = {
    1: (
        "abs ceil floor sqrt cbrt exp ln log10 log2 sin cos tan asin acos atan sinh cosh tanh"
        " degrees radians sign lower upper length ltrim rtrim chr"
        " to_base64 from_base64 map_keys map_values map_entries map_from_entries json_valid flatten"
    ),
    2: ("atan2 starts_with nullif strpos"),
}
_RENAMED = {
    ("ceiling", "ceil"), ("codepoint", "unicode"), ("is_nan", "isnan"), ("is_infinite", "isinf"),
    ("is_finite", "isfinite"), ("to_hex", "hex"), ("from_hex", "unhex"), ("to_utf8", "encode"),
    ("from_utf8", "decode"), ("md5", "trino_md5"), ("sha1", "trino_sha1"),
    ("sha256", "trino_sha256"), ("url_encode", "url_encode"), ("url_decode", "url_decode"),
    ("to_iso8601", "trino_to_iso8601"), ("to_unixtime", "epoch"),
    ("array_distinct", "list_distinct"),
    ("array_max", "list_max"), ("array_min", "list_min"), ("array_sort", "trino_array_sort"),
    ("array_sum", "list_sum"), ("json_array_length", "trino_json_array_length"),
    ("json_format", "json"), ("last_day_of_month", "last_day"),
}  # fmt: skip
_DATE_PARTS = {
    "year": "year", "quarter": "quarter", "month": "month", "week": "week", "week_of_year": "week",
    "day": "day", "day_of_month": "day", "day_of_week": "isodow", "dow": "isodow",
    "day_of_year": "dayofyear", "doy": "dayofyear", "hour": "hour", "minute": "minute",
    "second": "second", "millisecond": "trino_millisecond", "year_of_week": "isoyear",
    "yow": "isoyear",
}  # fmt: skip

FUNCTIONS: dict[str, Function] = {
    **{name: rename(name, 1) for name in _SAME[1].split()},
    **{name: rename(name, 2) for name in _SAME[2].split()},
    **{name: rename(target, 1) for name, target in _RENAMED},
    **{name: date_part(target) for name, target in _DATE_PARTS.items()},
    "coalesce": Function(lambda a: exp.Coalesce(this=a[0], expressions=a[1:]), 1, 999),
    "if": Function(
        lambda a: exp.Case(
            ifs=[exp.If(this=a[0], true=a[1])], default=a[2] if len(a) > 2 else None
        ),
        2,
        3,
    ),
    "try": Function(try_, 1, 1),
    "greatest": Function(any_null("greatest"), 1, 999),
    "least": Function(any_null("least"), 1, 999),
    "concat": Function(concatenation, 1, 999),
    "concat_ws": rename("concat_ws", 2, 999),
    "round": rename("round", 1, 2),
    "truncate": rename("trunc", 1, 2),
    "mod": rename("trino_mod", 2),
    "pow": rename("power", 2),
    "power": rename("power", 2),
    "log": rename("log", 2),
    "pi": rename("pi", 0),
    "e": Function(lambda _: call("exp", exp.cast(exp.Literal.number(1), "DOUBLE")), 0, 0),
    "nan": Function(lambda _: exp.cast(exp.Literal.string("nan"), "DOUBLE"), 0, 0),
    "infinity": Function(lambda _: exp.cast(exp.Literal.string("inf"), "DOUBLE"), 0, 0),
    "rand": rename("random", 0),
    "random": rename("random", 0),
    "uuid": rename("uuid", 0),
    "now": rename("trino_now", 0),
    "current_timezone": Function(lambda _: exp.Literal.string("UTC"), 0, 0),
    "bitwise_and": binary(exp.BitwiseAnd),
    "bitwise_or": binary(exp.BitwiseOr),
    "bitwise_xor": rename("xor", 2),
    "bitwise_left_shift": binary(exp.BitwiseLeftShift),
    "substr": rename("trino_substr", 2, 3),
    "substring": rename("trino_substr", 2, 3),
    "trim": rename("trim", 1),
    "replace": Function(
        lambda a: call("replace", a[0], a[1], a[2] if len(a) > 2 else exp.Literal.string("")), 2, 3
    ),
    "reverse": rename("reverse", 1),
    "lpad": rename("lpad", 3),
    "rpad": rename("rpad", 3),
    "levenshtein_distance": rename("levenshtein", 2),
    "split": rename("string_split", 2),
    "split_part": rename("trino_split_part", 3),
    "regexp_like": rename("regexp_matches", 2),
    "regexp_extract": rename("trino_regexp_extract", 2, 3),
    "regexp_extract_all": rename("regexp_extract_all", 2, 3),
    "regexp_count": rename("trino_regexp_count", 2),
    "regexp_split": rename("regexp_split_to_array", 2),
    "regexp_replace": Function(regexp_replace, 2, 3),
    "json_parse": Function(lambda a: exp.cast(a[0], "JSON"), 1, 1),
    "json_extract": Function(json_path("trino_json_extract"), 2, 2),
    "json_extract_scalar": Function(json_path("trino_json_extract_scalar"), 2, 2),
    "date": Function(lambda a: call("trino_cast_date", a[0]), 1, 1),
    "date_add": Function(lambda a: call(f"trino_date_add_{unit(a[0])}", a[1], varchar(a[2])), 3, 3),
    "date_diff": Function(
        lambda a: call(f"trino_date_diff_{unit(a[0])}", varchar(a[1]), varchar(a[2])), 3, 3
    ),
    "date_trunc": Function(lambda a: call(f"trino_date_trunc_{unit(a[0])}", varchar(a[1])), 2, 2),
    "date_format": Function(strftime(formats.from_mysql), 2, 2),
    "format_datetime": Function(strftime(formats.from_joda), 2, 2),
    "date_parse": Function(strptime(formats.from_mysql, zoned=False), 2, 2),
    "parse_datetime": Function(strptime(formats.from_joda, zoned=True), 2, 2),
    "from_unixtime": Function(lambda a: call("to_timestamp", a[0]), 1, 1),
    "from_iso8601_timestamp": Function(lambda a: exp.cast(text(a[0]), "TIMESTAMPTZ"), 1, 1),
    "from_iso8601_date": Function(lambda a: call("trino_cast_date", text(a[0])), 1, 1),
    "with_timezone": Function(lambda a: call("timezone", a[1], a[0]), 2, 2),
    "to_milliseconds": Function(to_milliseconds, 1, 1),
    "cardinality": Function(lambda a: exp.cast(call("len", a[0]), "BIGINT"), 1, 1),
    "element_at": rename("trino_element_at", 2),
    "contains": rename("list_contains", 2),
    "array_position": rename("trino_array_position", 2),
    "array_remove": rename("trino_array_remove", 2),
    "array_union": rename("trino_array_union", 2),
    "array_intersect": rename("list_intersect", 2),
    "arrays_overlap": rename("list_has_any", 2),
    "array_join": Function(array_join, 2, 3),
    "slice": rename("trino_slice", 3),
    "sequence": Function(sequence, 2, 3),
    "repeat": rename("trino_repeat", 2),
    "transform": rename("list_transform", 2),
    "filter": rename("list_filter", 2),
    "reduce": Function(reduce, 4, 4),
    "zip_with": Function(zip_with, 3, 3),
    "any_match": Function(matching(some), 2, 2),
    "all_match": Function(matching(equal), 2, 2),
    "none_match": Function(matching(none_matches), 2, 2),
    "row": rename("row", 1, 999),
    "map": Function(
        lambda a: call("map", *a) if a else call("map", exp.Array(), exp.Array()), 0, 2
    ),
    "map_concat": rename("map_concat", 2, 999),
    "grouping": rename("grouping", 1, 999),
}


def build(name: str, args: Arguments) -> exp.Expr:
    """The call of a scalar function in DuckDB; raises QueryError for what Trino would refuse."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise QueryError(
            "FUNCTION_NOT_FOUND",
            f"Function '{name}' not registered in the local Athena; if AWS has it, write it with"
            " other functions",
        )
    if not function.least <= len(args) <= function.most:
        raise QueryError(
            "FUNCTION_NOT_FOUND", f"Unexpected parameters for function {name}: {len(args)} given"
        )
    return function.build(args)
