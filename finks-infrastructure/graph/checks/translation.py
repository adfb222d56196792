"""A Pulumi resource in CloudFormation's terms, with the way back to each property."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graph.checks.aws_schemas import resource_schema
from graph.checks.correspondence import Correspondence
from graph.checks.correspondence.entry import HERE
from graph.checks.json_schema import Evaluator, Path, Schema, constrained
from graph.model import Resource

_OF_PULUMI = frozenset({"region", "__defaults", "tagsAll"})
"""Inputs that tell the provider where and how to work."""
_SWITCH = {"ENABLED", "DISABLED"}
_PAIRS = (("Key", "Value"), ("Name", "Value"), ("ParameterName", "ParameterValue"))


@dataclass
class Translation:
    """What a resource says in CloudFormation's terms."""

    cfn: str
    schema: Schema
    document: dict[str, Any] = field(default_factory=dict)
    origins: dict[Path, str] = field(default_factory=dict)
    """Pulumi's property path by the path in `document`."""
    compared: int = 0
    """Values with a counterpart: at least their type is compared."""
    constrained: int = 0
    """Values that a pattern, an enumeration, a length or a range is held against."""
    without: list[str] = field(default_factory=list)
    """Property paths without a counterpart, once for each value."""

    def origin(self, path: Path) -> str:
        """Pulumi's property path of what lies at a path of the document."""
        for length in range(len(path), 0, -1):
            known = self.origins.get(path[:length])
            if known is not None:
                return known
        return "inputs"


def translate(resource: Resource, table: Correspondence) -> Translation:
    """Inputs of a resource in terms of its CloudFormation type."""
    schema = resource_schema(table.cfn)
    result = Translation(table.cfn, schema)
    _Translator(table, result).run(resource)
    return result


def values_in(value: Any) -> int:
    """Number of plain values in a property's value."""
    if isinstance(value, dict):
        return sum(values_in(entry) for entry in value.values())
    if isinstance(value, list):
        return sum(values_in(entry) for entry in value)
    return 1


