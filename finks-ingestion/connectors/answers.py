"""From the body of an answer to typed rows, refused records, and drift."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import jiter
import pyarrow as pa

from connectors.datasets import Dataset
from connectors.endpoints import Call, Format
from utils.arrow import record_schema, to_table
from utils.columns import Columns
from utils.dates import Window, parse_date
from utils.drift import Drift
from utils.validation import RecordRejectedError, Row, from_texts, parse_record
from utils.wording import counted

_NO_RECORDS = b"[]"


class UnreadableError(ValueError):
    """A body that is not what the format promises; the message says what it is."""


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

    def read(self, call: Call, body: bytes) -> Answer:
        """The records of a body. Raises UnreadableError."""
        if call.endpoint.format is Format.JSON and len(body) >= self.columns_from:
            whole = self.dataset.columns.read(body, call.symbols, call.window)
            if whole is not None:
                return _whole_answer(call, whole)
        return self._one_by_one(call, self._records(call, body))

    def read_together(self, asked: Sequence[tuple[Call, bytes]]) -> list[Answer | None]:
        """The answers to calls for one symbol each, whose bodies are JSON lists.

        Read at once they cost a third. None stands for those that have to be read alone, because
        something in them, or in one beside them, is not as declared.
        """
        answers: list[Answer | None] = [None] * len(asked)
        together: dict[Window, list[int]] = {}
        for position, (call, body) in enumerate(asked):
            if len(call.symbols) == 1 and body.strip() != _NO_RECORDS:
                together.setdefault(call.window, []).append(position)
        for window, positions in together.items():
            bodies = [asked[n][1] for n in positions]
            symbols = [asked[n][0].symbols[0] for n in positions]
            if sum(map(len, bodies)) < self.columns_from:
                continue
            if found := self.dataset.columns.read_each(bodies, symbols, window):
                for position, whole in zip(positions, found, strict=True):
                    answers[position] = _whole_answer(asked[position][0], whole)
        return answers

    def merged(self, parts: Sequence[Answer]) -> Answer:
        """The answers to all calls of a request as one; a key that several have counts once."""
        if len(parts) == 1:
            return parts[0]
        drift = Drift()
        for part in parts:
            drift.add(part.drift)
        rows = pa.concat_tables([part.rows for part in parts])
        refused = [r for p in parts for r in p.refused]
        key = list(self.dataset.model.key)
        if len(rows.group_by(key).aggregate([])) < len(rows):
            rows, repeated = self._without_repetitions(rows)
            refused += repeated
        return Answer(parts[0].symbols, rows, refused, drift, sum(p.total for p in parts))

    def _without_repetitions(self, rows: pa.Table) -> tuple[pa.Table, list[Refusal]]:
        seen: dict[tuple[Any, ...], Row] = {}
        refused: list[Refusal] = []
        for row in rows.to_pylist():
            day = row[self.dataset.date_field] if self.dataset.date_field else self.today
            if refusal := self._repetition(seen, row, row, row[self.dataset.symbol_field], day):
                refused.append(refusal)
        return to_table(list(seen.values()), rows.schema), refused

    def _repetition(
        self,
        seen: dict[tuple[Any, ...], Row],
        row: Row,
        record: object,
        symbol: str | None,
        day: date | None,
    ) -> Refusal | None:
        """The refusal of a row whose key was seen before; else it counts as seen."""
        first = seen.setdefault(tuple(row[name] for name in self.dataset.model.key), row)
        if first is row:
            return None
        if first == row:
            return Refusal("repeats a record exactly", record, symbol, harmless=True)
        return Refusal("another record has the same key", record, symbol, day)

    def _records(self, call: Call, body: bytes) -> Iterable[object]:
        """The untyped records of a body; numbers with a fraction are decimals."""
        if call.endpoint.format is Format.JSON:
            return json_records(body)
        return csv_records(body, self.dataset.symbol_field)

    def _one_by_one(self, call: Call, records: Iterable[object]) -> Answer:
        model = self.dataset.model
        drift = Drift()
        seen: dict[tuple[Any, ...], Row] = {}
        refused: list[Refusal] = []
        total = 0
        for record in records:
            total += 1
            if call.endpoint.batch is None and self._symbol(call, record) is None:
                continue  # of the whole market nobody wants all
            symbol, day = self._place(call, record)
            try:
                row = parse_record(model, self._typed(call, record), drift)
            except RecordRejectedError as error:
                refused.append(Refusal(str(error), record, symbol, day))
                continue
            if refusal := self._misplaced(call, row, record):
                refused.append(refusal)
                continue
            if refusal := self._repetition(seen, row, record, symbol, day):
                refused.append(refusal)
        rows = to_table(list(seen.values()), record_schema(model))
        return Answer(call.symbols, rows, refused, drift, total)

    def _typed(self, call: Call, record: object) -> object:
        if call.endpoint.format is Format.CSV and isinstance(record, Mapping):
            return from_texts(self.dataset.model, record)
        return record

    def _symbol(self, call: Call, record: object) -> str | None:
        """The symbol of a record, if it is one of those asked for."""
        named = record.get(self.dataset.symbol_field) if isinstance(record, Mapping) else None
        return named if isinstance(named, str) and named in call.asked else None

    def _misplaced(self, call: Call, row: Row, record: object) -> Refusal | None:
        """The refusal of a good record that was not asked for."""
        answered = row[self.dataset.symbol_field]
        if answered not in call.asked:
            if len(call.symbols) > 1:
                return Refusal(f"{answered} was not asked for", record)
            asked = call.symbols[0]
            return Refusal(f"asked for {asked}, answered {answered}", record, asked)
        if not self.dataset.date_field:
            return None
        day = row[self.dataset.date_field]
        if day in call.window:
            return None
        return Refusal(f"{day} is outside the asked {call.window}", record, answered, day)

    def _place(self, call: Call, record: object) -> tuple[str | None, date | None]:
        """Symbol and day of a record that may be refused, as far as it has them."""
        symbol: str | None = call.symbols[0] if len(call.symbols) == 1 else None
        if not isinstance(record, Mapping):
            return symbol, None if self.dataset.date_field else self.today
        symbol = symbol or self._symbol(call, record)
        if self.dataset.date_field is None:
            return symbol, self.today
        try:
            return symbol, parse_date(str(record.get(self.dataset.date_field)))
        except ValueError:
            return symbol, None


def json_records(body: bytes) -> list[object]:
    """The records of a JSON list. Raises UnreadableError."""
    try:
        answer = jiter.from_json(body, float_mode="decimal", allow_inf_nan=True)
    except ValueError:
        raise UnreadableError(f"something that is no JSON ({counted(len(body), 'byte')})") from None
    if not isinstance(answer, list):
        raise UnreadableError(f"a JSON {type(answer).__name__} instead of a list")
    return answer


def csv_records(body: bytes, required: str) -> Iterator[dict[str, object]]:
    """The records of a CSV file one by one, all values being texts.

    `[]` is how sources write that there are none, whatever the format. Raises UnreadableError,
    also for a file without the column `required`.
    """
    if body.strip() == b"[]":
        return
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", newline=""), strict=True)
    try:
        header = next(lines, [])
        if required not in header:
            raise UnreadableError(
                f"something that is no CSV file with a column {required} "
                f"({counted(len(body), 'byte')})"
            )
        for row in lines:
            if len(row) == len(header):
                yield dict(zip(header, row, strict=True))
            elif row:
                raise UnreadableError(
                    f"a CSV file whose line {lines.line_num} does not fit its header"
                )
    except UnicodeDecodeError:
        raise UnreadableError(f"something that is no text ({counted(len(body), 'byte')})") from None
    except csv.Error as error:
        raise UnreadableError(f"something that is no CSV ({error})") from None


def json_list(body: bytes) -> bytes:
    """A body that looks like a JSON list from outside. Raises UnreadableError."""
    text = body.strip()
    if text[:1] != b"[" or text[-1:] != b"]":
        json_records(body)  # says what it is instead
        raise UnreadableError(f"something that is no list ({counted(len(body), 'byte')})")
    return body


def _whole_answer(call: Call, whole: Columns) -> Answer:
    drift = Drift()
    drift.shapes[whole.present] = len(whole.table)
    drift.not_null |= whole.not_null
    return Answer(call.symbols, whole.table, drift=drift, total=len(whole.table))
