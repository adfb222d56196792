"""Validation of records from outside: a declared schema, typed rows, and reasons for refusal.

A record is refused as a whole when its key or a required field is missing, when a field has
the wrong type, when a number is not finite or below its minimum, or when a rule of the schema
objects. Fields that the schema does not know are kept as JSON in `_extra`: nothing is dropped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from utils.dates import parse_date

Row = dict[str, Any]
Rule = Callable[[Row], str | None]
EXTRA = "_extra"
NULL_TEXTS = frozenset({"", "NA", "N/A"})
INT64_MAX = 2**63 - 1


class Kind(StrEnum):
    """Types of bronze columns."""

    STRING = "string"
    DOUBLE = "double"
    INT64 = "int64"
    BOOLEAN = "boolean"
    DATE = "date"


@dataclass(frozen=True)
class Field:
    """A field under the source's own name; `minimum` is inclusive, `above` exclusive."""

    name: str
    kind: Kind = Kind.STRING
    required: bool = False
    minimum: float | None = None
    above: float | None = None


@dataclass(frozen=True)
class RecordSchema:
    """Fields in column order, the natural key, and rules over several fields."""

    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(f.name for f in self.fields))
        if unknown := set(self.key) - self.names:
            raise ValueError(f"the key names unknown fields: {', '.join(sorted(unknown))}")

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """The natural key of a typed row."""
        return tuple(row[name] for name in self.key)


class RecordRejectedError(ValueError):
    """A record that does not enter bronze; the message is the reason."""


def parse_record(schema: RecordSchema, record: object) -> Row:
    """The typed row of a record, with `_extra`.

    Raises RecordRejectedError with the first reason found.
    """
    if not isinstance(record, Mapping):
        raise RecordRejectedError(f"the record is a {type(record).__name__}, not an object")
    row: Row = {}
    extra = {name: value for name, value in record.items() if name not in schema.names}
    for spec in schema.fields:
        original = record.get(spec.name)
        value = _typed(spec, original)
        if value is None and (spec.required or spec.name in schema.key):
            raise RecordRejectedError(f"{spec.name} is missing")
        if isinstance(original, float) and isinstance(value, int) and value != original:
            extra[spec.name] = original  # rounded to whole shares: keep what the source said
        row[spec.name] = value
    for rule in schema.rules:
        if reason := rule(row):
            raise RecordRejectedError(reason)
    row[EXTRA] = json.dumps(extra, sort_keys=True) if extra else None
    return row


def _typed(spec: Field, value: object) -> object:
    if value is None:
        return None
    if spec.kind is Kind.STRING:
        return _require(spec, value, str)
    if isinstance(value, str) and value.strip() in NULL_TEXTS:
        return None
    if spec.kind is Kind.BOOLEAN:
        return _require(spec, value, bool)
    if spec.kind is Kind.DATE:
        return _date(spec, value)
    return _number(spec, value)


def _require(spec: Field, value: object, kind: type) -> object:
    if not isinstance(value, kind):
        raise RecordRejectedError(f"{spec.name} is {_shown(value)}, not a {spec.kind}")
    return value


def _date(spec: Field, value: object) -> date:
    try:
        return parse_date(str(value))
    except ValueError:
        raise RecordRejectedError(f"{spec.name} is {_shown(value)}, not a date") from None


def _number(spec: Field, value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordRejectedError(f"{spec.name} is {_shown(value)}, not a number")
    try:
        as_double = float(value)
    except OverflowError:
        raise RecordRejectedError(f"{spec.name} is too large for a double") from None
    if not math.isfinite(as_double):
        raise RecordRejectedError(f"{spec.name} is {value}, not finite")
    if spec.minimum is not None and value < spec.minimum:
        raise RecordRejectedError(f"{spec.name} is {value}, below {spec.minimum:g}")
    if spec.above is not None and value <= spec.above:
        raise RecordRejectedError(f"{spec.name} is {value}, not above {spec.above:g}")
    if spec.kind is Kind.DOUBLE:
        return as_double
    whole = round(value)
    if abs(whole) > INT64_MAX:
        raise RecordRejectedError(f"{spec.name} is {value}, too large for 64 bits")
    return whole


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