class _Translator:
    def __init__(self, table: Correspondence, result: Translation) -> None:
        self.table = table
        self.result = result
        self.evaluator = Evaluator(result.schema, complete=False)

    def run(self, resource: Resource) -> None:
        schema, target, path = self.result.schema, self.result.document, ()
        base = self._enter(self.table.at.split("."), (schema, target, path))
        for name, value in resource.inputs.items():
            if name not in _OF_PULUMI and name not in resource.secrets:
                self._property(base, name, value, name, name)

    # A place is a schema, the dictionary that is filled, and the path of that dictionary.
    def _property(
        self,
        place: tuple[Schema, dict[str, Any], Path],
        name: str,
        value: Any,
        key: str,
        shown: str,
    ) -> None:
        steps = self._steps(place[0], name, key)
        words = self.table.words.get(key, frozenset())
        if steps is None or (isinstance(value, str) and value in words):
            self.result.without.extend([key] * values_in(value))
            return
        if steps == [HERE]:
            for number, block in enumerate(value if isinstance(value, list) else [value]):
                here = f"{shown}[{number}]" if isinstance(value, list) else shown
                self._block(place, block, key, here)
            return
        if steps[0].startswith("/"):
            place = (self.result.schema, self.result.document, ())
            steps = [steps[0][1:], *steps[1:]]
        schema, target, path = self._enter(steps[:-1], place)
        last = steps[-1]
        found = self._child(schema, last)
        if found is None:
            raise KeyError(f"{self.result.cfn} has no {'.'.join(steps)} (for {key})")
        own, entry = found
        translated = self._value(entry, value, key, shown, (*path, own))
        held = target.get(own)
        if isinstance(held, list) and isinstance(translated, list):
            held.extend(translated)
        elif isinstance(held, dict) and isinstance(translated, dict):
            held.update(translated)
        else:
            target[own] = translated

    def _block(
        self, place: tuple[Schema, dict[str, Any], Path], block: Any, key: str, shown: str
    ) -> None:
        if not isinstance(block, dict):
            self.result.without.append(key)
            return
        for name, value in block.items():
            self._property(place, name, value, f"{key}.{name}", f"{shown}.{name}")

    def _value(self, schema: Schema, value: Any, key: str, shown: str, path: Path) -> Any:
        self.result.origins[path] = shown
        kinds = self._kinds(schema)
        if isinstance(value, dict):
            if "array" in kinds and "object" not in kinds:
                pairs = self._pairs(schema)
                if pairs and all(not isinstance(entry, dict | list) for entry in value.values()):
                    return self._entries(schema, value, pairs, shown, path)
                return [self._value(self._items(schema), value, key, shown, (*path, 0))]
            filled: dict[str, Any] = {}
            if self._open(schema):
                for name, entry in value.items():
                    self._count(schema, values_in(entry))
                    filled[name] = entry
                    self.result.origins[(*path, name)] = f"{shown}.{name}"
                return filled
            self._block((schema, filled, path), value, key, shown)
            return filled
        if isinstance(value, list):
            if "array" in kinds or not kinds:
                return self._list(schema, value, key, shown, path)
            translated = [
                self._value(schema, entry, key, f"{shown}[{number}]", path)
                for number, entry in enumerate(value)
            ]
            return (
                translated[0]
                if len(translated) == 1
                else _first_refused(self.evaluator, translated, schema)
            )
        if "array" in kinds and not kinds & {"string", "integer", "boolean", "object"}:
            return [self._value(self._items(schema), value, key, shown, (*path, 0))]
        if kinds == {"object"} and not isinstance(value, dict):
            self.result.without.append(key)
            return {}
        self._count(schema, 1)
        return self._word(schema, value)

    def _word(self, schema: Schema, value: Any) -> Any:
        """CloudFormation's word for a switch that is true or false in Terraform."""
        if isinstance(value, bool):
            for part in self.evaluator.resolve(schema):
                if set(part.get("enum", ())) == _SWITCH:
                    return "ENABLED" if value else "DISABLED"
        return value

    def _entries(
        self, schema: Schema, values: dict[str, Any], pair: tuple[str, str], shown: str, path: Path
    ) -> list[dict[str, Any]]:
        """A map, such as the tags, where CloudFormation has a list of names and values."""
        items = self._items(schema)
        for number, (name, _) in enumerate(values.items()):
            self.result.origins[(*path, number)] = f"{shown}.{name}"
            found = self._child(items, pair[1])
            self._count(found[1] if found else {}, 1)
        return [{pair[0]: name, pair[1]: value} for name, value in values.items()]

    def _list(self, schema: Schema, values: list[Any], key: str, shown: str, path: Path) -> Any:
        items = self._items(schema)
        return [
            self._value(items, entry, key, f"{shown}[{number}]", (*path, number))
            for number, entry in enumerate(values)
        ]

    def _count(self, schema: Schema, number: int) -> None:
        self.result.compared += number
        if any(constrained(part) for part in self.evaluator.resolve(schema)):
            self.result.constrained += number

    def _enter(
        self, steps: list[str], place: tuple[Schema, dict[str, Any], Path]
    ) -> tuple[Schema, dict[str, Any], Path]:
        """The place that lies some steps further down; what is missing on the way is made."""
        schema, target, path = place
        for step in steps:
            if not step:
                continue
            found = self._child(schema, step)
            if found is None:
                raise KeyError(f"{self.result.cfn} has no {step} in {'.'.join(steps)}")
            own, schema = found
            path = (*path, own)
            if "array" in self._kinds(schema):
                schema = self._items(schema)
                entries = target.setdefault(own, [{}])
                target, path = entries[0], (*path, 0)
            else:
                target = target.setdefault(own, {})
        return schema, target, path

    def _steps(self, schema: Schema, name: str, key: str) -> list[str] | None:
        if key in self.table.names:
            stated = self.table.names[key]
            return None if stated is None else [HERE] if stated == HERE else stated.split(".")
        return [name] if self._child(schema, name) else None

    def _child(self, schema: Schema, name: str) -> tuple[str, Schema] | None:
        known = {
            own: entry
            for part in self.evaluator.resolve(schema)
            for own, entry in part.get("properties", {}).items()
        }
        if name in known:
            return name, known[name]
        normalised = {_normal(own): own for own in known}
        for candidate in _candidates(_normal(name)):
            if candidate in normalised:
                own = normalised[candidate]
                return own, known[own]
        return None

    def _kinds(self, schema: Schema) -> set[str]:
        kinds: set[str] = set()
        for part in self.evaluator.resolve(schema):
            stated = part.get("type", ())
            kinds.update([stated] if isinstance(stated, str) else stated)
            if "properties" in part:
                kinds.add("object")
            if "items" in part:
                kinds.add("array")
        return kinds

    def _items(self, schema: Schema) -> Schema:
        for part in self.evaluator.resolve(schema):
            if isinstance(part.get("items"), dict):
                return dict(part["items"])
        return {}

    def _open(self, schema: Schema) -> bool:
        """Whether an object has free keys, such as the tags of some types."""
        return not any(part.get("properties") for part in self.evaluator.resolve(schema))

    def _pairs(self, schema: Schema) -> tuple[str, str] | None:
        items = self._items(schema)
        for pair in _PAIRS:
            if all(
                any(name in part.get("properties", {}) for part in self.evaluator.resolve(items))
                for name in pair
            ):
                return pair
        return None


def _first_refused(evaluator: Evaluator, values: list[Any], schema: Schema) -> Any:
    """Of several values for one place the one that is refused, or the first."""
    for value in values:
        if next(evaluator.violations(value, schema), None) is not None:
            return value
    return values[0] if values else ""


def _normal(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _candidates(name: str) -> Iterator[str]:
    yield name
    yield f"{name}s"
    yield f"{name}es"
    if name.endswith("y"):
        yield f"{name[:-1]}ies"
    if name.endswith("ies"):
        yield f"{name[:-3]}y"
    if name.endswith("es"):
        yield name[:-2]
    if name.endswith("s"):
        yield name[:-1]
