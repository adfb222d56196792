"""Aggregate and window functions."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.translate.calls import call

_SAME = (
    "count sum min max count_if bool_and bool_or stddev stddev_samp stddev_pop variance var_samp"
    " var_pop covar_samp covar_pop corr regr_slope regr_intercept regr_count regr_r2 array_agg"
    " any_value histogram row_number rank dense_rank percent_rank cume_dist ntile bitwise_and_agg"
)
_RENAMED = {
    "arbitrary": "any_value",
    "every": "bool_and",
    # unlike arg_max, which passes over rows whose value is null
    "max_by": "arg_max_null",
    "min_by": "arg_min_null",
    "bitwise_and_agg": "bit_and",
    "bitwise_or_agg": "bit_or",
    "geometric_mean": "geomean",
}
NAMES = {name: name for name in _SAME.split()} | _RENAMED
_NULL_AWARE: dict[str, type[exp.Expr]] = {
    "lag": exp.Lag,
    "lead": exp.Lead,
    "first_value": exp.FirstValue,
    "last_value": exp.LastValue,
    "nth_value": exp.NthValue,
}
_OVER_ROWS = (exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls)


def is_aggregate(name: str) -> bool:
    """Whether a function works on rows rather than on values."""
    return (
        name in NAMES
        or name in _NULL_AWARE
        or name in ("avg", "approx_distinct", "approx_percentile", "map_agg", "set_agg")
    )


def build(name: str, args: list[exp.Expr]) -> exp.Expr:
    """The call in DuckDB; avg() is left for `expand_averages`."""
    if name in ("min", "max") and len(args) > 1:
        raise not_supported(f"{name}(x, n)")
    if name == "avg":
        return exp.Anonymous(this="avg", expressions=args)
    if name in _NULL_AWARE:
        return _null_aware(name, args)
    if name == "approx_distinct":
        # exact: Trino's answer is within 2.3 % of it
        return exp.Anonymous(this="count", expressions=[exp.Distinct(expressions=args[:1])])
    if name == "approx_percentile":
        if len(args) != 2:
            raise not_supported("approx_percentile with weights or an accuracy")
        return call("quantile_disc", *args)
    if name == "map_agg":
        return call("map", call("list", args[0]), call("list", args[1]))
    if name == "set_agg":
        return exp.Anonymous(this="list", expressions=[exp.Distinct(expressions=args)])
    return exp.Anonymous(this=NAMES[name], expressions=args)


def _null_aware(name: str, args: list[exp.Expr]) -> exp.Expr:
    kind = _NULL_AWARE[name]
    limits = {"lag": 3, "lead": 3, "nth_value": 2}
    if not 1 <= len(args) <= limits.get(name, 1):
        raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters for function {name}")
    names = ("this", "offset", "default")
    return kind(**dict(zip(names, args, strict=False)))


def expand_averages(root: exp.Expr) -> exp.Expr:
    """Replace avg(x) so that it keeps the type of decimals: a sum over a count, rounded half up."""
    holder = exp.Paren(this=root)
    averages = [
        node
        for node in holder.find_all(exp.Anonymous)
        if str(node.this).lower() == "avg" and not node.meta.get("expanded")
    ]
    for node in averages:
        top: exp.Expr = node
        while isinstance(top.parent, _OVER_ROWS) and top.parent.this is top:
            top = top.parent
        parts = (_with_function(top, node, name) for name in ("sum", "count", "max"))
        top.replace(call("trino_avg", *parts))
    result: exp.Expr = holder.this
    result.pop()
    return result


def _with_function(top: exp.Expr, node: exp.Expr, name: str) -> exp.Expr:
    """A copy of `top` in which the call `node` is of another function."""
    return _swap(top.copy(), top, node, lambda args: exp.Anonymous(this=name, expressions=args))


def _swap(
    copied: exp.Expr,
    original: exp.Expr,
    node: exp.Expr,
    make: Callable[[list[exp.Expr]], exp.Expr],
) -> exp.Expr:
    if original is node:
        return make([argument.copy() for argument in node.expressions])
    inner = _swap(copied.this, original.this, node, make)
    copied.set("this", inner)
    return copied
