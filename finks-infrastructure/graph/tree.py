"""The graph as a tree to read: components, their resources with physical names, counts by type.

The text is the same for the same graph, so it is kept in docs/aws/ and compared in the tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from graph.model import Graph, Resource

_PHYSICAL_NAMES = (
    "bucket",
    "identifier",
    "family",
    "alarmName",
    "dashboardName",
    "replicationGroupId",
    "functionName",
    "statementId",
    "serviceName",
    "domainName",
    "cidrBlock",
    "destinationCidrBlock",
    "key",
    "name",
    "url",
    "pathPart",
    "httpMethod",
    "stageName",
    "policyName",
    "endpoint",
    "secretId",
    "role",
)
"""Inputs that say what a resource is called on AWS; the first that is set wins."""

_DIGEST = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{12,}")
"""Digests of what is deployed change with every line of code; the tree does not show them. An
account's number has 12 digits and no letter."""


def render(graph: Graph) -> str:
    """The tree, one resource a line, then the counts by type and the names of the outputs."""
    made = [resource for resource in graph.resources if resource.custom]
    components = len(graph.resources) - len(made)
    lines = [
        f"{graph.project}-{graph.stack}: {len(made)} resources in {components} components",
        *_branches(graph, None, ""),
        "",
        "Resources by type",
        *(f"{count:5}  {kind}" for kind, count in sorted(counts(graph).items())),
        "",
        f"Stack outputs ({len(graph.outputs)})",
        *(f"  {name}" for name in sorted(graph.outputs)),
    ]
    return "\n".join(lines) + "\n"


def counts(graph: Graph) -> dict[str, int]:
    """How many resources of each type there are, components not counted."""
    return dict(Counter(resource.type for resource in graph.resources if resource.custom))


def short_type(kind: str) -> str:
    """A type token as a person writes it: `aws:ec2/vpc:Vpc` is `aws.ec2.Vpc`."""
    package, module, name = kind.split(":", 2)
    module = module.partition("/")[0]
    return f"{package}.{name}" if module == "index" else f"{package}.{module}.{name}"


def physical_name(resource: Resource) -> str:
    """What the resource is called on AWS, as far as its inputs say; else empty."""
    for key in _PHYSICAL_NAMES:
        value = resource.inputs.get(key)
        if isinstance(value, str) and value:
            return _DIGEST.sub("<digest>", value)
    tags = resource.inputs.get("tags")
    return str(tags.get("Name", "")) if isinstance(tags, dict) else ""


def _branches(graph: Graph, parent: str | None, indent: str) -> Iterator[str]:
    children = sorted(
        graph.children(parent), key=lambda found: (found.custom, found.type, found.name, found.urn)
    )
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└─' if last else '├─'} {_line(child)}"
        yield from _branches(graph, child.urn, indent + ("   " if last else "│  "))


def _line(resource: Resource) -> str:
    if not resource.custom:
        return f"{resource.name} ({resource.type})"
    physical = physical_name(resource)
    named = f" = {physical}" if physical and physical != resource.name else ""
    protected = " [protected]" if resource.protect else ""
    return f"{short_type(resource.type)} {resource.name}{named}{protected}"
