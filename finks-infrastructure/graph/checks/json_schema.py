"""Evaluates AWS's resource schemas, and cfn-lint's additions to them, over plain values.

General validators are no use here: Terraform writes numbers and booleans as strings where
CloudFormation does not, cfn-lint adds keywords of its own, and what was really compared has to be
counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graph.checks.finding import shown
from graph.checks.formats import FORMATS

type Schema = dict[str, Any]
type Path = tuple[str | int, ...]

_CONSTRAINTS = frozenset(
    {
        *("enum", "enumCaseInsensitive", "const", "pattern", "format", "multipleOf"),
        *("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"),
    }
)
"""Keywords that say more about a value than its type."""


@dataclass(frozen=True)
class Violation:
    """What a schema refuses: where in the document, and why."""

    path: Path
    problem: str


@dataclass
class Evaluator:
    """Evaluates schemas that share one root for `$ref`.

    `complete`: the documents are written in the schema's own terms, so that a missing or an
    unknown property means something. Translated resources are not: what has no counterpart in
    CloudFormation is left out of them.
    """

    root: Schema
    complete: bool = True
    schemas: dict[str, Schema] = field(default_factory=dict)
    """Other roots by their name in a `$ref`."""

    def violations(self, value: Any, schema: Any, path: Path = ()) -> Iterator[Violation]:
        """Everything in `value` that `schema` refuses."""
        if isinstance(schema, bool):
            if not schema:
                yield Violation(path, "has no place here")
            return
        for evaluator, resolved in self._resolved(schema):
            yield from evaluator._one(value, resolved, path)

    def resolve(self, schema: Schema) -> Iterator[Schema]:
        """The schema and whatever its `$ref` points at."""
        return (resolved for _, resolved in self._resolved(schema))

    def _resolved(self, schema: Schema) -> Iterator[tuple[Evaluator, Schema]]:
        yield self, schema
        reference = schema.get("$ref")
        if reference is None:
            return
        name, _, pointer = str(reference).partition("#")
        root = self.schemas[name] if name else self.root
        target: Any = root
        for step in pointer.strip("/").split("/"):
            target = target[step]
        yield from Evaluator(root, self.complete, self.schemas)._resolved(target)

    def _one(self, value: Any, schema: Schema, path: Path) -> Iterator[Violation]:
        yield from self._combined(value, schema, path)
        kinds = _listed(schema.get("type", []))
        if kinds and not any(has_type(value, kind) for kind in kinds):
            yield Violation(path, f"is {shown(value)}, not of type {' or '.join(kinds)}")
        elif isinstance(value, dict):
            yield from self._object(value, schema, path)
        elif isinstance(value, list):
            yield from self._array(value, schema, path)
        else:
            yield from _scalar(value, schema, path)

    def _fits(self, value: Any, schema: Any) -> bool:
        return next(self.violations(value, schema), None) is None

    def _combined(self, value: Any, schema: Schema, path: Path) -> Iterator[Violation]:
        if not self.complete and isinstance(value, dict):
            return  # alternatives of objects ask for properties, which may have no counterpart
        for part in schema.get("allOf", ()):
            yield from self.violations(value, part, path)
        if "anyOf" in schema and not any(self._fits(value, part) for part in schema["anyOf"]):
            yield self._none_of(value, schema["anyOf"], path)
        if "oneOf" in schema:
            fitting = sum(self._fits(value, part) for part in schema["oneOf"])
            if fitting != 1:
                yield Violation(
                    path, f"is {shown(value)}, which fits {fitting} of the allowed forms, not one"
                )
        if "not" in schema and self._fits(value, schema["not"]):
            yield Violation(path, f"is {shown(value)}, which is excluded")
        if "if" in schema:
            branch = "then" if self._fits(value, schema["if"]) else "else"
            if branch in schema:
                yield from self.violations(value, schema[branch], path)

    def _none_of(self, value: Any, parts: list[Any], path: Path) -> Violation:
        """The violation of the alternative that the value is nearest to."""
        alternatives = [list(self.violations(value, part, path)) for part in parts]
        nearest = min(alternatives, key=lambda found: len({one.path for one in found}))
        if nearest[0].path == path:
            return Violation(path, f"is {shown(value)}, which fits none of the allowed forms")
        return nearest[0]

    def _object(self, value: dict[str, Any], schema: Schema, path: Path) -> Iterator[Violation]:
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        for name, entry in value.items():
            here = (*path, name)
            if "propertyNames" in schema:
                yield from (
                    Violation(here, f"{name}: the name {problem.problem}")
                    for problem in self.violations(name, schema["propertyNames"], here)
                )
            matched = [part for text, part in patterns.items() if matches(text, name)]
            if name in known:
                yield from self.violations(entry, known[name], here)
            for part in matched:
                yield from self.violations(entry, part, here)
            if name not in known and not matched:
                rest = schema.get("additionalProperties", True)
                if rest is False and self.complete:
                    yield Violation(here, f"{name} is not a property that AWS knows here")
                elif isinstance(rest, dict):
                    yield from self.violations(entry, rest, here)
        if self.complete:
            yield from _presence(value, schema, path)
        for name, others in schema.get("dependentExcluded", {}).items():
            for other in others:
                if name in value and other in value:
                    yield Violation((*path, other), f"{other} and {name} exclude each other")

    def _array(self, value: list[Any], schema: Schema, path: Path) -> Iterator[Violation]:
        if len(value) < schema.get("minItems", 0):
            yield Violation(path, f"has {len(value)} entries, at least {schema['minItems']} needed")
        if len(value) > schema.get("maxItems", len(value)):
            yield Violation(path, f"has {len(value)} entries, at most {schema['maxItems']} allowed")
        if schema.get("uniqueItems") and any(
            value.index(entry) != index for index, entry in enumerate(value)
        ):
            yield Violation(path, "has an entry twice")
        for key in schema.get("uniqueKeys", ()):
            keys = [entry[key] for entry in value if isinstance(entry, dict) and key in entry]
            if len(set(map(str, keys))) != len(keys):
                yield Violation(path, f"has a {key} twice")
        if "contains" in schema and not any(
            self._fits(entry, schema["contains"]) for entry in value
        ):
            yield Violation(path, "lacks an entry that has to be there")
        if isinstance(schema.get("items"), dict):
            for index, entry in enumerate(value):
                yield from self.violations(entry, schema["items"], (*path, index))


def constrained(schema: Schema) -> bool:
    """Whether the schema says more about a value than its type."""
    return not _CONSTRAINTS.isdisjoint(schema) or any(
        key in schema for key in ("anyOf", "oneOf", "allOf")
    )


def has_type(value: Any, kind: str) -> bool:
    """Whether a value is of a JSON type, or is a text that stands for one."""
    match kind:
        case "string":
            return isinstance(value, str | int | float | bool)
        case "integer":
            if isinstance(value, bool):
                return False
            return matches(r"^-?\d+$", str(value))
        case "number":
            if isinstance(value, bool):
                return False
            return matches(r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$", str(value))
        case "boolean":
            return isinstance(value, bool) or str(value).lower() in {"true", "false"}
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "null":
            return value is None
    return True


def matches(pattern: str, value: str) -> bool:
    """Whether a pattern of ECMA 262, as JSON schemas have it, is found in a text."""
    return _compiled(pattern).search(value) is not None


@lru_cache(maxsize=2000)
def _compiled(pattern: str) -> re.Pattern[str]:
    # ECMA's `$` does not match before a final newline. Inline flags stand at the start in Python.
    text = re.sub(r"(?<!\\)\$$", r"\\Z", pattern)
    flags = 0
    if "(?i)" in text:
        text, flags = text.replace("(?i)", ""), re.IGNORECASE
    text = _unicode_classes(text)
    try:
        return re.compile(text, flags)
    except re.error:
        return re.compile("")  # a pattern of another dialect says nothing


def _unicode_classes(pattern: str) -> str:
    """ECMA's letters, numbers and separators as ranges; others as any word character."""
    ranges = {"L": "A-Za-z\u00aa-\uffff", "N": "0-9", "Z": r"\s", "Print": " -~\u00a0-\uffff"}
    parts = re.split(r"\\p\{(\w+)\}", pattern)
    text = parts[0]
    for name, rest in zip(parts[1::2], parts[2::2], strict=True):
        inside = ranges.get(name, r"\w")
        # Within brackets the range stands alone.
        text += (inside if text.rfind("[") > text.rfind("]") else f"[{inside}]") + rest
    return text


