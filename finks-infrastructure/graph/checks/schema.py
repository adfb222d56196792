"""Values against AWS's own resource schemas, and how many of them were really compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from graph.checks.aws_schemas import extension
from graph.checks.correspondence import CORRESPONDENCES, WITHOUT_COUNTERPART
from graph.checks.finding import Finding, finding
from graph.checks.json_schema import Evaluator
from graph.checks.translation import Translation, translate, values_in
from graph.checks.values import leaves, parsed
from graph.model import Graph, Resource


@dataclass
class Coverage:
    """Of the values in a graph's AWS resources: how many AWS's schemas were held against."""

    values: int = 0
    compared: int = 0
    constrained: int = 0
    """Compared with more than a type: a pattern, an enumeration, a length or a range."""
    in_documents: int = 0
    """Values inside of JSON documents, which are compared with the document's own schema."""
    without: Counter[str] = field(default_factory=Counter)
    """Values by `type path` that have no counterpart."""

    @property
    def share(self) -> float:
        """Part of the values that was compared, 0 to 1."""
        return self.compared / self.values if self.values else 0.0


def check_schemas(graph: Graph) -> Iterator[Finding]:
    """Values that AWS's resource schemas refuse."""
    for resource in graph.resources:
        if not resource.custom:
            continue
        if resource.type in CORRESPONDENCES:
            yield from _violations(resource)
        elif resource.type not in WITHOUT_COUNTERPART:
            yield finding(
                resource,
                "type",
                f"{resource.type} is compared with no schema",
                "add it to graph/checks/correspondence, or there to WITHOUT_COUNTERPART"
                " with the reason",
            )


def coverage(graph: Graph) -> Coverage:
    """How much of the graph is compared."""
    total = Coverage()
    for resource in graph.resources:
        if not resource.type.startswith("aws:"):
            continue
        count = values_in(
            {
                name: value
                for name, value in resource.inputs.items()
                # Tags are the same on everything: they would make the share look better.
                if name not in {"region", "tags"} and name not in resource.secrets
            }
        )
        total.values += count
        total.in_documents += sum(
            values_in(document)
            for _, value in leaves(resource.inputs)
            if (document := parsed(value)) is not None
        )
        table = CORRESPONDENCES.get(resource.type)
        if table is None:
            total.without[f"{resource.type} (whole)"] += count
            continue
        inputs = {name: value for name, value in resource.inputs.items() if name != "tags"}
        translation = translate(replace(resource, inputs=inputs), table)
        total.compared += translation.compared
        total.constrained += translation.constrained
        total.without.update(f"{resource.type} {path}" for path in translation.without)
    return total


def _violations(resource: Resource) -> Iterator[Finding]:
    table = CORRESPONDENCES[resource.type]
    translation = translate(resource, table)
    evaluator = Evaluator(translation.schema, complete=False)
    seen = set()
    for found in evaluator.violations(translation.document, translation.schema):
        seen.add(translation.origin(found.path))
        yield _finding(resource, translation, found.path, found.problem)
    for name in table.extensions:
        added = extension(name)
        for found in Evaluator(added).violations(translation.document, added):
            path = translation.origin(found.path)
            if path not in seen:
                yield _finding(resource, translation, found.path, found.problem)


def _finding(
    resource: Resource, translation: Translation, path: tuple[str | int, ...], problem: str
) -> Finding:
    place = ".".join(step for step in path if isinstance(step, str))
    return finding(
        resource,
        translation.origin(path),
        problem,
        f"see {place or 'the properties'} of {translation.cfn}",
    )
