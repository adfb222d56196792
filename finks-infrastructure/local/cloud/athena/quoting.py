"""Names and texts in the SQL that is written for DuckDB."""

from __future__ import annotations

from collections.abc import Iterable


def identifier(name: str) -> str:
    """A quoted name."""
    return '"' + name.replace('"', '""') + '"'


def identifiers(names: Iterable[str]) -> str:
    """Quoted names with commas."""
    return ", ".join(identifier(name) for name in names)


def text(value: object) -> str:
    """A quoted text."""
    return "'" + str(value).replace("'", "''") + "'"


def texts(values: Iterable[object]) -> str:
    """A list of quoted texts."""
    return "[" + ", ".join(text(value) for value in values) + "]"
