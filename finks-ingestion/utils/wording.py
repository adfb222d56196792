"""Counts and lists as sentences have them: in messages, log lines and displays alike."""

from __future__ import annotations

from collections.abc import Sequence

MOST_LISTED = 20
"""Names in a message."""


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 call`, `2,500 retries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def listed(names: Sequence[object], most: int = MOST_LISTED) -> str:
    """Names by comma, at most `most` of them and the number of the rest."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
