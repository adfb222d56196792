"""Operators whose meaning differs: arithmetic, comparison with literals, time zones, subscripts."""

from __future__ import annotations

from sqlglot import exp

from local.cloud.athena.errors import not_supported
from local.cloud.athena.translate.calls import call, literal_text, weight
from local.cloud.athena.translate.function_builders import concatenation

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_SMALL = 12
_WALL_CLOCK_CASTS = (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIME)
_WALL_CLOCK_FUNCTIONS_TEXT = (
    "date year quarter month week week_of_year day day_of_month day_of_week dow "
    "day_of_year doy hour minute second millisecond year_of_week yow date_format "
    "format_datetime"
)
_WALL_CLOCK_FUNCTIONS = frozenset(_WALL_CLOCK_FUNCTIONS_TEXT.split())


def is_interval(node: exp.Expr) -> bool:
    """Whether an expression is an interval as far as its text tells."""
    node = node.unnest()
    if isinstance(node, exp.Interval):
        return True
    if isinstance(node, exp.Neg):
        return is_interval(node.this)
    if isinstance(node, exp.Mul | exp.Add):
        return is_interval(node.this) or is_interval(node.expression)
    return False


def arithmetic(node: exp.Expr) -> exp.Expr:
    """+ - / % of DuckDB that do what Trino's do."""
    left, right = node.this, node.expression
    if isinstance(node, exp.Div):
        return call("trino_div", left, right)
    if isinstance(node, exp.Mod):
        return call("trino_mod", left.unnest(), right.unnest())
    if isinstance(node, exp.Add | exp.Sub):
        if is_interval(left) and is_interval(right):
            return node
        name = "trino_add_interval" if isinstance(node, exp.Add) else "trino_sub_interval"
        if is_interval(right):
            return call(name, left, right)
        if is_interval(left):
            return call(name, right, left)
        _check_number(node)
        if (
            isinstance(node, exp.Sub)
            and weight(left) <= _SMALL
            and weight(right) <= _SMALL
            and not isinstance(right, exp.Literal)
        ):
            return call("trino_sub", left, right)
    return node


def comparison(node: exp.Expr) -> exp.Expr:
    """Comparisons with a literal bind only when the other side is of the literal's type."""
    if isinstance(node, _COMPARISONS):
        for side, other in (("this", "expression"), ("expression", "this")):
            _check(node, side, [node.args[other]])
    elif isinstance(node, exp.Between):
        _check(node, "this", [node.args["low"], node.args["high"]])
    elif isinstance(node, exp.In) and node.expressions:
        _check(node, "this", node.expressions)
    return node


def _check(node: exp.Expr, side: str, others: list[exp.Expr]) -> None:
    value = node.args[side]
    if isinstance(value, exp.Literal | exp.Null | exp.Tuple | exp.Query | exp.Boolean):
        return
    if any(literal_text(other) is not None for other in others):
        node.set(side, call("trino_text", value))
    elif any(isinstance(other, exp.Literal) for other in others):
        node.set(side, call("trino_number", value))


def _check_number(node: exp.Expr) -> None:
    for side, other in (("this", "expression"), ("expression", "this")):
        if isinstance(node.args[other], exp.Literal) and not isinstance(
            node.args[side], exp.Literal
        ):
            node.set(side, call("trino_number", node.args[side]))


def at_time_zone(node: exp.AtTimeZone) -> exp.Expr:
    """AT TIME ZONE: an instant for UTC, else the wall clock there where only that is looked at.

    DuckDB's instants carry no zone, so that an instant shown in another zone cannot be kept.
    """
    zone = literal_text(node.args["zone"])
    if zone is None:
        raise not_supported("AT TIME ZONE with an expression")
    if zone.upper() in ("UTC", "ETC/UTC", "Z", "+00:00"):
        return exp.cast(node.this, "TIMESTAMPTZ")
    if not _reads_wall_clock(node):
        raise not_supported(
            f"AT TIME ZONE '{zone}' outside of cast(… as timestamp), cast(… as date), hour() and"
            " other functions that read the clock"
        )
    return call("trino_wall_clock", exp.Literal.string(zone), node.this)


def _reads_wall_clock(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, exp.Cast):
        return parent.to.this in _WALL_CLOCK_CASTS
    if isinstance(parent, exp.Extract):
        return True
    if isinstance(parent, exp.Anonymous):
        name = str(parent.this).lower()
        if name in ("date_trunc", "date_add"):
            return _reads_wall_clock(parent)
        return name in _WALL_CLOCK_FUNCTIONS
    return False


def subscript(node: exp.Bracket) -> exp.Expr:
    """``a[1]``: sqlglot counts literal indexes from 0, arrays count from 1."""
    (index,) = node.expressions
    if isinstance(index, exp.Literal) and not index.is_string:
        index = exp.Literal.number(int(index.name) + 1)
    return call("trino_element_at", node.this, index)


def concat(node: exp.DPipe) -> exp.Expr:
    """A whole chain of ``||`` at once."""
    operands: list[exp.Expr] = []
    stack: list[exp.Expr] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, exp.DPipe):
            stack += [current.expression, current.this]
        else:
            operands.append(current)
    return concatenation(operands)
