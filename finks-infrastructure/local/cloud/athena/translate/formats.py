"""Date formats: MySQL's (date_format) and Joda's (format_datetime) as strftime's."""

from __future__ import annotations

import re

from local.cloud.athena.errors import QueryError, not_supported

_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I",
    "I": "%I", "i": "%M", "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p",
    "r": "%I:%M:%S %p", "S": "%S", "s": "%S", "T": "%H:%M:%S", "v": "%V", "W": "%A", "Y": "%Y",
    "y": "%y", "%": "%%",
}  # fmt: skip
_JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b",
    "MMMM": "%B", "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p",
    "EEE": "%a", "E": "%a", "EEEE": "%A", "DDD": "%j", "D": "%-j",
}  # fmt: skip


def from_mysql(pattern: str) -> str:
    """strftime's form of a date_format or date_parse pattern; QueryError for unknown parts."""

    def part(match: re.Match[str]) -> str:
        if match[1] not in _MYSQL:
            raise not_supported(f"%{match[1]} in a date format")
        return _MYSQL[match[1]]

    return re.sub(r"%(.)", part, pattern)


def from_joda(pattern: str) -> str:
    """strftime's form of a format_datetime or parse_datetime pattern; QueryError if unknown."""
    result = []
    for match in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|([^A-Za-z']+)", pattern):
        text = match[0]
        if match[1] is not None:
            result.append((match[1].replace("''", "'") or "'").replace("%", "%%"))
        elif match[2]:
            if text not in _JODA:
                raise QueryError(
                    "INVALID_FUNCTION_ARGUMENT",
                    f"'{text}' in the date pattern '{pattern}' is not supported by the local"
                    " Athena; use yyyy, MM, dd, HH, mm, ss, SSS, EEE or a",
                )
            result.append(_JODA[text])
        else:
            result.append(text.replace("%", "%%"))
    return "".join(result)
