"""A resource graph as data, and its JSON form (docs/aws/graph.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT_VERSION = 1
STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Resource:
    """One resource. `inputs` and `outputs` have the provider's camelCase keys."""

    urn: str
    type: str
    name: str
    parent: str | None
    """URN of the parent; None for what hangs at the stack."""
    custom: bool
    """Whether a provider makes it; a component only groups others."""
    id: str = ""
    provider: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    """URNs of what has to be there before."""
    protect: bool = False
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    """Inputs at the top level that hold secrets; their values are masked."""


@dataclass(frozen=True)
class Graph:
    """All resources of a stack, sorted by URN."""

    project: str
    stack: str
    resources: tuple[Resource, ...]
    outputs: dict[str, Any] = field(default_factory=dict)

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these type tokens."""
        return [resource for resource in self.resources if resource.type in types]

    def named(self, name: str, kind: str | None = None) -> Resource:
        """The one resource with this name (and type); raises LookupError if not exactly one."""
        found = [
            resource
            for resource in self.resources
            if resource.name == name and kind in {None, resource.type}
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources are named {name!r} of type {kind or 'any'}")
        return found[0]

    def by_urn(self) -> dict[str, Resource]:
        """Resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    def children(self, urn: str | None) -> Iterator[Resource]:
        """The resources below a parent; None: those at the stack."""
        return (resource for resource in self.resources if resource.parent == urn)

    def to_json(self) -> dict[str, Any]:
        """The graph as JSON values."""
        return {
            "version": FORMAT_VERSION,
            "project": self.project,
            "stack": self.stack,
            "resources": [asdict(resource) for resource in self.resources],
            "outputs": self.outputs,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Graph:
        """The graph of such JSON values; raises ValueError for another version of the format."""
        if document.get("version") != FORMAT_VERSION:
            raise ValueError(
                f"graph format {document.get('version')!r} is not {FORMAT_VERSION};"
                " write it again with 'make infra-export'"
            )
        return cls(
            project=document["project"],
            stack=document["stack"],
            resources=tuple(_resource(entry) for entry in document["resources"]),
            outputs=document["outputs"],
        )

    def dumps(self) -> str:
        """The graph as the text of a JSON file."""
        return json.dumps(self.to_json(), indent=1, default=str) + "\n"

    def save(self, path: Path) -> None:
        """Write the graph as a JSON file."""
        path.write_text(self.dumps())

    @classmethod
    def load(cls, path: Path) -> Graph:
        """Read a graph that `save` wrote."""
        return cls.from_json(json.loads(path.read_text()))


def _resource(entry: dict[str, Any]) -> Resource:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Resource(**values)
