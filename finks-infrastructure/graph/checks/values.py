"""Walks over the values of a resource, and into the JSON documents among them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from graph.model import Resource


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with its path, as in `rules[0].filter.prefix`."""
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from leaves(entry, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from leaves(entry, f"{path}[{index}]")
    else:
        yield path, value


def texts(resource: Resource) -> Iterator[tuple[str, str]]:
    """Every text in the inputs; of a JSON document each text in it, after a `!`."""
    for path, value in leaves(resource.inputs):
        if not isinstance(value, str):
            continue
        document = parsed(value)
        if document is None:
            yield path, value
            continue
        for inner, entry in leaves(document):
            if isinstance(entry, str):
                yield f"{path}!{inner}", entry


def parsed(text: object) -> dict[str, Any] | list[Any] | None:
    """The JSON object or array that a text holds, or None."""
    if not isinstance(text, str) or text[:1] not in {"{", "["}:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict | list) else None


def listed(value: Any) -> list[Any]:
    """A value that may stand alone or in a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
