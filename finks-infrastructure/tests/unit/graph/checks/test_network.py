"""Faults of the network that need the ids of other resources."""

from __future__ import annotations

from graph.checks import Finding, check
from graph.model import Graph
from tests.unit.graph.checks.conftest import one, with_input, with_resource


def _places(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.name, each.path) for each in found]


def test_a_nat_gateway_in_a_private_subnet_is_found(valid: Graph) -> None:
    private = one(valid, "Subnet", "private-a")

    found = check(with_input(valid, "NatGateway", "nat", "subnetId", private.id))

    assert _places(found) == [("nat", "subnetId")]
    assert "no route to an internet gateway" in found[0].problem


def test_a_public_subnet_whose_table_lost_its_route_is_found(valid: Graph) -> None:
    found = check(with_resource(valid, one(valid, "Route", "out")))

    assert ("nat", "subnetId") in _places(found)


def test_a_subnet_without_a_route_table_is_found(valid: Graph) -> None:
    found = check(with_resource(valid, one(valid, "RouteTableAssociation", "private-b")))

    assert _places(found) == [("private-b", "routeTableAssociation")]


def test_a_route_to_two_targets_is_found(valid: Graph) -> None:
    nat = one(valid, "NatGateway", "nat")

    found = check(with_input(valid, "Route", "out", "natGatewayId", nat.id))

    assert ("out", "routeTableId") in _places(found)


def test_a_load_balancer_that_faces_the_internet_from_private_subnets_is_found(
    valid: Graph,
) -> None:
    found = check(with_input(valid, "LoadBalancer", "balancer", "internal", False))

    assert _places(found) == [("balancer", "subnets")]


def test_a_load_balancer_in_one_zone_is_found(valid: Graph) -> None:
    subnet = one(valid, "Subnet", "private-a")

    found = check(with_input(valid, "LoadBalancer", "balancer", "subnets", [subnet.id]))

    assert _places(found) == [("balancer", "subnets")]


def test_a_task_without_a_public_address_in_a_public_subnet_is_found(valid: Graph) -> None:
    public = one(valid, "Subnet", "public-a")

    found = check(
        with_input(valid, "Service", "server", "networkConfiguration.subnets", [public.id])
    )

    assert _places(found) == [("server", "networkConfiguration.assignPublicIp")]


def test_a_task_with_a_public_address_behind_nat_is_allowed(valid: Graph) -> None:
    changed = with_input(valid, "Service", "server", "networkConfiguration.assignPublicIp", True)

    assert check(changed) == []


def test_a_rule_between_groups_of_two_vpcs_is_found(valid: Graph) -> None:
    changed = with_input(valid, "SecurityGroup", "clients", "vpcId", "vpc-0123456789abcdef0")

    assert ("server-from-clients", "referencedSecurityGroupId") in _places(check(changed))
