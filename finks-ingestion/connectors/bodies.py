"""From the body of an answer to records that nobody has looked at yet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import jiter

from utils.wording import counted

_NO_RECORDS = b"[]"
_TEXT_OR_NUMBER = re.compile(
    rb'"(?:[^"\\]|\\.)*+"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?', re.DOTALL
)
_MOST_DIGITS = 4000
"""Python makes no integers of more than 4,300."""


class UnreadableError(ValueError):
    """A body that is not what the format promises; the message says what it is."""


def is_empty(body: bytes) -> bool:
    """Whether a body says `[]`: how sources write that there are none, whatever the format."""
    return body.strip() == _NO_RECORDS


def json_records(body: bytes) -> list[object]:
    """The records of a JSON list; numbers with a fraction are decimals.

    A number that Python cannot hold (1e99999999999999999999) is the text that it is written as.
    Raises UnreadableError.
    """
    try:
        answer = _from_json(body)
    except ValueError:
        try:
            answer = _from_json(_TEXT_OR_NUMBER.sub(_quoted, body))
        except ValueError:
            raise _no("JSON", body) from None
    if not isinstance(answer, list):
        raise UnreadableError(f"a JSON {type(answer).__name__} instead of a list")
    return answer


def json_list(body: bytes) -> bytes:
    """A body that looks like a JSON list from outside. Raises UnreadableError."""
    text = body.strip()
    if text[:1] != b"[" or text[-1:] != b"]":
        json_records(body)  # says what it is instead
        raise _no("list", body)
    return body


class CsvFile(NamedTuple):
    """A CSV file whose lines are read one by one: all values are texts."""

    names: tuple[str, ...]
    """Of the columns; each once."""
    lines: Iterator[Sequence[str]]
    """A value for each name. Raises UnreadableError on the way."""

    def record(self, line: Sequence[str]) -> Mapping[str, str]:
        """A line as a record."""
        return dict(zip(self.names, line, strict=True))


def csv_file(body: bytes, required: str) -> CsvFile:
    """The lines of a CSV file; of columns with the same name the last one counts.

    Raises UnreadableError, also for a file without the column `required`.
    """
    if is_empty(body):
        return CsvFile((required,), iter(()))
    lines = _csv_lines(body)
    header = next(lines, [])
    if required not in header:
        raise _no(f"CSV file with a column {required}", body)
    places = {name: place for place, name in enumerate(header)}
    if len(places) == len(header):
        return CsvFile(tuple(places), lines)
    return CsvFile(tuple(places), ([line[n] for n in places.values()] for line in lines))


def _csv_lines(body: bytes) -> Iterator[list[str]]:
    """The header, and the lines that are as long."""
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", newline=""), strict=True)
    try:
        header = next(lines, [])
        yield header
        for line in lines:
            if len(line) == len(header):
                yield line
            elif line:
                raise UnreadableError(
                    f"a CSV file whose line {lines.line_num} does not fit its header"
                )
    except UnicodeDecodeError:
        raise _no("text", body) from None
    except csv.Error as error:
        raise UnreadableError(f"something that is no CSV ({error})") from None


def _no(kind: str, body: bytes) -> UnreadableError:
    return UnreadableError(f"something that is no {kind} ({counted(len(body), 'byte')})")


def _from_json(body: bytes) -> object:
    return jiter.from_json(body, float_mode="decimal", allow_inf_nan=True)


def _quoted(token: re.Match[bytes]) -> bytes:
    """A text as it is, and a number in quotes if it would cost all records of its answer."""
    text = token[0]
    if text.startswith(b'"') or _can_be_held(text.decode()):
        return text
    return b'"' + text + b'"'


def _can_be_held(number: str) -> bool:
    try:
        Decimal(number)
    except ArithmeticError:
        return False
    return len(number) <= _MOST_DIGITS
