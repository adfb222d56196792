"""Validation of records from outside, by one pydantic model a dataset.

A record is refused as a whole when its key or a required field is missing, or when a value breaks
a rule: out of bounds, not finite, prices that contradict each other. A value of another *type*
than declared is no reason: it is converted where that is possible without doubt, else null with
the original kept in `_extra`; either way it is told as drift. Fields that the model does not know
are kept in `_extra`: nothing is dropped.

Numbers are `Decimal`, made from the digits of the text: a float never comes into being.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Context, Decimal
from typing import Annotated, Any, ClassVar, Self, TypeGuard

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from utils.dates import parse_date
from utils.drift import Drift, json_type
from utils.rules import Bounds, Ordered

Row = dict[str, Any]
EXTRA = "_extra"
NULL_TEXTS = frozenset({"", "NA", "N/A"})
"""Texts that stand for null where no text is expected."""
DIGITS, SCALE = 38, 18
"""Of the decimals in bronze: 20 digits before the point and 18 behind it."""
COUNT_LIMIT = 10**15
"""No exchange trades so many shares a day; all of it fits into 64 bits."""
_RETYPED, _FRACTION = "retyped", "fraction"
_UNIT = Decimal(1).scaleb(-SCALE)
_LARGEST = Decimal((0, (9,) * DIGITS, -SCALE))
_EXACT = Context(prec=DIGITS)
"""The interpreter's own context rounds to 28 digits, even for `abs`."""


class RecordRejectedError(ValueError):
    """A record that does not enter bronze; the message is the reason."""


def _retyped(value: object) -> PydanticCustomError:
    return PydanticCustomError(_RETYPED, "not the declared type", {"value": value})


def _absent(value: object) -> bool:
    return isinstance(value, str) and value.strip() in NULL_TEXTS


def _text(value: object) -> object:
    if value is None or isinstance(value, str):
        return value
    raise _retyped(value)


def _number(value: object) -> object:
    if value is None or _absent(value):
        return None
    if isinstance(value, float):  # only NaN and the infinities come as floats
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _retyped(value)
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError("not finite")
    if number.copy_abs() > _LARGEST:
        raise ValueError("absurdly large")
    return number


def _count(value: object) -> object:
    number = _number(value)
    if number is None:
        return None
    if not isinstance(number, Decimal) or abs(number) > COUNT_LIMIT:
        raise ValueError("absurdly large")
    if number != number.to_integral_value():
        raise PydanticCustomError(_FRACTION, "not a whole number")
    return int(number)


