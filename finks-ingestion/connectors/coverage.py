"""What a run has got of a dataset: for each planned date, which missing symbols have a record.

One byte a date and symbol, so that years of thousands of symbols fit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import compress
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

_RECEIVED, _REJECTED, _SETTLED, _HELD = 1, 2, 4, 8
"""Bits: of one symbol a record may be good and another refused. What is settled was not asked for
on this date; what is held was, in spite of the row that bronze has."""
_KEPT_OUT = _SETTLED | _HELD
"""Rows that may not come in, or come in twice."""
_NOTHING = bytes(state == 0 for state in range(256))
_BIT = {bit: bytes(bool(state & bit) for state in range(256)) for bit in (_RECEIVED, _REJECTED)}
"""What makes 1 of the states that are looked for, and 0 of all others."""


@dataclass
class Absence:
    """Why symbols without any record have none: the source does not know them, or not yet."""

    unknown: set[str] = field(default_factory=set)
    listed: dict[str, date] = field(default_factory=dict)
    """The first day of trading, where the source tells it."""
    not_looked_up: set[str] = field(default_factory=set)
    """Nobody asked, or there was no answer."""


class Coverage:
    """Fills while answers come in; its questions are for the end.

    A date is in `dates` when the run has at least one record of it, good or refused, or bronze has.
    """

    def __init__(self, dataset: Dataset, plan: Plan, today: date) -> None:
        self._dataset = dataset
        self._today = today
        self._missing = plan.missing
        self._beside = plan.beside
        self._done = plan.done
        self._asked = {symbol: ask.window for ask in plan.asks for symbol in ask.symbols}
        self._order = plan.dates
        self._symbols = plan.symbols
        self._position = {symbol: n for n, symbol in enumerate(plan.symbols)}
        self._states: dict[date, bytearray] = {}
        self._by_number: dict[int, bytearray] = {}
        """The same states by the number of the day."""
        self._last_days: tuple[pa.ChunkedArray[Any], list[int]] | None = None
        self._first_day: dict[str, date] = {}
        self._seen: set[str] = set()
        """Symbols with a record that has no date: refused, or observed."""
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
        partly = []
        for symbol in symbols:
            asked = self._asked[symbol]
            if window is None or (asked.start in window and asked.end in window):
                self.failed.setdefault(symbol, error)
            else:
                partly.append(symbol)
        if window is None or not partly:
            return
        for day in self._order:
            if day in window:
                self._failed_on.setdefault(day, []).append((partly, error))

    def take_back(self, symbol: str, error: SourceError) -> None:
        """Forget the good records of a symbol, which has failed after all."""
        position = self._position[symbol]
        for states in self._states.values():
            states[position] &= ~_RECEIVED
        self.fail([symbol], error)

    def take(self, answer: Answer) -> pa.Table:
        """Count an answer, and give those of its rows that bronze lacks."""
        self.answered.update(answer.symbols)
        self.drift.add(answer.drift)
        for refusal in answer.refused:
            self.refused += 1
            if refusal.harmless:
                continue
            self.harmful_refusals += 1
            if refusal.symbol:
                self._seen.add(refusal.symbol)
            if refusal.symbol and refusal.day and refusal.day in self._missing:
                self._mark(refusal.day, refusal.symbol, _REJECTED)
            elif refusal.day is None:
                self.undated_refusals = True
        symbols = answer.rows[self._dataset.symbol_field]
        if not self._dataset.date_field:
            observed = [str(symbol) for symbol in symbols.to_pylist()]
            self._seen.update(observed)
            kept = [self._mark(self._today, symbol, _RECEIVED) for symbol in observed]
            return _those(answer.rows, kept)
        column = answer.rows[self._dataset.date_field]
        numbers = self._numbers_of(column)
        if len(answer.symbols) == 1:
            surplus = self._take_days(answer.symbols[0], numbers)
            if not surplus:
                return answer.rows
            found = pc.is_in(column, pa.array(surplus, pa.int32()).cast(pa.date32()))
            return answer.rows.filter(pc.invert(found))
        pairs = zip(symbols.to_pylist(), numbers, strict=True)
        kept = [not self._take_days(str(symbol), [number]) for symbol, number in pairs]
        return _those(answer.rows, kept)

    def _numbers_of(self, days: pa.ChunkedArray[Any]) -> list[int]:
        """Days as numbers: making a date of each would cost more than all the rest.

        Most answers have the same ones.
        """
        if self._last_days is None or not days.equals(self._last_days[0]):
            numbers: Any = days.cast(pa.int32()).to_pylist()
            self._last_days = (days, numbers)
        return self._last_days[1]

    def _take_days(self, symbol: str, numbers: Sequence[int]) -> list[int]:
        """Mark a symbol as received on days, which are numbered from 1970 on.

        Gives the days whose rows are kept out: nobody asked for them, or bronze has them.
        """
        if not numbers:
            return []
        first, known = day_of(min(numbers)), self._first_day.get(symbol)
        self._first_day[symbol] = first if known is None else min(first, known)
        position = self._position[symbol]
        surplus = []
        for number in numbers:
            states = self._by_number.get(number)
            if states is None:
                day = day_of(number)
                if day not in self._missing:
                    self.unplanned_days[day] = self.unplanned_days.get(day, 0) + 1
                    surplus.append(number)
                    continue
                states = self._by_number[number] = self._states_of(day)
            if states[position] & _KEPT_OUT:
                surplus.append(number)
            else:
                states[position] |= _RECEIVED
        return surplus

    def _mark(self, day: date, symbol: str, state: int) -> bool:
        """Mark a symbol; false when bronze has its row."""
        states, position = self._states_of(day), self._position[symbol]
        if states[position] & _SETTLED or (state == _RECEIVED and states[position] & _HELD):
            return False
        states[position] |= state
        return True

    def _states_of(self, day: date) -> bytearray:
        states = self._states.get(day)
        if states is None:
            missing = self._missing[day]
            states = bytearray(len(self._symbols))
            if len(missing) < len(self._symbols):
                states = bytearray(0 if s in missing else _SETTLED for s in self._symbols)
            if day in self._beside:
                for symbol in self._beside[day].doubtful & missing:
                    states[self._position[symbol]] = _HELD
            self._states[day] = states
        return states

    @property
    def dates(self) -> list[date]:
        """Dates with at least one record, oldest first."""
        return sorted({*self._states, *self._beside})

    @property
    def dates_failed(self) -> dict[date, SourceError]:
        """Dates for which some symbols alone have no answer, oldest first, with one reason."""
        return {day: failures[0][1] for day, failures in sorted(self._failed_on.items())}

    def failed_on(self, day: date) -> frozenset[str]:
        """Symbols that are missing on a date and have no answer for it."""
        partly = {s for some, _ in self._failed_on.get(day, ()) for s in some}
        return self._missing[day] & (self.failed.keys() | partly)

    @property
    def without_records(self) -> list[date]:
        """Planned dates without any record of a symbol that was answered for."""
        known = self._states.keys() | self._beside.keys() | self._failed_on.keys()
        return [
            day
            for day in self._order
            if day not in known and not self.answered.isdisjoint(self._missing[day])
        ]

    @property
    def pending(self) -> list[date]:
        """Dates after the last record of any symbol: the source may not have heard of them yet."""
        # A date that bronze has was later than the days before it, too.
        last = max([*self._states, *self._beside, *self._done], default=None)
        return [
            day
            for day in self.without_records
            if (last is None or day > last)
            and any(not self._not_listed_yet(s, day) for s in self.answered & self._missing[day])
        ]

    @property
    def symbols_received(self) -> set[str]:
        """Symbols with a good record on any planned date."""
        found: set[str] = set()
        for day in self._states:
            found.update(self.received(day))
        return found

    @property
    def without_any(self) -> list[str]:
        """Symbols that were answered for, without any record at all."""
        seen = self._first_day.keys() | self._seen
        return [s for s in self._symbols if s in self.answered and s not in seen]

    def received(self, day: date) -> list[str]:
        """Symbols with a good record; sorted, as all that follow."""
        return self._found(day, _BIT[_RECEIVED])

    def rejected(self, day: date) -> list[str]:
        """Symbols of which a record was refused."""
        return self._found(day, _BIT[_REJECTED])

    def empty(self, day: date) -> list[str]:
        """Symbols that were answered for, without a record of this day."""
        missing = self._found(day, _NOTHING)
        if not missing:
            return []
        failed = self.failed_on(day)
        return [s for s in missing if s in self.answered and s not in failed]

    def unexplained(self, day: date) -> list[str]:
        """Empty ones that were traded before, or that are not known at all."""
        return [s for s in self.empty(day) if not self._not_listed_yet(s, day)]

    def not_listed(self, day: date) -> list[str]:
        """Empty ones that are traded later only."""
        return [s for s in self.empty(day) if self._not_listed_yet(s, day)]

    def _not_listed_yet(self, symbol: str, day: date) -> bool:
        found = (self._first_day.get(symbol), self.absence.listed.get(symbol))
        return any(first is not None and day < first for first in found)

    def _found(self, day: date, selection: bytes) -> list[str]:
        """The symbols whose state on a day is selected: years of thousands are millions."""
        return list(compress(self._symbols, self._states_of(day).translate(selection)))


def _those(rows: pa.Table, kept: Sequence[bool]) -> pa.Table:
    """The rows that are kept, mostly all."""
    return rows if all(kept) else rows.filter(pa.array(kept, pa.bool_()))
