"""How calls of scalar functions are built where a new name alone does not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from local.cloud.athena.errors import QueryError, not_supported
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


def unit(node: exp.Expr) -> str:
    """The unit of a date function; QueryError if there is none like it."""
    name = _constant(node, "A date unit").lower()
    if name not in DATE_UNITS:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"'{name}' is not a valid TIMESTAMP field")
    return name


def strftime(convert: Callable[[str], str]) -> Builder:
    """A text of a moment, its pattern converted to strftime's."""

    def build(args: Arguments) -> exp.Expr:
        pattern = convert(_constant(args[1], "A date format"))
        moment = exp.cast(varchar(args[0]), "TIMESTAMP")
        return call("strftime", moment, exp.Literal.string(pattern))

    return build


def strptime(convert: Callable[[str], str], *, zoned: bool) -> Builder:
    """A moment from a text."""

    def build(args: Arguments) -> exp.Expr:
        pattern = convert(_constant(args[1], "A date format"))
        parsed = call("strptime", text(args[0]), exp.Literal.string(pattern))
        return exp.cast(parsed, "TIMESTAMPTZ") if zoned else parsed

    return build


def any_null(function: str) -> Builder:
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


def regexp_replace(args: Arguments) -> exp.Expr:
    """All matches, with groups written as ``$1``."""
    replacement = _constant(args[2], "A regexp_replace replacement") if len(args) > 2 else ""
    for group in range(10):
        replacement = replacement.replace(f"${group}", f"\\{group}")
    if "$" in replacement:
        raise not_supported(f"The regexp_replace replacement '{replacement}'")
    options = exp.Literal.string("g")
    return call("regexp_replace", args[0], args[1], exp.Literal.string(replacement), options)


def json_path(name: str) -> Builder:
    """A path of JSON in DuckDB's spelling."""

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


def reduce(args: Arguments) -> exp.Expr:
    """A fold, and the last lambda over what it gives."""
    body, (name,) = _lambda(args[3], "reduce", 1)
    folded = call("list_reduce", args[0], args[2], args[1])
    return exp.paren(_substitute(body, {name: folded}), copy=False)


def zip_with(args: Arguments) -> exp.Expr:
    """A lambda over pairs of elements."""
    body, (left, right) = _lambda(args[2], "zip_with", 2)
    pair = exp.column("__pair")

    def element(index: int) -> exp.Expr:
        return call("struct_extract", pair.copy(), exp.Literal.number(index))

    pairs = call("list_zip", args[0], args[1])
    mapped = _substitute(body, {left: element(1), right: element(2)})
    return call(
        "list_transform", pairs, exp.Lambda(this=mapped, expressions=[exp.to_identifier("__pair")])
    )


def matching(comparison: Callable[[exp.Expr, exp.Expr], exp.Expr]) -> Builder:
    """How many elements a lambda holds for, compared with how many there are."""

    def build(args: Arguments) -> exp.Expr:
        matching = call("len", call("list_filter", args[0].copy(), args[1]))
        return comparison(matching, call("len", args[0]))

    return build


def equal(a: exp.Expr, b: exp.Expr) -> exp.Expr:
    """For all_match()."""
    return exp.paren(exp.EQ(this=a, expression=b), copy=False)


def some(a: exp.Expr, _: exp.Expr) -> exp.Expr:
    """For any_match()."""
    return exp.paren(exp.GT(this=a, expression=exp.Literal.number(0)), copy=False)


def none_matches(a: exp.Expr, _: exp.Expr) -> exp.Expr:
    """For none_match()."""
    return exp.paren(exp.EQ(this=a, expression=exp.Literal.number(0)), copy=False)


def try_(args: Arguments) -> exp.Expr:
    """Null where an expression fails."""
    return call("try", args[0])


def sequence(args: Arguments) -> exp.Expr:
    """Numbers or dates, of the type of the first one."""
    if len(args) == 2:
        return call("trino_sequence", *args)
    series = call("generate_series", *args)
    return call("cast_to_type", series, exp.Array(expressions=[args[0].copy()]))


def array_join(args: Arguments) -> exp.Expr:
    """Elements as one text; nulls are left out or replaced."""
    element: exp.Expr = exp.cast(exp.column("__e"), "VARCHAR")
    if len(args) > 2:
        element = exp.Coalesce(this=element, expressions=[args[2]])
    body = exp.Lambda(this=element, expressions=[exp.to_identifier("__e")])
    return call("array_to_string", call("list_transform", args[0], body), args[1])


def to_milliseconds(args: Arguments) -> exp.Expr:
    """Of an interval, or of the difference of two dates, which DuckDB counts in days."""
    inner = args[0].unnest()
    if isinstance(inner, exp.Sub):
        return call("trino_milliseconds_between", inner.this, inner.expression)
    if isinstance(inner, exp.Anonymous) and inner.this == "trino_sub":
        return call("trino_milliseconds_between", *inner.expressions)
    return call("trino_to_milliseconds", args[0])


def date_part(name: str) -> Function:
    """A part of a date or time."""
    return Function(lambda args: call(name, varchar(args[0])), 1, 1)


def binary(kind: type[exp.Binary]) -> Function:
    """A function that is an operator of DuckDB."""

    def build(args: Arguments) -> exp.Expr:
        return exp.paren(kind(this=args[0], expression=args[1]), copy=False)

    return Function(build, 2, 2)