def _flag(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if _absent(value):
        return None
    raise _retyped(value)


def _day(value: object) -> object:
    if value is None or _absent(value):
        return None
    if isinstance(value, str):
        return parse_date(value)
    raise _retyped(value)


Text = Annotated[str | None, BeforeValidator(_text)]
Number = Annotated[Decimal | None, BeforeValidator(_number)]
Count = Annotated[int | None, BeforeValidator(_count)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Day = Annotated[date | None, BeforeValidator(_day)]


class Record(BaseModel):
    """A record of a dataset: its fields in column order, under the source's own names.

    Fields are of the types above, with `None` as default. `required` fields may not be null in
    any record, and a dataset in which one is null in all records has changed its schema.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    key: ClassVar[tuple[str, ...]]
    """The natural key; its fields are required."""
    required: ClassVar[tuple[str, ...]] = ()
    bounds: ClassVar[Mapping[str, Bounds]] = {}
    rules: ClassVar[tuple[Ordered, ...]] = ()

    @classmethod
    def never_null(cls) -> tuple[str, ...]:
        """The key and the required fields."""
        return (*cls.key, *cls.required)

    @model_validator(mode="after")
    def _check(self) -> Self:
        values = self.__dict__
        for name in self.never_null():
            if values[name] is None:
                raise ValueError(f"{name} is missing")
        for name, bounds in self.bounds.items():
            value = values[name]
            if value is not None and (reason := bounds.reason(value)):
                raise ValueError(f"{name} is {value}, {reason}")
        for rule in self.rules:
            if reason := rule.broken(values[rule.low], values[rule.high]):
                raise ValueError(reason)
        return self


def parse_record(model: type[Record], raw: object, drift: Drift | None = None) -> Row:
    """The typed row of a record, with `_extra`; what is not as declared is told to `drift`.

    `raw` has `Decimal` where the text has a fraction. Raises RecordRejectedError with the reasons.
    """
    if not isinstance(raw, Mapping):
        raise RecordRejectedError(f"the record is {json_type(raw)}, not an object")
    drift = drift if drift is not None else Drift()
    drift.saw(raw, model.never_null())
    kept: dict[str, object] = {}
    try:
        record = model.model_validate(raw)
    except ValidationError as error:
        mended = _mended(model, raw, error, drift, kept)
        try:
            record = model.model_validate(mended)
        except ValidationError as remaining:
            lost = "".join(f"; {n} came as {json_type(v)}" for n, v in kept.items())
            raise RecordRejectedError(f"{_reasons(remaining)}{lost}") from None
    row: Row = dict(record.__dict__)
    unknown = record.model_extra or {}
    drift.unknown.update((name, json_type(value)) for name, value in unknown.items())
    extra = unknown | kept
    for name, value in row.items():
        if type(value) is Decimal and value.as_tuple().exponent < -SCALE:  # type: ignore[operator]
            row[name] = value.quantize(_UNIT, context=_EXACT)
            if row[name] != value:
                extra[name] = value
    row[EXTRA] = json.dumps(_plain(extra), sort_keys=True) if extra else None
    return row


def from_texts(model: type[Record], raw: Mapping[str, object]) -> dict[str, object]:
    """A record of a format that has only texts (CSV), with the types that the model declares.

    A text that is no such value stays what it is.
    """
    values = dict(raw)
    for name, value in raw.items():
        if name in model.model_fields and kind_of(model, name) in (Decimal, int, bool):
            converted = _converted(model, name, value)
            values[name] = value if converted is None else converted
    return values


def _mended(
    model: type[Record],
    raw: Mapping[str, object],
    error: ValidationError,
    drift: Drift,
    kept: dict[str, object],
) -> dict[str, object]:
    """The record with its retyped values converted and its counts rounded.

    What is lost by it is in `kept`.
    """
    mended = dict(raw)
    for item in error.errors(include_url=False, include_context=False):
        if item["type"] not in (_RETYPED, _FRACTION):
            continue
        name = str(item["loc"][0])
        original = value = raw[name]
        if item["type"] == _RETYPED:
            drift.retyped[name, json_type(original)] += 1
            value = _converted(model, name, original)
        if kind_of(model, name) is int and _has_fraction(value):
            value = int(value.to_integral_value())
            kept[name] = original
        elif value is None:
            kept[name] = original
        mended[name] = value
    return mended


def _has_fraction(value: object) -> TypeGuard[Decimal]:
    return isinstance(value, Decimal) and value.is_finite() and value != value.to_integral_value()


def _converted(model: type[Record], name: str, value: object) -> object:
    """A value of another type as the declared one, or None when that cannot be told."""
    kind = kind_of(model, name)
    if kind is str and isinstance(value, int | Decimal | bool):
        return json.dumps(value) if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    if kind in (Decimal, int):
        if not text.isascii() or "_" in text:  # Python takes 1_000, and the digits of all scripts
            return None
        try:
            return Decimal(text)
        except ArithmeticError:
            return None
    return None


def kind_of(model: type[Record], name: str) -> type:
    """The Python type of a field: str, Decimal, int, bool or date."""
    kinds = (str, Decimal, bool, int, date)
    annotation = model.model_fields[name].annotation
    return next(kind for kind in kinds if annotation == kind | None)


def _reasons(error: ValidationError) -> str:
    reasons = []
    for item in error.errors(include_url=False, include_context=False):
        message = item["msg"].removeprefix("Value error, ")
        where = f"{item['loc'][0]} is {_shown(item['input'])}: " if item["loc"] else ""
        reasons.append(f"{where}{message}")
    return "; ".join(reasons)


def _plain(value: object) -> object:
    """A value for JSON: decimals as numbers where a double has all their digits, else as text."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        as_float = float(value)
        return as_float if Decimal(repr(as_float)) == value else str(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
