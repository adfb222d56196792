from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest

from blueprint.network import FLOWS, OUTWARD, SECURITY_GROUPS
from components.base import StackContext
from components.security_groups import SecurityGroups, SecurityGroupsArgs
from graph.model import Graph
from tests.unit.components.conftest import RecordComponent

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ANYWHERE = "0.0.0.0/0"
DOMAIN = {"domain": "prefect.example.com", "hostedZoneId": "Z0123456789ABC"}
NO_DOMAIN_RULE = ("load-balancer", "10.0.0.0/16", 80)

type Rule = tuple[str, str, int]
"""Group that the rule is of, the group or CIDR at the other end, port."""


def groups(context: StackContext) -> SecurityGroups:
    args = SecurityGroupsArgs(config=context.settings.network, vpc_id="vpc-1")
    return SecurityGroups("groups", args, context)


def rules(graph: Graph, kind: str) -> set[Rule]:
    parts = {group.id: group.name.removeprefix("groups-") for group in graph.of_type(GROUP)}
    found = []
    for rule in graph.of_type(kind):
        given = rule.inputs
        assert given["ipProtocol"] == "tcp"
        assert given["fromPort"] == given["toPort"]
        other = given.get("cidrIpv4") or parts[given["referencedSecurityGroupId"]]
        found.append((parts[given["securityGroupId"]], other, given["fromPort"]))
    assert len(found) == len(set(found))
    return set(found)


def test_prod_allows_exactly_these_connections_in(record_component: RecordComponent) -> None:
    graph = record_component(groups, stack="prod")
    assert rules(graph, INGRESS) == {
        ("prefect-server", "load-balancer", 4200),
        ("prefect-server", "tasks", 4200),
        ("database", "prefect-server", 5432),
        ("cache", "prefect-server", 6379),
        ("endpoints", "tasks", 443),
        ("endpoints", "prefect-server", 443),
        NO_DOMAIN_RULE,
    }


def test_prod_allows_exactly_these_connections_out(record_component: RecordComponent) -> None:
    graph = record_component(groups, stack="prod")
    assert rules(graph, EGRESS) == {
        ("load-balancer", "prefect-server", 4200),
        ("tasks", "prefect-server", 4200),
        ("prefect-server", "database", 5432),
        ("prefect-server", "cache", 6379),
        ("tasks", "endpoints", 443),
        ("prefect-server", "endpoints", 443),
        ("tasks", ANYWHERE, 443),
        ("prefect-server", ANYWHERE, 443),
    }


@pytest.mark.parametrize(
    ("stack", "missing"), [("dev", {"cache", "endpoints"}), ("staging", {"cache"})]
)
def test_parts_that_a_stack_lacks_have_no_rules(
    record_component: RecordComponent, stack: str, missing: set[str]
) -> None:
    graph = record_component(groups, stack=stack)
    seen = {end for rule in rules(graph, INGRESS) | rules(graph, EGRESS) for end in rule[:2]}
    assert SECURITY_GROUPS.keys() - seen == missing


def test_in_economy_nothing_comes_in_from_outside(record_component: RecordComponent) -> None:
    graph = record_component(groups, economy=True)
    assert rules(graph, INGRESS) == {
        ("prefect-server", "tasks", 4200),
        ("database", "prefect-server", 5432),
    }
    # Tasks have public addresses then: a group without rules is what keeps them closed.
    assert not any(group == "tasks" for group, _, _ in rules(graph, INGRESS))


def test_database_and_cache_open_no_connections(record_component: RecordComponent) -> None:
    graph = record_component(groups, stack="prod")
    assert {"database", "cache", "endpoints"}.isdisjoint(g for g, _, _ in rules(graph, EGRESS))


@pytest.mark.parametrize(
    ("balancer", "expected"),
    [
        ({}, {("10.0.0.0/16", 80)}),
        (DOMAIN, {(ANYWHERE, 443), (ANYWHERE, 80)}),
        (
            {**DOMAIN, "allowedCidrs": ["198.51.100.0/24", "203.0.113.7/32"]},
            {
                ("198.51.100.0/24", 443),
                ("198.51.100.0/24", 80),
                ("203.0.113.7/32", 443),
                ("203.0.113.7/32", 80),
            },
        ),
        ({"enabled": False}, set()),
    ],
)
def test_who_reaches_the_load_balancer(
    record_component: RecordComponent, balancer: dict[str, Any], expected: set[tuple[str, int]]
) -> None:
    graph = record_component(groups, loadBalancer=balancer)
    clients = {(cidr, port) for g, cidr, port in rules(graph, INGRESS) if g == "load-balancer"}
    assert clients == expected


def test_without_a_domain_no_cidr_outside_of_the_vpc_comes_in(
    record_component: RecordComponent,
) -> None:
    graph = record_component(groups, stack="prod")
    cidrs = {
        rule.inputs["cidrIpv4"] for rule in graph.of_type(INGRESS) if "cidrIpv4" in rule.inputs
    }
    assert cidrs == {"10.0.0.0/16"}


def test_groups_carry_no_rules_inline(record_component: RecordComponent) -> None:
    graph = record_component(groups, stack="prod")
    assert {group.inputs["name"] for group in graph.of_type(GROUP)} == {
        f"finks-prod-{part}" for part in SECURITY_GROUPS
    }
    for group in graph.of_type(GROUP):
        assert group.inputs["vpcId"] == "vpc-1"
        assert "ingress" not in group.inputs
        assert "egress" not in group.inputs


def test_descriptions_have_only_what_ec2_takes(record_component: RecordComponent) -> None:
    graph = record_component(groups, stack="prod", loadBalancer=DOMAIN)
    allowed = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
    described = graph.of_type(GROUP, INGRESS, EGRESS)
    assert len(described) == len(SECURITY_GROUPS) + 2 * len(FLOWS) + len(OUTWARD) + 2
    for resource in described:
        assert allowed.fullmatch(resource.inputs["description"]), resource.name


def test_attributes_are_the_ids_of_their_own_groups(record_component: RecordComponent) -> None:
    ids: dict[str, str] = {}

    def make(context: StackContext) -> None:
        made = groups(context)
        pulumi.Output.all(
            **{part: getattr(made, part.replace("-", "_")) for part in SECURITY_GROUPS}
        ).apply(ids.update)

    graph = record_component(make)
    assert ids == {part: graph.named(f"groups-{part}").id for part in SECURITY_GROUPS}


def test_the_table_of_connections_names_groups_that_exist() -> None:
    ends = {end for flow in FLOWS for end in (flow.source, flow.target)}
    assert ends == SECURITY_GROUPS.keys()
    assert set(OUTWARD) <= SECURITY_GROUPS.keys()
