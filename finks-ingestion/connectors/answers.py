"""From the body of an answer to typed rows, refused records, and drift."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import batched

import pyarrow as pa

from connectors.bodies import CsvFile, csv_file, is_empty, json_records
from connectors.datasets import Dataset
from connectors.endpoints import Call, Format
from utils.arrow import is_unique, record_schema
from utils.columns import Columns
from utils.dates import Window, parse_date
from utils.drift import Drift
from utils.keyed_rows import KeyedRows
from utils.validation import RecordRejectedError, Row, from_texts, parse_record

_ROWS = 8192
"""Taken out of a table at a time."""


@dataclass(frozen=True)
class Refusal:
    """A record that does not enter bronze, and of which symbol and day it is, where that is known.

    `harmless` is one whose loss takes nothing away: the exact repetition of a good record.
    """

    reason: str
    record: object
    symbol: str | None = None
    day: date | None = None
    harmless: bool = False

    def line(self) -> str:
        """The line of the quarantine file."""
        told = {"symbol": self.symbol, "date": self.day, "reason": self.reason}
        return json.dumps({**told, "record": self.record}, default=str)


@dataclass
class Answer:
    """The records of one request; `rows` has the columns of the dataset's records."""

    symbols: tuple[str, ...]
    rows: pa.Table
    refused: list[Refusal] = field(default_factory=list)
    drift: Drift = field(default_factory=Drift)
    total: int = 0
    """Records of the body, those of symbols that nobody wants included."""


@dataclass(frozen=True)
class AnswerReader:
    """Reads the answers to calls for one dataset; `today` is the day of an observation."""

    dataset: Dataset
    today: date
    columns_from: int = 4096
    """Bytes from which on reading in columns is cheaper than record by record."""
    lines: int = 8192
    """Of a file, read at a time: when one of them is doubtful, all of these go one by one."""

    def read(self, call: Call, body: bytes) -> Answer:
        """The records of a body. Raises UnreadableError."""
        reading = _Reading(self.dataset, self.today, call)
        if len(body) >= self.columns_from:
            if call.endpoint.format is Format.CSV:
                return reading.by_lines(body, self.lines)
            whole = self.dataset.json_columns.read(body, call.symbols, call.window)
            if whole is not None:
                return _whole_answer(call, whole)
        return reading.one_by_one(body)

    def read_together(self, asked: Sequence[tuple[Call, bytes]]) -> list[Answer | None]:
        """The answers to calls for one symbol each, whose bodies are JSON lists.

        Read at once they cost a third. None stands for those that have to be read alone, because
        something in them, or in one beside them, is not as declared.
        """
        answers: list[Answer | None] = [None] * len(asked)
        together: dict[Window, list[int]] = {}
        for position, (call, body) in enumerate(asked):
            if len(call.symbols) == 1 and not is_empty(body):
                together.setdefault(call.window, []).append(position)
        for window, positions in together.items():
            bodies = [asked[n][1] for n in positions]
            symbols = [asked[n][0].symbols[0] for n in positions]
            if sum(map(len, bodies)) < self.columns_from:
                continue
            if found := self.dataset.json_columns.read_each(bodies, symbols, window):
                for position, whole in zip(positions, found, strict=True):
                    answers[position] = _whole_answer(asked[position][0], whole)
        return answers

    def merged(self, parts: Sequence[Answer]) -> Answer:
        """The answers to all calls of a request as one; a key that several have counts once."""
        if len(parts) == 1:
            return parts[0]
        whole = _joined(parts)
        if not is_unique(whole.rows, self.dataset.model.key):
            self._drop_repetitions(whole)
        return whole

    def _drop_repetitions(self, answer: Answer) -> None:
        rows = KeyedRows(answer.rows.schema, self.dataset.model.key)
        for some in answer.rows.to_batches(_ROWS):
            for row in some.to_pylist():
                day = row[self.dataset.date_field] if self.dataset.date_field else self.today
                if first := rows.add(row):
                    symbol = row[self.dataset.symbol_field]
                    answer.refused.append(_repetition(first, row, row, symbol, day))
        answer.rows = rows.table()


