"""Conditions of statements: the operators that the platform's documents use.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with
multiple context keys or values".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from graph.iam.wildcards import UnsupportedError, matches, matches_arn

type Context = Mapping[str, str | tuple[str, ...]]
"""Values of the request by condition key in lower case; a tuple for keys of several values."""
type Comparison = Callable[[str, str], bool]
"""Whether the value of the request (second) fits what the policy says (first)."""

_NEGATED = "Not"
_SET_OPERATORS = ("ForAllValues", "ForAnyValue")


def _numbers(compare: Callable[[float, float], bool]) -> Comparison:
    def compared(wanted: str, given: str) -> bool:
        try:
            return compare(float(given), float(wanted))
        except ValueError:
            return False

    return compared


_COMPARISONS: dict[str, Comparison] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": lambda wanted, given: wanted.lower() == given.lower(),
    "StringLike": matches,
    "ArnEquals": matches_arn,  # the same as ArnLike, says the User Guide
    "ArnLike": matches_arn,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
    "NumericEquals": _numbers(operator.eq),
    "NumericLessThan": _numbers(operator.lt),
    "NumericLessThanEquals": _numbers(operator.le),
    "NumericGreaterThan": _numbers(operator.gt),
    "NumericGreaterThanEquals": _numbers(operator.ge),
}


def holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether all of a statement's conditions hold; raises UnsupportedError for other operators."""
    return all(
        _holds(name, _texts(wanted), context.get(key.lower()))
        for name, keys in condition.items()
        for key, wanted in keys.items()
    )


def _holds(name: str, wanted: tuple[str, ...], given: str | tuple[str, ...] | None) -> bool:
    if name == "Null":
        return (given is None) == (wanted[0].lower() == "true")
    set_operator, colon, rest = name.partition(":")
    plain = rest if colon else name
    if_exists = plain.endswith("IfExists")
    plain = plain.removesuffix("IfExists")
    negated = _NEGATED in plain
    compare = _COMPARISONS.get(plain.replace(_NEGATED, "", 1))
    if compare is None or (colon and set_operator not in _SET_OPERATORS):
        raise UnsupportedError(f"condition operator {name}")

    def fits(value: str) -> bool:
        return any(compare(each, value) for each in wanted) != negated

    if colon:
        values = (given,) if isinstance(given, str) else given or ()
        if set_operator == "ForAllValues":
            return all(fits(value) for value in values)
        if if_exists and not values:
            raise UnsupportedError(f"{name} without a value: AWS does not say what then")
        return any(fits(value) for value in values)
    if given is None:
        return if_exists or negated
    if isinstance(given, tuple):
        raise UnsupportedError(f"{name} over a key of several values; it needs ForAnyValue")
    return fits(given)


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
