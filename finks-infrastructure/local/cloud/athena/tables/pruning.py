"""Which partitions a query can have rows of, by the simple conditions in its WHERE."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from local.cloud.athena.catalog import Column, Partition

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
Condition = Callable[[Mapping[str, Any]], bool]
"""Whether a partition with these values can have rows; it is kept when in doubt."""

_OPERATORS: dict[type[exp.Expr], Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
}
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.EQ: exp.EQ,
}


def conditions(table: exp.Table) -> list[Condition]:
    """What the WHERE around a table says about that table alone, comparing with literals."""
    select = table.parent_select
    if not isinstance(select, exp.Select) or table.parent is None:
        return []
    where, alias = select.args.get("where"), table.alias_or_name.lower()
    joins = select.args.get("joins") or []
    alone = not joins
    if where is None or any(join.side for join in joins):
        return []
    if table.parent is not select.args.get("from_") and table.parent not in joins:
        return []
    return [
        condition
        for conjunct in _conjuncts(where.this)
        if (condition := _condition(conjunct, alias, alone=alone)) is not None
    ]


def prune(
    keys: tuple[Column, ...], partitions: Iterable[Partition], wanted: list[Condition]
) -> list[Partition]:
    """The partitions that can have rows."""
    kept = []
    for partition in partitions:
        values = {
            key.name: typed_value(key, value)
            for key, value in zip(keys, partition.values, strict=True)
        }
        if all(condition(values) for condition in wanted):
            kept.append(partition)
    return kept


def typed_value(key: Column, value: str) -> Any:
    """A partition's value in the type of its key; None for Hive's null, or if it is none."""
    if value == NULL_PARTITION:
        return None
    try:
        match key.type.kind:
            case "date":
                return datetime.date.fromisoformat(value)
            case "tinyint" | "smallint" | "integer" | "bigint":
                return int(value)
            case "decimal":
                return Decimal(value)
            case "varchar":
                return value
    except (ValueError, InvalidOperation):
        return None
    return _UNKNOWN


_UNKNOWN = object()


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    else:
        yield node


def _condition(node: exp.Expr, alias: str, *, alone: bool) -> Condition | None:
    def column(side: exp.Expr) -> str | None:
        if not isinstance(side, exp.Column):
            return None
        owned = side.table.lower() == alias if side.table else alone
        return side.name.lower() if owned else None

    if type(node) in _OPERATORS:
        kind: type[exp.Expr] = type(node)
        name, value = column(node.this), _literal(node.expression)
        if name is None:
            kind = _MIRRORED[kind]
            name, value = column(node.expression), _literal(node.this)
        return None if name is None or value is None else _compare(name, _OPERATORS[kind], value)
    if isinstance(node, exp.Between):
        name = column(node.this)
        low, high = _literal(node.args["low"]), _literal(node.args["high"])
        if name is None or low is None or high is None:
            return None
        above, below = _compare(name, operator.ge, low), _compare(name, operator.le, high)
        return lambda values: above(values) and below(values)
    if isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
        name, listed = column(node.this), [_literal(item) for item in node.expressions]
        if name is None or None in listed:
            return None
        equal = [_compare(name, operator.eq, item) for item in listed]
        return lambda values: any(condition(values) for condition in equal)
    return None


def _compare(name: str, compare: Callable[[Any, Any], bool], literal: Any) -> Condition:
    def condition(values: Mapping[str, Any]) -> bool:
        value = values.get(name, _UNKNOWN)
        if value is None or type(value) is not type(literal):
            # null compares with nothing, but a mismatch of types is for DuckDB to judge
            return True
        return compare(value, literal)

    return condition


def _literal(node: exp.Expr) -> Any:
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE:
        inner = _literal(node.this)
        try:
            return datetime.date.fromisoformat(inner) if isinstance(inner, str) else None
        except ValueError:
            return None
    if isinstance(node, exp.Literal):
        if node.is_string:
            return str(node.this)
        return int(node.name) if node.name.isdigit() else None
    return None
