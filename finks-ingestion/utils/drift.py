"""Drift: how the records of a source differ from the schema that we know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

_JSON_TYPES: Mapping[type, str] = {
    bool: "a truth value",
    str: "a text",
    int: "a number",
    float: "a number",
    Decimal: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}


def json_type(value: object) -> str:
    """What a value is, in the words of JSON."""
    return _JSON_TYPES.get(type(value), type(value).__name__)


@dataclass
class Drift:
    """What some records had: counted by their fields, as most have the same."""

    shapes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Records by the names of their fields."""
    unknown: dict[str, str] = field(default_factory=dict)
    """The type of each field that the schema does not know."""
    retyped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Values of another type than declared, by field and type."""
    not_null: set[str] = field(default_factory=set)
    """Required fields that are there in at least one record."""

    @property
    def records(self) -> int:
        """Records seen."""
        return self.shapes.total()

    def saw(self, raw: Mapping[str, object], required: Iterable[str]) -> None:
        """Count a record."""
        self.shapes[tuple(raw)] += 1
        for name in required:
            if name not in self.not_null and raw.get(name) is not None:
                self.not_null.add(name)

    def add(self, other: Drift) -> None:
        """Add what other records had."""
        self.shapes.update(other.shapes)
        self.unknown |= other.unknown
        self.retyped.update(other.retyped)
        self.not_null |= other.not_null

    def lost(self, required: Iterable[str]) -> list[str]:
        """Required fields that are null or absent in every record."""
        return [name for name in required if self.records and name not in self.not_null]

    def described(self, known: Iterable[str]) -> list[str]:
        """One text for each difference from the known fields; the same in every run."""
        present = {name for shape in self.shapes for name in shape}
        told = [f"new field {name} ({kind})" for name, kind in sorted(self.unknown.items())]
        told += [f"{name} came as {kind}" for name, kind in sorted(self.retyped)]
        gone = [name for name in known if self.shapes and name not in present]
        return told + [f"no record has {name}" for name in gone]
