"""Results on S3: a CSV file (or text, for DDL), and its columns beside it in ``.metadata``.

In the CSV every value is quoted and null is nothing, as Athena writes it. GetQueryResults reads
these files: the token of a page is where in the file it starts.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import io
import json
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from local.cloud.athena.outcome import Outcome
from local.cloud.athena.session import Session
from local.cloud.athena.sql_types import REAL, Type
from local.cloud.athena.translate.number_texts import java_double

_ROW = re.compile(rb'(?:"(?:[^"]|"")*")?(?:,(?:"(?:[^"]|"")*")?)*\n')
_VALUE = re.compile(r'(?:"((?:[^"]|"")*)")?(?:,|\n)')
_CHUNK = 1 << 20
Row = list[str | None]


def text_of(value: Any, kind: Type | None = None) -> str:
    """A value as a result shows it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return java_double(_shortest(value) if kind == REAL else value)
        case Decimal():
            return f"{value:f}"
        case datetime.datetime():
            return _timestamp(value)
        case datetime.time():
            return value.isoformat("milliseconds")
        case pa.MonthDayNano():
            return _interval(value)
        case bytes():
            return " ".join(f"{byte:02x}" for byte in value)
        case list():
            return _nested(value, kind)
        case dict():
            return "{" + ", ".join(f"{k}={text_of(v)}" for k, v in value.items()) + "}"
    return str(value)


def _nested(value: list[Any], kind: Type | None) -> str:
    if kind is not None and kind.kind == "map":
        return "{" + ", ".join(f"{text_of(k)}={text_of(v)}" for k, v in value) + "}"
    return "[" + ", ".join(text_of(item) for item in value) + "]"


def _shortest(value: float) -> float:
    """The number with the fewest digits that is the same 32-bit float."""
    packed = struct.pack("f", value)
    candidates = (float(f"{value:.{digits}g}") for digits in range(6, 10))
    return next((c for c in candidates if struct.pack("f", c) == packed), value)


def _interval(value: pa.MonthDayNano) -> str:
    """``2 03:00:00.000`` for days and less, ``1-2`` for years and months."""
    if value.months:
        sign = "-" if value.months < 0 else ""
        return f"{sign}{abs(value.months) // 12}-{abs(value.months) % 12}"
    milliseconds = value.days * 86_400_000 + value.nanoseconds // 1_000_000
    sign, rest = ("-", -milliseconds) if milliseconds < 0 else ("", milliseconds)
    days, rest = divmod(rest, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{sign}{days} {hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _timestamp(value: datetime.datetime) -> str:
    """With milliseconds, or microseconds where there are any."""
    precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
    text = value.replace(tzinfo=None).isoformat(" ", precision)
    return text if value.tzinfo is None else f"{text} UTC"


def write(session: Session, outcome: Outcome, data: Path, metadata: Path) -> int:
    """Write the files of a result; the number of rows. The query runs while they are written."""
    if outcome.is_text:
        count = _write_text(outcome, data)
    else:
        with session.failures():
            count = _write_csv(outcome, data)
    document = {
        "columns": [kind.column_info(name) for name, kind in outcome.columns],
        "text": outcome.is_text,
        "update_count": outcome.update_count,
    }
    metadata.write_text(json.dumps(document))
    return count


def _write_text(outcome: Outcome, data: Path) -> int:
    data.write_text("".join(f"{line}\n" for line in outcome.lines))
    return len(outcome.lines)


def _write_csv(outcome: Outcome, data: Path) -> int:
    count = 0
    renderers = [_renderer(kind) for _, kind in outcome.columns]
    with data.open("w", encoding="utf-8", newline="") as file:
        if outcome.update_count is None:
            file.write(_line([name for name, _ in outcome.columns]))
        for batch in outcome.batches:
            columns = [
                [None if value is None else render(value) for value in column.to_pylist()]
                for render, column in zip(renderers, batch.columns, strict=True)
            ]
            file.writelines(_line(list(row)) for row in zip(*columns, strict=True))
            count += batch.num_rows
    return count


def _renderer(kind: Type) -> Callable[[Any], str]:
    if kind.kind == "varchar":
        return str
    return lambda value: text_of(value, kind)


def _line(row: Row) -> str:
    cells = ("" if value is None else '"' + value.replace('"', '""') + '"' for value in row)
    return ",".join(cells) + "\n"


@dataclass(frozen=True)
class Page:
    """Some rows of a result."""

    rows: list[Row]
    columns: list[dict[str, Any]]
    update_count: int | None
    next_token: str | None


def read(data: Path, metadata: Path, limit: int, token: str | None) -> Page:
    """A page of at most `limit` rows; raises ValueError for a token of another result."""
    document = json.loads(metadata.read_text())
    offset = _decode(token) if token else 0
    with data.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        if offset > size:
            raise ValueError("the token is not one of this result")
        file.seek(offset)
        rows: list[Row] = []
        for line in _lines(file, text=document["text"]):
            if len(rows) == limit:
                break
            offset += len(line)
            rows.append(_parse(line.decode(), text=document["text"]))
    more = _encode(offset) if offset < size else None
    return Page(rows, document["columns"], document["update_count"], more)


def _lines(file: io.BufferedReader, *, text: bool) -> Iterator[bytes]:
    if text:
        yield from file
        return
    buffer = b""
    while True:
        chunk = file.read(_CHUNK)
        buffer += chunk
        position = 0
        # a row ends for certain only where another begins or the file ends
        while (match := _ROW.match(buffer, position)) and match.end() <= len(buffer):
            yield match[0]
            position = match.end()
        buffer = buffer[position:]
        if not chunk:
            return


def _parse(line: str, *, text: bool) -> Row:
    if text:
        return [line.removesuffix("\n")]
    return [
        None if match[1] is None else match[1].replace('""', '"') for match in _VALUE.finditer(line)
    ]


def _encode(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _decode(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("offset:"))
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise ValueError("the token is not one of this result") from error
