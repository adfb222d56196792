"""Why a job run failed, in the words that Glue would find for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"(?:\w+\.)*(?P<name>[A-Z_]\w*)(?::\s?(?P<message>.*))?")
_JAVA_CAUSE = re.compile(r": (?P<cause>[\w.$]+(?::.*)?)")


class LaunchError(Exception):
    """A run that could not be started; the message says what to do."""


def error_message(stderr: Sequence[str], exit_code: int) -> str:
    """The ErrorMessage of a run that failed: its exception, as ``ValueError: no such table``.

    It is the first line of the last exception that stands in the last lines of stderr; for an
    error of the JVM its Java cause follows. Without a traceback the exit code has to do.
    """
    for index in range(len(stderr) - 1, -1, -1):
        if stderr[index].strip() == _TRACEBACK:
            found = _exception(stderr[index + 1 :])
            if found:
                return found
    if exit_code > 128:
        return (
            f"Command failed with exit code {exit_code}: killed by signal {exit_code - 128}, "
            "most likely because memory ran out; give it less data at a time"
        )
    return f"Command failed with exit code {exit_code}; its log says more"


def _exception(lines: Sequence[str]) -> str | None:
    for index, line in enumerate(lines):
        if not line or line[0].isspace():
            continue
        match = _EXCEPTION.fullmatch(line)
        if match is None:
            continue
        message = match["name"] + (f": {match['message']}" if match["message"] else "")
        cause = _JAVA_CAUSE.fullmatch(lines[index + 1]) if index + 1 < len(lines) else None
        return f"{message} {cause['cause']}" if cause else message
    return None
