"""Building calls of macros without letting the text of a query explode.

A macro repeats its arguments, so that calls nested in calls grow exponentially. Where that gets
out of hand an argument is evaluated once, as the parameter of a lambda over a list of one.
"""

from __future__ import annotations

import itertools

from sqlglot import exp

_COPIES = {
    "trino_div": 16,
    "trino_mod": 4,
    "trino_sub": 4,
    "trino_avg": 6,
    "trino_cast_varchar": 6,
    "trino_cast_date": 6,
    "trino_try_cast_date": 6,
    "trino_sequence": 5,
    "trino_to_iso8601": 4,
    "trino_json_extract_scalar": 3,
    "trino_split_part": 2,
    "trino_regexp_extract": 2,
    "trino_substr": 3,
    **{
        f"trino_{cast}_{kind}": 8
        for cast in ("cast", "try_cast")
        for kind in ("tinyint", "smallint", "integer", "bigint")
    },
}
_LIMIT = 400
_names = itertools.count()


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a DuckDB function or macro."""
    copies = _COPIES.get(name, 2 if name.startswith("trino_") else 1)
    heavy = [
        index
        for index, argument in enumerate(arguments)
        if copies > 1 and copies * weight(argument) > _LIMIT
    ]
    for index in heavy:
        return _once(name, list(arguments), index)
    return exp.Anonymous(this=name, expressions=list(arguments))


def weight(node: exp.Expr) -> int:
    """How many nodes an expression has once its macros are expanded, about."""
    if isinstance(node, exp.Query):
        return 50
    own = sum(weight(child) for child in node.iter_expressions()) + 1
    if isinstance(node, exp.Anonymous):
        return own * _COPIES.get(str(node.this), 1)
    return own


def _once(name: str, arguments: list[exp.Expr], index: int) -> exp.Expr:
    variable = f"__once_{next(_names)}"
    argument = arguments[index]
    arguments[index] = exp.column(variable)
    body = exp.Lambda(this=call(name, *arguments), expressions=[exp.to_identifier(variable)])
    transformed = exp.Anonymous(
        this="list_transform", expressions=[exp.Array(expressions=[argument]), body]
    )
    return exp.Anonymous(this="list_extract", expressions=[transformed, exp.Literal.number(1)])


def literal_text(node: exp.Expr | None) -> str | None:
    """The value of a text literal, None for anything else."""
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None
