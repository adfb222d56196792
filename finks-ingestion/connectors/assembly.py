"""From raw records to what a run commits: typed rows, refusals, and the state of each date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.datasets import Dataset, Fetched
from connectors.plan import Plan
from utils.validation import RecordRejectedError, Row, parse_record


@dataclass
class DateState:
    """Which of the asked symbols have a record on a date, and why others have none."""

    received: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    unexplained: set[str] = field(default_factory=set)
    """Empty, although the symbol was traded before in the window or is not known at all."""


@dataclass
class Assembled:
    """What came of one dataset.

    `dates` holds only dates with at least one record, good or refused; `pending` are those
    after the last record of any symbol, of which the source may not have heard yet.
    """

    rows: list[Row] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    dates: dict[date, DateState] = field(default_factory=dict)
    without_records: list[date] = field(default_factory=list)
    pending: list[date] = field(default_factory=list)
    undated_refusals: bool = False
    """Some refused record could not be assigned to a date."""
    harmful_refusals: int = 0
    """Refused records but for exact repetitions of a good one."""


def assemble(dataset: Dataset, plan: Plan, fetched: Fetched, today: date) -> Assembled:
    """Validate what was fetched, and decide for each planned date what it has."""
    return _Assembly(dataset, plan, today).run(fetched)


class _Assembly:
    def __init__(self, dataset: Dataset, plan: Plan, today: date) -> None:
        self._dataset = dataset
        self._plan = plan
        self._planned = frozenset(plan.dates)
        self._today = today
        self._result = Assembled()
        self._seen: dict[tuple[Any, ...], Row] = {}
        self._first_day: dict[str, date] = {}

    def run(self, fetched: Fetched) -> Assembled:
        for symbol in sorted(fetched.records):
            for record in fetched.records[symbol]:
                self._take(symbol, record)
        for record in fetched.strays:
            self._refuse(None, record, None, "the symbol was not asked for")
        for day in self._plan.dates:
            if (state := self._result.dates.get(day)) is None:
                self._result.without_records.append(day)
            else:
                self._explain(day, state, fetched)
        self._find_pending(fetched)
        self._result.rows.sort(key=self._order)
        return self._result

    def _order(self, row: Row) -> tuple[Any, ...]:
        return (self._day(row), row[self._dataset.symbol_field])

    def _day(self, row: Row) -> date:
        name = self._dataset.date_field
        day: date = row[name] if name else self._today
        return day

    def _take(self, symbol: str, record: object) -> None:
        try:
            row = parse_record(self._dataset.schema, record)
        except RecordRejectedError as reason:
            self._refuse(symbol, record, self._date_of(record), str(reason))
            return
        answered = row[self._dataset.symbol_field]
        day = self._day(row)
        if answered != symbol:
            self._refuse(symbol, record, None, f"asked for {symbol}, answered {answered}")
            return
        if self._plan.window is None or (self._dataset.date_field and day not in self._plan.window):
            self._refuse(symbol, record, day, f"{day} is outside the asked {self._plan.window}")
            return
        first = self._seen.setdefault(self._dataset.schema.key_of(row), row)
        if first is not row:
            if first == row:
                self._refuse(symbol, record, None, "repeats a record exactly", harmless=True)
            else:
                self._refuse(symbol, record, day, "another record has the same key")
            return
        self._first_day[symbol] = min(day, self._first_day.get(symbol, day))
        if day in self._planned:
            self._result.rows.append(row)
            self._result.dates.setdefault(day, DateState()).received.add(symbol)

    def _date_of(self, record: object) -> date | None:
        """The date of a refused record, as far as it has one."""
        name = self._dataset.date_field
        if name is None:
            return self._today
        try:
            return date.fromisoformat(record[name])  # type: ignore[index]
        except (KeyError, TypeError, ValueError):
            return None

    def _refuse(
        self,
        symbol: str | None,
        record: object,
        day: date | None,
        reason: str,
        *,
        harmless: bool = False,
    ) -> None:
        self._result.refused.append(
            {"symbol": symbol, "date": day, "reason": reason, "record": record}
        )
        if harmless:
            return
        self._result.harmful_refusals += 1
        if symbol and day in self._planned:
            self._result.dates.setdefault(day, DateState()).rejected.add(symbol)
        elif day is None:
            self._result.undated_refusals = True

    def _explain(self, day: date, state: DateState, fetched: Fetched) -> None:
        for symbol in fetched.records:
            if symbol in state.received or symbol in state.rejected:
                continue
            state.empty.add(symbol)
            first = self._first_day.get(symbol)
            not_listed_yet = symbol in fetched.unlisted or (first is not None and day < first)
            if not not_listed_yet:
                state.unexplained.add(symbol)

    def _find_pending(self, fetched: Fetched) -> None:
        if all(symbol in fetched.unlisted for symbol in fetched.records):
            return
        # A date that is complete already was later than the days before it, too.
        last = max([*self._result.dates, *self._plan.done], default=None)
        self._result.pending = [
            day for day in self._result.without_records if last is None or day > last
        ]
