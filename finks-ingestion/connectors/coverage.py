"""What a run has got of a dataset: for each planned date, which symbols have a record.

One byte a date and symbol, so that years of thousands of symbols fit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.answers import Answer
from connectors.datasets import Dataset
from connectors.errors import SourceError
from connectors.plan import Plan
from utils.arrow import day_of
from utils.dates import Window
from utils.drift import Drift

_RECEIVED, _REJECTED = 1, 2
"""Bits: of one symbol a record may be good and another refused."""


@dataclass
class Absence:
    """Why symbols without any record have none: the source does not know them, or not yet."""

    unknown: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    """Not traded yet in the whole window."""
    not_looked_up: set[str] = field(default_factory=set)
    """Nobody asked, or there was no answer."""


class Coverage:
    """Fills while answers come in; its questions are for the end.

    A date is in `dates` when it has at least one record, good or refused.
    """

    def __init__(self, dataset: Dataset, plan: Plan, today: date) -> None:
        self._dataset = dataset
        self._today = today
        self._planned = plan.wanted
        self._done = plan.done
        self._order = plan.dates
        self._symbols = plan.symbols
        self._position = {symbol: n for n, symbol in enumerate(plan.symbols)}
        self._states: dict[date, bytearray] = {}
        self._by_number: dict[int, bytearray] = {}
        """The same states by the number of the day."""
        self._first_day: dict[str, date] = {}
        self._refused: set[str] = set()
        self.answered: set[str] = set()
        self.failed: dict[str, SourceError] = {}
        """Symbols without an answer for any planned date."""
        self._failed_on: dict[date, list[tuple[Collection[str], SourceError]]] = {}
        self.absence = Absence()
        self.drift = Drift()
        self.refused = 0
        self.harmful_refusals = 0
        """Refused records but for exact repetitions of a good one."""
        self.undated_refusals = False
        """Some refused record could not be assigned to a date."""
        self.unplanned_days: dict[date, int] = {}
        """Records on days that were not asked for, such as those without trading."""

    def fail(
        self, symbols: Collection[str], error: SourceError, window: Window | None = None
    ) -> None:
        """Mark symbols that have no answer, at all or for the dates of a window."""
        if window is None or (self._order[0] in window and self._order[-1] in window):
            for symbol in symbols:
                self.failed.setdefault(symbol, error)
            return
        for day in self._order:
            if day in window:
                self._failed_on.setdefault(day, []).append((symbols, error))

    def take(self, answer: Answer) -> pa.Table:
        """Count an answer, and give those of its rows that belong to planned dates."""
        self.answered.update(answer.symbols)
        self.drift.add(answer.drift)
        for refusal in answer.refused:
            self.refused += 1
            if refusal.harmless:
                continue
            self.harmful_refusals += 1
            if refusal.symbol:
                self._refused.add(refusal.symbol)
            if refusal.symbol and refusal.day in self._planned:
                self._mark(refusal.day, refusal.symbol, _REJECTED)
            elif refusal.day is None:
                self.undated_refusals = True
        symbols = answer.rows[self._dataset.symbol_field]
        if not self._dataset.date_field:
            for symbol in symbols.to_pylist():
                self._mark(self._today, str(symbol), _RECEIVED)
            return answer.rows
        column = answer.rows[self._dataset.date_field]
        # As numbers, because making a date of each costs more than all the rest.
        numbers: Any = column.cast(pa.int32()).to_pylist()
        if len(answer.symbols) == 1:
            self._take_days(answer.symbols[0], numbers)
        else:
            for symbol, number in zip(symbols.to_pylist(), numbers, strict=True):
                self._take_days(str(symbol), [number])
        if not self.unplanned_days:
            return answer.rows
        return answer.rows.filter(pc.is_in(column, pa.array(self._order, pa.date32())))

    def _take_days(self, symbol: str, numbers: Sequence[int]) -> None:
        """Mark a symbol as received on days, which are numbered from 1970 on."""
        if not numbers:
            return
        first, known = day_of(min(numbers)), self._first_day.get(symbol)
        self._first_day[symbol] = first if known is None else min(first, known)
        position = self._position[symbol]
        for number in numbers:
            states = self._by_number.get(number)
            if states is None:
                day = day_of(number)
                if day not in self._planned:
                    self.unplanned_days[day] = self.unplanned_days.get(day, 0) + 1
                    continue
                states = self._by_number[number] = self._states_of(day)
            states[position] |= _RECEIVED

    def _mark(self, day: date, symbol: str, state: int) -> None:
        self._states_of(day)[self._position[symbol]] |= state

    def _states_of(self, day: date) -> bytearray:
        return self._states.setdefault(day, bytearray(len(self._symbols)))

    @property
    def dates(self) -> list[date]:
        """Dates with at least one record, oldest first."""
        return sorted(self._states)

    @property
    def dates_failed(self) -> dict[date, SourceError]:
        """Dates for which some symbols alone have no answer, oldest first, with one reason."""
        return {day: failures[0][1] for day, failures in sorted(self._failed_on.items())}

    def failed_on(self, day: date) -> set[str]:
        """Symbols without an answer for a date."""
        return self.failed.keys() | {s for some, _ in self._failed_on.get(day, ()) for s in some}

    @property
    def without_records(self) -> list[date]:
        """Planned dates without any record, but for those without an answer of their own."""
        return [d for d in self._order if d not in self._states and d not in self._failed_on]

    @property
    def pending(self) -> list[date]:
        """Dates after the last record of any symbol: the source may not have heard of them yet."""
        if self.answered <= self.absence.unlisted:
            return []
        # A date that is complete already was later than the days before it, too.
        last = max([*self._states, *self._done], default=None)
        return [day for day in self.without_records if last is None or day > last]

    @property
    def symbols_received(self) -> set[str]:
        """Symbols with a good record on any planned date."""
        return {s for day in self._states for s in self.received(day)}

    @property
    def without_any(self) -> list[str]:
        """Symbols that were answered for, without any record at all."""
        seen = self._first_day.keys() | self._refused
        if self._dataset.observed:
            seen |= self.symbols_received
        return [s for s in self._symbols if s in self.answered and s not in seen]

    def received(self, day: date) -> list[str]:
        """Symbols with a good record; sorted, as all that follow."""
        return self._in_state(day, _RECEIVED)

    def rejected(self, day: date) -> list[str]:
        """Symbols of which a record was refused."""
        return self._in_state(day, _REJECTED)

    def empty(self, day: date) -> list[str]:
        """Symbols that were answered for, without a record of this day."""
        states = self._states[day]
        answered = self.answered - self.failed_on(day)
        return [
            s for s, state in zip(self._symbols, states, strict=True) if not state and s in answered
        ]

    def unexplained(self, day: date) -> list[str]:
        """Empty ones that were traded before, or that are not known at all."""
        return [s for s in self.empty(day) if not self._not_listed_yet(s, day)]

    def _not_listed_yet(self, symbol: str, day: date) -> bool:
        first = self._first_day.get(symbol)
        return symbol in self.absence.unlisted or (first is not None and day < first)

    def _in_state(self, day: date, wanted: int) -> list[str]:
        states = self._states[day]
        return [s for s, state in zip(self._symbols, states, strict=True) if state & wanted]
