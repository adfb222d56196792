"""Texts of floating-point numbers, as Trino and Java write them."""

from __future__ import annotations

import math
from decimal import Decimal


def double_to_varchar(value: float) -> str:
    """What ``cast(x as varchar)`` gives for a DOUBLE: always scientific, ``1.5E0``."""
    special = _special(value)
    if special is not None:
        return special
    if value == 0:
        return "-0E0" if math.copysign(1, value) < 0 else "0E0"
    return _scientific(value)


def java_double(value: float) -> str:
    """What a result file shows for a DOUBLE: Java's Double.toString."""
    special = _special(value)
    if special is not None:
        return special
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = f"{Decimal(repr(value)):f}"
        return text if "." in text else f"{text}.0"
    return _scientific(value)


def _special(value: float) -> str | None:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return None


def _scientific(value: float) -> str:
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    significant = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{significant[0]}.{significant[1:] or '0'}E{power}"
