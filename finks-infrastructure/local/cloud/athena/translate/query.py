"""Rewriting the tree of a query, expression by expression, from the leaves up."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError

from local.cloud.athena.errors import QueryError, not_supported
from local.cloud.athena.translate import aggregates, casting, functions, operators
from local.cloud.athena.translate.calls import call, literal_text

_REFUSED: dict[type[exp.Expr], str] = {
    exp.MatchRecognize: "MATCH_RECOGNIZE",
    exp.JSONTable: "JSON_TABLE",
    exp.JSONExtract: "JSON_QUERY",
    exp.JSONValue: "JSON_VALUE",
    exp.UserDefinedFunction: "WITH FUNCTION",
    exp.FunctionSpecification: "WITH FUNCTION",
}
_NO_SUCH_SYNTAX: dict[type[exp.Expr], str] = {
    exp.Qualify: "QUALIFY",
    exp.ILike: "ILIKE",
    exp.Pivot: "PIVOT",
    exp.Into: "INTO",
}
_EXTRACTED = {"DOW": "dow", "DAY_OF_WEEK": "dow", "DOY": "doy", "DAY_OF_YEAR": "doy"}


def translate(query: exp.Expr) -> exp.Expr:
    """A tree of Trino as a tree of DuckDB. Tables have to be resolved before; works in place."""
    holder = exp.Paren(this=query)
    for node in reversed(list(holder.walk(bfs=False))):
        if node is holder:
            continue
        replacement = _node(node)
        if replacement is not node:
            node.replace(replacement)
    result = holder.this
    result.pop()
    return aggregates.expand_averages(result)


def to_sql(query: exp.Expr) -> str:
    """The text for DuckDB; raises QueryError for what sqlglot cannot write in it."""
    try:
        return query.sql(
            "duckdb", identify=True, unsupported_level=ErrorLevel.RAISE, comments=False
        )
    except UnsupportedError as error:
        raise not_supported(str(error)) from error


def _node(node: exp.Expr) -> exp.Expr:
    if type(node) in _REFUSED:
        raise not_supported(_REFUSED[type(node)])
    if type(node) in _NO_SUCH_SYNTAX:
        raise QueryError(
            "SYNTAX_ERROR", f"mismatched input '{_NO_SUCH_SYNTAX[type(node)]}': Athena has it not"
        )
    if isinstance(node, exp.DPipe):
        return node if isinstance(node.parent, exp.DPipe) else operators.concat(node)
    if isinstance(node, exp.Div | exp.Mod | exp.Add | exp.Sub):
        return operators.arithmetic(node)
    if isinstance(node, exp.EQ) and isinstance(node.parent, exp.Update):
        return node
    if isinstance(node, exp.Predicate):
        return operators.comparison(node)
    if isinstance(node, exp.Interval):
        return _interval(node)
    if isinstance(node, exp.Cast):
        return casting.build(node)
    if isinstance(node, exp.AtTimeZone):
        return operators.at_time_zone(node)
    if isinstance(node, exp.Bracket):
        return operators.subscript(node)
    if isinstance(node, exp.Star) and (node.args.get("except_") or node.args.get("replace")):
        raise QueryError("SYNTAX_ERROR", "mismatched input 'EXCEPT': Athena has no SELECT * EXCEPT")
    if isinstance(node, exp.Column):
        return _column(node)
    if isinstance(node, exp.Unnest):
        return _unnest(node)
    if isinstance(node, exp.Func):
        return _function(node)
    return node


def _function(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
        if name.startswith("trino_"):
            raise QueryError("FUNCTION_NOT_FOUND", f"Function '{name}' not registered")
        if name == "at_timezone" and len(node.expressions) == 2:
            zoned = exp.AtTimeZone(this=node.expressions[0], zone=node.expressions[1])
            node.replace(zoned)
            return operators.at_time_zone(zoned)
        if aggregates.is_aggregate(name):
            return aggregates.build(name, node.expressions)
        return functions.build(name, node.expressions)
    if isinstance(node, exp.CurrentTimestamp):
        return call("trino_now")
    if isinstance(node, exp.Localtimestamp):
        return exp.cast(call("trino_now"), "TIMESTAMP")
    if isinstance(node, exp.Extract):
        part = str(node.this.name).upper()
        return functions.build(_EXTRACTED.get(part, part.lower()), [node.expression])
    if isinstance(node, exp.Substring):
        start, length = node.args.get("start"), node.args.get("length")
        return call("trino_substr", *(a for a in (node.this, start, length) if a is not None))
    if isinstance(node, exp.StrPosition):
        return call("strpos", node.this, node.args["substr"])
    if isinstance(node, exp.GroupConcat):
        return _listagg(node)
    if isinstance(node, _ACCEPTED):
        return node
    raise not_supported(f"The function {node.sql('trino').split('(')[0].lower()}")


_ACCEPTED = (
    exp.Case,
    exp.If,
    exp.Connector,
    exp.Exists,
    exp.Array,
    exp.Cast,
    exp.CurrentDate,
    exp.Trim,
    exp.Coalesce,
    exp.Lag,
    exp.Lead,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
    exp.Any,
    exp.All,
    exp.Predicate,
    exp.Columns,
)


def _interval(node: exp.Interval) -> exp.Expr:
    unit = node.args.get("unit")
    if not isinstance(unit, exp.Var) or literal_text(node.this) is None:
        raise not_supported(f"The interval {node.sql('trino')}")
    return node


def _column(node: exp.Column) -> exp.Expr:
    """``catalog.db.table.column`` is known as ``table.column`` once tables are resolved."""
    if node.args.get("db") is not None and node.meta.get("table_qualified"):
        node.set("db", None)
        node.set("catalog", None)
    return node


def _listagg(node: exp.GroupConcat) -> exp.Expr:
    if node.args.get("on_overflow"):
        raise not_supported("listagg with ON OVERFLOW")
    separator = node.args.get("separator") or exp.Literal.string("")
    ordered = node.this
    if isinstance(ordered, exp.Order):
        order = exp.Order(this=separator, expressions=ordered.expressions)
        return exp.Anonymous(this="string_agg", expressions=[ordered.this, order])
    return exp.Anonymous(this="string_agg", expressions=[ordered, separator])


def _unnest(node: exp.Unnest) -> exp.Expr:
    """UNNEST of several arrays, or with ordinality, as a lateral subquery."""
    arrays = node.expressions
    alias = node.args.get("alias")
    names = [identifier.copy() for identifier in alias.columns] if alias else []
    ordinality = node.args.get("offset")
    if names and len(names) > len(arrays):
        raise not_supported(
            "UNNEST of a map or of an array of rows; use map_keys() and map_values()"
        )
    columns = [call("unnest", array) for array in arrays]
    if ordinality:
        columns.append(call("unnest", call("range", exp.Literal.number(1), _longest(arrays))))
        if isinstance(ordinality, exp.Identifier):
            names.append(ordinality.copy())
    subquery = exp.Subquery(
        this=exp.select(*columns),
        alias=exp.TableAlias(this=alias.this if alias else None, columns=names),
    )
    return (
        exp.Lateral(this=subquery, alias=subquery.args.pop("alias")) if names or alias else subquery
    )


def _longest(arrays: list[exp.Expr]) -> exp.Expr:
    lengths = [call("len", array.copy()) for array in arrays]
    longest = call("greatest", *lengths) if len(lengths) > 1 else lengths[0]
    return exp.Add(this=longest, expression=exp.Literal.number(1))
