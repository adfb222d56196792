"""What a check says when it refuses something."""

from __future__ import annotations

from dataclasses import dataclass

from graph.model import Resource


@dataclass(frozen=True, order=True)
class Finding:
    """One value of one resource that AWS, or a reader of the graph, would refuse."""

    urn: str
    path: str
    """Property, as in `ingress[0].cidrBlocks[1]`; inside a JSON document after a `!`."""
    problem: str
    remedy: str
    name: str = ""
    type: str = ""

    def __str__(self) -> str:
        where = f"{self.name} ({self.type})" if self.name else "stack"
        return f"{where} {self.path}: {self.problem}; {self.remedy}"


def finding(resource: Resource, path: str, problem: str, remedy: str) -> Finding:
    """A finding about a property of a resource."""
    return Finding(resource.urn, path, problem, remedy, resource.name, resource.type)


def shown(value: object) -> str:
    """A value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
