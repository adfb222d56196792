"""Scalar functions: what each name of Trino is in DuckDB. A name that is not here is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.translate import formats
from local.cloud.athena.translate.calls import call, literal_text
from local.cloud.athena.translate.macros import DATE_UNITS

Arguments = list[exp.Expr]
Builder = Callable[[Arguments], exp.Expr]


@dataclass(frozen=True)
class Function:
    """How to build a call; `least` and `most` bound the number of its arguments."""

    build: Builder
    least: int
    most: int


def rename(name: str, least: int = 1, most: int | None = None) -> Function:
    """A function that DuckDB (or a macro) has under another name."""
    return Function(lambda args: call(name, *args), least, least if most is None else most)


def varchar(node: exp.Expr) -> exp.Expr:
    """A text literal with its type, so that DuckDB does not take it for a date."""
    return exp.cast(node, "VARCHAR") if literal_text(node) is not None else node


def text(node: exp.Expr) -> exp.Expr:
    """An operand that has to be a text; anything else does not bind."""
    return node if literal_text(node) is not None else call("trino_text", node)


def _constant(node: exp.Expr, what: str) -> str:
    value = literal_text(node)
    if value is None:
        raise not_supported(f"{what} that is not a literal")
    return value


def _unit(node: exp.Expr) -> str:
    unit = _constant(node, "A date unit").lower()
    if unit not in DATE_UNITS:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"'{unit}' is not a valid TIMESTAMP field")
    return unit


def _strftime(convert: Callable[[str], str]) -> Builder:
    def build(args: Arguments) -> exp.Expr:
        pattern = convert(_constant(args[1], "A date format"))
        moment = exp.cast(varchar(args[0]), "TIMESTAMP")
        return call("strftime", moment, exp.Literal.string(pattern))

    return build


def _strptime(convert: Callable[[str], str], *, zoned: bool) -> Builder:
    def build(args: Arguments) -> exp.Expr:
        pattern = convert(_constant(args[1], "A date format"))
        parsed = call("strptime", text(args[0]), exp.Literal.string(pattern))
        return exp.cast(parsed, "TIMESTAMPTZ") if zoned else parsed

    return build


def _any_null(function: str) -> Builder:
    """greatest() and least() are null when any argument is; DuckDB's skip nulls."""

    def build(args: Arguments) -> exp.Expr:
        condition = exp.or_(*(exp.Is(this=a.copy(), expression=exp.null()) for a in args))
        return exp.Case(
            ifs=[exp.If(this=condition, true=exp.null())], default=call(function, *args)
        )

    return build


def concatenation(args: Arguments) -> exp.Expr:
    """``a || b || c``; all are texts as soon as one of them is a literal text."""
    if any(literal_text(arg) is not None for arg in args):
        args = [text(arg) for arg in args]
    result = args[0]
    for arg in args[1:]:
        result = exp.DPipe(this=result, expression=arg)
    return exp.paren(result, copy=False)


def _regexp_replace(args: Arguments) -> exp.Expr:
    replacement = _constant(args[2], "A regexp_replace replacement") if len(args) > 2 else ""
    for group in range(10):
        replacement = replacement.replace(f"${group}", f"\\{group}")
    if "$" in replacement:
        raise not_supported(f"The regexp_replace replacement '{replacement}'")
    options = exp.Literal.string("g")
    return call("regexp_replace", args[0], args[1], exp.Literal.string(replacement), options)


def _json_path(name: str) -> Builder:
    def build(args: Arguments) -> exp.Expr:
        path = _constant(args[1], "A JSON path").replace('["', '."').replace('"]', '"')
        return call(name, args[0], exp.Literal.string(path))

    return build


def _substitute(body: exp.Expr, values: dict[str, exp.Expr]) -> exp.Expr:
    def replace(node: exp.Expr) -> exp.Expr:
        name = node.name.lower() if isinstance(node, exp.Column | exp.Identifier) else ""
        is_variable = isinstance(node, exp.Column) and not node.table and name in values
        is_parameter = isinstance(node, exp.Identifier) and not isinstance(node.parent, exp.Column)
        if is_variable or (is_parameter and name in values):
            return values[name].copy()
        return node

    return body.copy().transform(replace)


def _lambda(node: exp.Expr, function: str, parameters: int) -> tuple[exp.Expr, list[str]]:
    if not isinstance(node, exp.Lambda) or len(node.expressions) != parameters:
        raise QueryError("TYPE_MISMATCH", f"{function} expects a lambda of {parameters} parameters")
    return node.this, [parameter.name.lower() for parameter in node.expressions]


def _reduce(args: Arguments) -> exp.Expr:
    body, (name,) = _lambda(args[3], "reduce", 1)
    folded = call("list_reduce", args[0], args[2], args[1])
    return exp.paren(_substitute(body, {name: folded}), copy=False)


def _zip_with(args: Arguments) -> exp.Expr:
    body, (left, right) = _lambda(args[2], "zip_with", 2)
    pair = exp.column("__pair")

    def element(index: int) -> exp.Expr:
        return call("struct_extract", pair.copy(), exp.Literal.number(index))

    pairs = call("list_zip", args[0], args[1])
    mapped = _substitute(body, {left: element(1), right: element(2)})
    return call(
        "list_transform", pairs, exp.Lambda(this=mapped, expressions=[exp.to_identifier("__pair")])
    )


def _match(comparison: Callable[[exp.Expr, exp.Expr], exp.Expr]) -> Builder:
    def build(args: Arguments) -> exp.Expr:
        matching = call("len", call("list_filter", args[0].copy(), args[1]))
        return comparison(matching, call("len", args[0]))

    return build


