"""Edits of the records of an answer, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from replay.bulk import render_csv
from replay.effects import Drop, Duplicate, Edit, OutsideWindow, Restate, Retype, SetFields

PRICES = ("open", "high", "low", "close", "adjClose", "change", "vwap")
_PLACES = 6
Record = dict[str, Any]
Scoped = tuple[Edit, Sequence[str]]
"""An edit, and the symbols that it is for (none: all)."""


def edit_body(body: bytes, *, is_csv: bool, edits: Sequence[Scoped], start: date | None) -> bytes:
    """The body with all edits; `start` is the first day that was asked for.

    A body that holds no list of records, such as an error, stays as it is.
    """
    text = body.decode()
    if is_csv:
        records: Any = list(csv.DictReader(io.StringIO(text)))
    else:
        try:
            records = json.loads(text)
        except ValueError:
            return body
    if not isinstance(records, list):
        return body
    header = text.partition("\n")[0].split(",")
    for edit, symbols in edits:
        records = _edited(records, edit, symbols, start)
    if not is_csv:
        # Like JavaScript's JSON but for NaN and infinities, which are written as bare words.
        return json.dumps(records, separators=(",", ":"), ensure_ascii=False).encode()
    names = dict.fromkeys([*header, *(name for record in records for name in record)])
    dropped = {n for edit, _ in edits if isinstance(edit, Drop) for n in edit.fields}
    return render_csv([name for name in names if name not in dropped], records).encode()


def _edited(
    records: list[Record], effect: Edit, symbols: Sequence[str], start: date | None
) -> list[Record]:
    added: list[Record] = []
    result: list[Record] = []
    for position, record in enumerate(records):
        chosen = effect.records is None or position in effect.records
        if not chosen or (symbols and record.get("symbol") not in symbols):
            result.append(record)
        elif isinstance(effect, OutsideWindow):
            result.append(record)
            added.append(_moved(record, effect.days, position, start))
        elif isinstance(effect, Duplicate):
            result += [record, record | effect.changes]
        else:
            result.append(_changed(record, effect))
    return result + added


def _changed(record: Record, effect: Restate | SetFields | Retype | Drop) -> Record:
    if isinstance(effect, Restate):
        return _restated(record, effect)
    if isinstance(effect, SetFields):
        return record | effect.fields
    if isinstance(effect, Drop):
        return {name: value for name, value in record.items() if name not in effect.fields}
    present = {n: kind for n, kind in effect.fields.items() if n in record}
    return record | {name: _as(record[name], kind) for name, kind in present.items()}


def _restated(record: Record, effect: Restate) -> Record:
    day = record.get("date")
    if effect.before is not None and day is not None and day >= effect.before.isoformat():
        return record
    changed = {name: _scaled(record[name], effect.factor) for name in _present(record, PRICES)}
    if "volume" in record and record["volume"] not in (None, ""):
        changed["volume"] = round(float(record["volume"]) / effect.factor)
    return record | changed


def _present(record: Record, names: Iterable[str]) -> list[str]:
    return [name for name in names if record.get(name) not in (None, "")]


def _scaled(value: Any, factor: float) -> float | int:
    scaled = round(float(value) * factor, _PLACES)
    return int(scaled) if scaled.is_integer() else scaled


def _moved(record: Record, days: int, position: int, start: date | None) -> Record:
    """A copy that is dated before the asked window; copies do not share a date."""
    if "date" not in record:
        return record
    first = start or date.fromisoformat(record["date"])
    return record | {"date": (first - timedelta(days=days + position)).isoformat()}


def _as(value: Any, kind: str) -> Any:
    match kind:
        case "string":
            return value if isinstance(value, str) else json.dumps(value)
        case "number":
            return _number(value)
        case "boolean":
            return bool(value)
        case "object":
            return {"value": value}
        case "list":
            return [value]
        case _:
            return None


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 1.0