@dataclass(frozen=True)
class _Reading:
    """Reads one answer, record by record where it has to."""

    dataset: Dataset
    today: date
    call: Call

    @cached_property
    def asked(self) -> frozenset[str]:
        """The symbols, for many questions; not kept with the call, which outlives its answer."""
        return frozenset(self.call.symbols)

    def one_by_one(self, body: bytes) -> Answer:
        """The records of a body. Raises UnreadableError."""
        if self.call.endpoint.format is Format.JSON:
            return self._of_records(json_records(body))
        file = csv_file(body, self.dataset.symbol_field)
        return self._of_records(map(file.record, file.lines))

    def by_lines(self, body: bytes, at_once: int) -> Answer:
        """The records of a file: some lines at a time, in columns as far as they are good.

        Raises UnreadableError.
        """
        file = csv_file(body, self.dataset.symbol_field)
        parts = [self._of_lines(file, lines) for lines in batched(file.lines, at_once)]
        whole = _joined(parts) if parts else self._of_records([])
        return whole if is_unique(whole.rows, self.dataset.model.key) else self.one_by_one(body)

    def _of_records(self, records: Iterable[object]) -> Answer:
        model = self.dataset.model
        drift = Drift()
        rows = KeyedRows(record_schema(model), model.key)
        refused: list[Refusal] = []
        total = 0
        for record in records:
            total += 1
            if self.call.endpoint.batch is None and self._symbol(record) is None:
                continue  # of the whole market nobody wants all
            symbol, day = self._place(record)
            try:
                row = parse_record(model, self._typed(record), drift)
            except RecordRejectedError as error:
                refused.append(Refusal(str(error), record, symbol, day))
                continue
            if refusal := self._misplaced(row, record):
                refused.append(refusal)
                continue
            if first := rows.add(row):
                refused.append(_repetition(first, row, record, symbol, day))
        return Answer(self.call.symbols, rows.table(), refused, drift, total)

    def _of_lines(self, file: CsvFile, lines: Sequence[Sequence[str]]) -> Answer:
        place = file.names.index(self.dataset.symbol_field)
        wanted = [line for line in lines if line[place] in self.asked]
        if self.call.endpoint.batch is None or len(wanted) == len(lines):
            whole = self.dataset.csv_columns.read(file.names, wanted, self.call.window)
            if whole is not None:
                return replace(_whole_answer(self.call, whole), total=len(lines))
        return self._of_records(map(file.record, lines))

    def _typed(self, record: object) -> object:
        if self.call.endpoint.format is Format.CSV and isinstance(record, Mapping):
            return from_texts(self.dataset.model, record)
        return record

    def _symbol(self, record: object) -> str | None:
        """The symbol of a record, if it is one of those asked for."""
        named = record.get(self.dataset.symbol_field) if isinstance(record, Mapping) else None
        return named if isinstance(named, str) and named in self.asked else None

    def _misplaced(self, row: Row, record: object) -> Refusal | None:
        """The refusal of a good record that was not asked for."""
        answered = row[self.dataset.symbol_field]
        if answered not in self.asked:
            if len(self.call.symbols) > 1:
                return Refusal(f"{answered} was not asked for", record)
            asked = self.call.symbols[0]
            return Refusal(f"asked for {asked}, answered {answered}", record, asked)
        if not self.dataset.date_field:
            return None
        day = row[self.dataset.date_field]
        if day in self.call.window:
            return None
        return Refusal(f"{day} is outside the asked {self.call.window}", record, answered, day)

    def _place(self, record: object) -> tuple[str | None, date | None]:
        """Symbol and day of a record that may be refused, as far as it has them."""
        symbols = self.call.symbols
        symbol: str | None = symbols[0] if len(symbols) == 1 else None
        if not isinstance(record, Mapping):
            return symbol, None if self.dataset.date_field else self.today
        symbol = symbol or self._symbol(record)
        if self.dataset.date_field is None:
            return symbol, self.today
        try:
            return symbol, parse_date(str(record.get(self.dataset.date_field)))
        except ValueError:
            return symbol, None


def _repetition(
    first: Row, row: Row, record: object, symbol: str | None, day: date | None
) -> Refusal:
    """The refusal of a row with the key of one that came before."""
    if first == row:
        return Refusal("repeats a record exactly", record, symbol, harmless=True)
    return Refusal("another record has the same key", record, symbol, day)


def _joined(parts: Sequence[Answer]) -> Answer:
    """Parts of an answer as one, whatever their keys."""
    drift = Drift()
    for part in parts:
        drift.add(part.drift)
    return Answer(
        parts[0].symbols,
        pa.concat_tables([part.rows for part in parts]),
        [refusal for part in parts for refusal in part.refused],
        drift,
        sum(part.total for part in parts),
    )


def _whole_answer(call: Call, whole: Columns) -> Answer:
    drift = Drift()
    drift.shapes[whole.present] = len(whole.table)
    drift.not_null |= whole.not_null
    return Answer(call.symbols, whole.table, drift=drift, total=len(whole.table))