def _equal(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    return exp.paren(exp.EQ(this=a, expression=b), copy=False)


def _some(a: exp.Expr, _: exp.Expr) -> exp.Expr:
    return exp.paren(exp.GT(this=a, expression=exp.Literal.number(0)), copy=False)


def _none(a: exp.Expr, _: exp.Expr) -> exp.Expr:
    return exp.paren(exp.EQ(this=a, expression=exp.Literal.number(0)), copy=False)


def _try(args: Arguments) -> exp.Expr:
    return call("try", args[0])


def _sequence(args: Arguments) -> exp.Expr:
    if len(args) == 2:
        return call("trino_sequence", *args)
    series = call("generate_series", *args)
    return call("cast_to_type", series, exp.Array(expressions=[args[0].copy()]))


def _array_join(args: Arguments) -> exp.Expr:
    element: exp.Expr = exp.cast(exp.column("__e"), "VARCHAR")
    if len(args) > 2:
        element = exp.Coalesce(this=element, expressions=[args[2]])
    body = exp.Lambda(this=element, expressions=[exp.to_identifier("__e")])
    return call("array_to_string", call("list_transform", args[0], body), args[1])


def _to_milliseconds(args: Arguments) -> exp.Expr:
    inner = args[0].unnest()
    if isinstance(inner, exp.Sub):
        return call("trino_milliseconds_between", inner.this, inner.expression)
    if isinstance(inner, exp.Anonymous) and inner.this == "trino_sub":
        return call("trino_milliseconds_between", *inner.expressions)
    return call("trino_to_milliseconds", args[0])


def _date_part(name: str) -> Function:
    return Function(lambda args: call(name, varchar(args[0])), 1, 1)


def _binary(kind: type[exp.Binary]) -> Function:
    def build(args: Arguments) -> exp.Expr:
        return exp.paren(kind(this=args[0], expression=args[1]), copy=False)

    return Function(build, 2, 2)


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
    **{name: _date_part(target) for name, target in _DATE_PARTS.items()},
    "coalesce": Function(lambda a: exp.Coalesce(this=a[0], expressions=a[1:]), 1, 999),
    "if": Function(
        lambda a: exp.Case(
            ifs=[exp.If(this=a[0], true=a[1])], default=a[2] if len(a) > 2 else None
        ),
        2,
        3,
    ),
    "try": Function(_try, 1, 1),
    "greatest": Function(_any_null("greatest"), 1, 999),
    "least": Function(_any_null("least"), 1, 999),
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
    "bitwise_and": _binary(exp.BitwiseAnd),
    "bitwise_or": _binary(exp.BitwiseOr),
    "bitwise_xor": rename("xor", 2),
    "bitwise_left_shift": _binary(exp.BitwiseLeftShift),
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
    "regexp_replace": Function(_regexp_replace, 2, 3),
    "json_parse": Function(lambda a: exp.cast(a[0], "JSON"), 1, 1),
    "json_extract": Function(_json_path("trino_json_extract"), 2, 2),
    "json_extract_scalar": Function(_json_path("trino_json_extract_scalar"), 2, 2),
    "date": Function(lambda a: call("trino_cast_date", a[0]), 1, 1),
    "date_add": Function(
        lambda a: call(f"trino_date_add_{_unit(a[0])}", a[1], varchar(a[2])), 3, 3
    ),
    "date_diff": Function(
        lambda a: call(f"trino_date_diff_{_unit(a[0])}", varchar(a[1]), varchar(a[2])), 3, 3
    ),
    "date_trunc": Function(lambda a: call(f"trino_date_trunc_{_unit(a[0])}", varchar(a[1])), 2, 2),
    "date_format": Function(_strftime(formats.from_mysql), 2, 2),
    "format_datetime": Function(_strftime(formats.from_joda), 2, 2),
    "date_parse": Function(_strptime(formats.from_mysql, zoned=False), 2, 2),
    "parse_datetime": Function(_strptime(formats.from_joda, zoned=True), 2, 2),
    "from_unixtime": Function(lambda a: call("to_timestamp", a[0]), 1, 1),
    "from_iso8601_timestamp": Function(lambda a: exp.cast(text(a[0]), "TIMESTAMPTZ"), 1, 1),
    "from_iso8601_date": Function(lambda a: call("trino_cast_date", text(a[0])), 1, 1),
    "with_timezone": Function(lambda a: call("timezone", a[1], a[0]), 2, 2),
    "to_milliseconds": Function(_to_milliseconds, 1, 1),
    "cardinality": Function(lambda a: exp.cast(call("len", a[0]), "BIGINT"), 1, 1),
    "element_at": rename("trino_element_at", 2),
    "contains": rename("list_contains", 2),
    "array_position": rename("trino_array_position", 2),
    "array_remove": rename("trino_array_remove", 2),
    "array_union": rename("trino_array_union", 2),
    "array_intersect": rename("list_intersect", 2),
    "arrays_overlap": rename("list_has_any", 2),
    "array_join": Function(_array_join, 2, 3),
    "slice": rename("trino_slice", 3),
    "sequence": Function(_sequence, 2, 3),
    "repeat": rename("trino_repeat", 2),
    "transform": rename("list_transform", 2),
    "filter": rename("list_filter", 2),
    "reduce": Function(_reduce, 4, 4),
    "zip_with": Function(_zip_with, 3, 3),
    "any_match": Function(_match(_some), 2, 2),
    "all_match": Function(_match(_equal), 2, 2),
    "none_match": Function(_match(_none), 2, 2),
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
