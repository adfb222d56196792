"""The stacks of this repository, with their real configuration, have nothing to find."""

from __future__ import annotations

from typing import Any

import pytest

from graph.checks import check
from graph.checks.schema import coverage
from graph.checks.values import leaves, parsed
from graph.model import Graph
from graph.stacks import STACKS, recorded

SWITCHES: dict[str, dict[str, Any]] = {
    "economy": {"economy": True},
    "domain": {
        "loadBalancer": {
            "domain": "prefect.example.com",
            "hostedZoneId": "Z0123456789ABCDEFGHIJ",
            "allowedCidrs": ["203.0.113.0/24"],
        }
    },
    "no load balancer": {"loadBalancer": {"enabled": False}},
    "office hours": {"orchestration": {"officeHours": True}},
    "Lake Formation": {"transformation": {"lakeFormation": True}},
    "no API": {"api": {"enabled": False}},
    "subscribers": {
        "monitoring": {
            "emails": ["oncall@example.com"],
            "pagerDutyUrl": "https://events.pagerduty.com/integration/0123456789/enqueue",
        }
    },
    "CORS": {"storage": {"corsOrigins": ["https://console.example.com"]}},
    "images that are there": {"compute": {"buildImages": False, "imageTag": "1.2.3"}},
}
"""Settings that make other resources than the stacks' own."""


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_found_in_a_stack(stack: str) -> None:
    assert [str(found) for found in check(recorded(stack))] == []


@pytest.mark.parametrize("switch", SWITCHES)
def test_nothing_is_found_with_a_switch_of_the_configuration(switch: str) -> None:
    graph = recorded("dev", SWITCHES[switch])

    assert [str(found) for found in check(graph)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_values_of_a_stack_are_really_compared(stack: str) -> None:
    covered = coverage(recorded(stack))

    assert covered.values >= 1200
    assert covered.share >= 0.9, covered.without.most_common(10)
    assert covered.constrained >= 900
    assert covered.in_documents >= 900


def test_the_exported_graph_is_checked_as_the_recorded_one() -> None:
    graph = recorded("dev")

    exported = Graph.from_json(graph.to_json())

    assert check(exported) == []
    assert coverage(exported) == coverage(graph)


def test_every_document_of_a_stack_is_one_that_a_check_reads() -> None:
    from graph.checks.documents import DOCUMENTS
    from graph.checks.policies import POLICIES

    read = {
        *DOCUMENTS,
        *POLICIES,
        ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions"),
        ("aws:sfn/stateMachine:StateMachine", "definition"),
    }
    found = {
        (resource.type, path)
        for stack in STACKS
        for resource in recorded(stack).resources
        for path, value in leaves(resource.inputs)
        if resource.custom and isinstance(parsed(value), dict | list)
    }

    assert found <= read
    assert len(found) >= 10