def _presence(value: dict[str, Any], schema: Schema, path: Path) -> Iterator[Violation]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Violation(path, f"lacks {name}")
    for names in (schema[key] for key in ("requiredXor", "requiredOr") if key in schema):
        present = [name for name in names if name in value]
        if not present or (len(present) > 1 and "requiredXor" in schema):
            yield Violation(path, f"needs one of {', '.join(names)}, has {len(present)}")
    for name, others in schema.get("dependentRequired", {}).items():
        if name in value:
            for other in others:
                if other not in value:
                    yield Violation(path, f"has {name} and lacks {other}")


def _scalar(value: Any, schema: Schema, path: Path) -> Iterator[Violation]:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "enum" in schema and text not in {_text(entry) for entry in schema["enum"]}:
        yield Violation(path, f"is {shown(value)}, not one of {_some(schema['enum'])}")
    if "enumCaseInsensitive" in schema and text.lower() not in {
        _text(entry).lower() for entry in schema["enumCaseInsensitive"]
    }:
        yield Violation(
            path, f"is {shown(value)}, not one of {_some(schema['enumCaseInsensitive'])}"
        )
    if "const" in schema and text != _text(schema["const"]):
        yield Violation(path, f"is {shown(value)}, not {schema['const']!r}")
    if value is None:
        return
    if "pattern" in schema and not matches(schema["pattern"], text):
        yield Violation(path, f"is {shown(value)}, which does not match {schema['pattern']}")
    if len(text) < schema.get("minLength", 0):
        yield Violation(path, f"is {shown(value)}, shorter than {schema['minLength']} characters")
    if len(text) > schema.get("maxLength", len(text)):
        yield Violation(
            path, f"has {len(text)} characters, more than {schema['maxLength']}: {shown(value)}"
        )
    if "format" in schema:
        pattern = FORMATS.get(schema["format"])
        if pattern is not None and not matches(pattern, text):
            yield Violation(path, f"is {shown(value)}, not of format {schema['format']}")
    if has_type(value, "number"):
        yield from _range(float(value), schema, path)


def _range(number: float, schema: Schema, path: Path) -> Iterator[Violation]:
    if number < schema.get("minimum", number):
        yield Violation(path, f"is {number:g}, below the minimum {schema['minimum']}")
    if number > schema.get("maximum", number):
        yield Violation(path, f"is {number:g}, above the maximum {schema['maximum']}")
    if "multipleOf" in schema and number % schema["multipleOf"]:
        yield Violation(path, f"is {number:g}, no multiple of {schema['multipleOf']}")


def _text(entry: Any) -> str:
    return str(entry).lower() if isinstance(entry, bool) else str(entry)


def _some(values: list[Any]) -> str:
    texts = [str(value) for value in values]
    return ", ".join(texts[:12]) + (f" and {len(texts) - 12} more" if len(texts) > 12 else "")


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds
