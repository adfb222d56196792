"""Checks that refuse what Pulumi's mocks accept: nonsense in a recorded graph.

Mocks take a bucket called INVALID_NAME!!, a task with 300 CPU units and a document that is no
JSON. What is here holds every value against what AWS publishes of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from graph.checks.consistency import check_consistency
from graph.checks.containers import check_containers
from graph.checks.documents import check_documents
from graph.checks.finding import Finding
from graph.checks.inputs import check_inputs
from graph.checks.metrics import check_metrics
from graph.checks.names import check_names
from graph.checks.network import check_network
from graph.checks.once import check_once
from graph.checks.policies import check_policies
from graph.checks.references import check_references
from graph.checks.schedules import check_schedules
from graph.checks.schema import check_schemas
from graph.checks.structure import check_structure
from graph.checks.vocabulary import check_vocabulary
from graph.model import Graph

SUBJECTS: tuple[Callable[[Graph], Iterable[Finding]], ...] = (
    check_structure,
    check_inputs,
    check_schemas,
    check_names,
    check_network,
    check_references,
    check_metrics,
    check_policies,
    check_documents,
    check_containers,
    check_once,
    check_consistency,
    check_schedules,
    check_vocabulary,
)


def check(graph: Graph) -> list[Finding]:
    """Everything in the graph that AWS would refuse, sorted by resource and property."""
    found: set[Finding] = set()
    for subject in SUBJECTS:
        found.update(subject(graph))
    return sorted(found)


__all__ = ["SUBJECTS", "Finding", "check"]
