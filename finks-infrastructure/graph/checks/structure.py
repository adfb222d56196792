"""The graph itself: names once, parents, dependencies and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graph.checks import sdk
from graph.checks.finding import Finding, finding
from graph.model import Graph, Resource

REQUIRED_TAGS = ("Project", "Environment", "Component", "Owner", "CostCentre")
_PROVIDERS = "pulumi:providers:"


def check_structure(graph: Graph) -> Iterator[Finding]:
    """Duplicate URNs, resources outside of components, broken edges and missing tags."""
    urns = Counter(resource.urn for resource in graph.resources)
    known = graph.by_urn()
    reported: set[str] = set()
    for resource in graph.resources:
        if urns[resource.urn] > 1 and resource.urn not in reported:
            reported.add(resource.urn)
            yield finding(
                resource,
                "urn",
                f"{urns[resource.urn]} resources have this URN",
                "give each of them a name of its own",
            )
        yield from _edges(resource, known)
        yield from _tags(resource, graph.stack)


def _edges(resource: Resource, known: dict[str, Resource]) -> Iterator[Finding]:
    if resource.parent is None:
        if resource.custom and not resource.type.startswith(_PROVIDERS):
            yield finding(
                resource,
                "parent",
                "hangs at the stack, outside of every component",
                "make it in a component, with opts=self.child()",
            )
    elif resource.parent not in known:
        yield finding(
            resource, "parent", f"{resource.parent} is not in the graph", "name an existing parent"
        )
    elif _is_its_own_ancestor(resource, known):
        yield finding(resource, "parent", "is its own ancestor", "break the circle of parents")
    for urn in resource.dependencies:
        if urn not in known:
            yield finding(
                resource,
                "dependencies",
                f"{urn} is not in the graph",
                "depend on what the stack makes",
            )
        elif urn == resource.urn:
            yield finding(resource, "dependencies", "depends on itself", "remove the dependency")


def _is_its_own_ancestor(resource: Resource, known: dict[str, Resource]) -> bool:
    seen = {resource.urn}
    parent = resource.parent
    while parent is not None and parent in known:
        if parent in seen:
            return True
        seen.add(parent)
        parent = known[parent].parent
    return False


def _tags(resource: Resource, stack: str) -> Iterator[Finding]:
    if not (resource.custom and resource.type.startswith("aws:") and sdk.takes_tags(resource.type)):
        return
    tags = resource.inputs.get("tags") or {}
    missing = [name for name in REQUIRED_TAGS if not tags.get(name)]
    if missing:
        yield finding(
            resource,
            "tags",
            f"lacks {', '.join(missing)}",
            "make it in a BaseComponent, which tags what it makes",
        )
    if tags.get("Environment", stack) != stack:
        yield finding(
            resource,
            "tags.Environment",
            f"is {tags['Environment']!r} in the stack {stack}",
            "take the tags from the stack's context",
        )
    for key, value in tags.items():
        if len(key) > 128 or len(str(value)) > 256 or key.lower().startswith("aws:"):
            yield finding(
                resource,
                f"tags.{key}",
                "is no tag that AWS takes",
                "keep keys to 128 and values to 256 characters, and off the prefix aws:",
            )
