"""Rules of a record model, as data: they hold for one record and for whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Bounds:
    """What a value may be: `minimum` and `maximum` inclusive, `above` exclusive."""

    minimum: Decimal | None = None
    above: Decimal | None = None
    maximum: Decimal | None = None

    def reason(self, value: Decimal | int) -> str | None:
        """Why a value is out of bounds, or None."""
        if self.above is not None and value <= self.above:
            return f"not above {self.above}"
        if self.minimum is not None and value < self.minimum:
            return f"below {self.minimum}"
        if self.maximum is not None and value > self.maximum:
            return f"absurdly large, above {self.maximum:g}"
        return None


@dataclass(frozen=True)
class Ordered:
    """A rule over two fields: `low` is at most `high` plus `tolerance`, where both are there."""

    low: str
    high: str
    tolerance: Decimal = Decimal(0)
    reason: str = "{low} {low_value} is above {high} {high_value}"

    def broken(self, low: Decimal | None, high: Decimal | None) -> str | None:
        """Why two values contradict each other, or None."""
        if low is None or high is None or low <= high or low <= high + self.tolerance:
            return None
        return self.reason.format(low=self.low, low_value=low, high=self.high, high_value=high)
