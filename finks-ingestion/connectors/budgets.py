"""Budgets of calls and bandwidth: what would exceed them is refused before the first call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from connectors.errors import BudgetError, BudgetSpentError
from utils.usage import UsageLog
from utils.wording import counted

BANDWIDTH_DAYS = 30
"""Days over which bandwidth is counted, today included."""


@dataclass(frozen=True)
class Cost:
    """What a plan costs at most, when no call has to be repeated: calls, and bytes received."""

    calls: int = 0
    received: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.calls + other.calls, self.received + other.received)


@dataclass(frozen=True)
class Budgets:
    """The budgets of an account on a market day, either of which may be unlimited (None).

    `source` begins the names of the settings: FMP_CALLS_PER_DAY, FMP_BANDWIDTH_BYTES.
    """

    source: str
    usage: UsageLog
    day: date
    calls_per_day: int | None = None
    bandwidth_bytes: int | None = None

    def admit(self, cost: Cost) -> None:
        """Raise BudgetError when `cost`, on top of what was used before, exceeds a budget."""
        if self.calls_per_day is not None:
            used = self.usage.calls(self.day)
            if cost.calls and used + cost.calls > self.calls_per_day:
                raise BudgetError(
                    f"this run needs up to {counted(cost.calls, 'call')}, after {used:,} on "
                    f"{self.day} already: {used + cost.calls:,} exceed the {self.calls_per_day:,} "
                    f"of {self.source}_CALLS_PER_DAY; ask for fewer symbols or datasets or a "
                    "shorter window, run the rest on another day, or raise "
                    f"{self.source}_CALLS_PER_DAY"
                )
        if self.bandwidth_bytes is not None:
            used = self.usage.received(self.day, BANDWIDTH_DAYS)
            if cost.calls and used + cost.received > self.bandwidth_bytes:
                raise BudgetError(
                    f"this run receives up to {counted(cost.received, 'byte')} by estimate, after "
                    f"{used:,} in the {BANDWIDTH_DAYS} days to {self.day}: "
                    f"{used + cost.received:,} exceed the {self.bandwidth_bytes:,} of "
                    f"{self.source}_BANDWIDTH_BYTES; ask for fewer symbols or datasets or a "
                    f"shorter window, run later, or raise {self.source}_BANDWIDTH_BYTES"
                )

    def take_call(self) -> None:
        """Count a call that is about to be made; calls that are repeated count each time.

        Raises BudgetSpentError when a budget is used up: by repeated calls, by another run, or
        by answers that are longer than estimated.
        """
        if self.bandwidth_bytes is not None:
            used = self.usage.received(self.day, BANDWIDTH_DAYS)
            if used >= self.bandwidth_bytes:
                raise BudgetSpentError(
                    f"{self.source}_BANDWIDTH_BYTES is used up, with {counted(used, 'byte')} in "
                    f"the {BANDWIDTH_DAYS} days to {self.day}; run again later, or raise it"
                )
        unlimited = self.calls_per_day is None and self.bandwidth_bytes is None
        if not unlimited and not self.usage.take_call(self.day, self.calls_per_day):
            raise BudgetSpentError(
                f"all {self.calls_per_day:,} calls of {self.source}_CALLS_PER_DAY were made on "
                f"{self.day}; run again on another day, or raise it"
            )

    def add_received(self, size: int) -> None:
        """Count the bytes of an answer."""
        if self.calls_per_day is not None or self.bandwidth_bytes is not None:
            self.usage.add_received(self.day, size)
