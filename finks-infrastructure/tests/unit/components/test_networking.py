from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from components.base import StackContext
from components.networking import Networking
from graph import simulation
from graph.model import Graph, Resource
from tests.unit.components.conftest import RecordComponent

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ECONOMY = {"economy": True}


def networking(context: StackContext) -> Networking:
    return Networking("network", context.settings.network, context)


@pytest.fixture
def dev(record_component: RecordComponent) -> Graph:
    return record_component(networking)


@pytest.fixture
def prod(record_component: RecordComponent) -> Graph:
    return record_component(networking, stack="prod")


@pytest.fixture
def economy(record_component: RecordComponent) -> Graph:
    return record_component(networking, **ECONOMY)


def subnets(graph: Graph, kind: str) -> list[Resource]:
    return [graph.named(f"network-{kind}-{number}") for number in (1, 2)]


def default_route(graph: Graph, subnet: Resource) -> dict[str, Any] | None:
    """Where a subnet's traffic to the internet goes, by the tables that are associated with it."""
    tables = [
        association.inputs["routeTableId"]
        for association in graph.of_type(ASSOCIATION)
        if association.inputs["subnetId"] == subnet.id
    ]
    assert len(tables) == 1
    routes = [route for route in graph.of_type(ROUTE) if route.inputs["routeTableId"] == tables[0]]
    assert len(routes) <= 1
    return routes[0].inputs if routes else None


def test_the_vpc_resolves_and_gives_names(dev: Graph) -> None:
    vpc = dev.named("network-vpc").inputs
    assert vpc["cidrBlock"] == "10.0.0.0/16"
    assert vpc["enableDnsSupport"] is True
    assert vpc["enableDnsHostnames"] is True


@pytest.mark.parametrize("kind", ["public", "private"])
def test_two_subnets_of_a_kind_are_in_two_zones(dev: Graph, kind: str) -> None:
    one, other = subnets(dev, kind)
    assert one.inputs["availabilityZone"] == "ca-central-1a"
    assert other.inputs["availabilityZone"] == "ca-central-1b"
    assert {one.inputs["vpcId"], other.inputs["vpcId"]} == {dev.named("network-vpc").id}


def test_subnets_have_the_configured_cidrs(record_component: RecordComponent) -> None:
    graph = record_component(
        networking,
        network={
            "cidr": "10.8.0.0/16",
            "publicSubnets": ["10.8.0.0/24", "10.8.1.0/24"],
            "privateSubnets": ["10.8.2.0/24", "10.8.3.0/24"],
        },
    )
    assert [s.inputs["cidrBlock"] for s in subnets(graph, "public")] == [
        "10.8.0.0/24",
        "10.8.1.0/24",
    ]
    assert [s.inputs["cidrBlock"] for s in subnets(graph, "private")] == [
        "10.8.2.0/24",
        "10.8.3.0/24",
    ]


def test_no_subnet_hands_out_public_addresses(economy: Graph) -> None:
    assert len(economy.of_type(SUBNET)) == 4
    assert not any(s.inputs["mapPublicIpOnLaunch"] for s in economy.of_type(SUBNET))


def test_an_unavailable_zone_does_not_move_subnets(dev: Graph) -> None:
    assert {s.ignore_changes for s in dev.of_type(SUBNET)} == {("availabilityZone",)}


def test_a_region_with_one_zone_is_refused(
    record_component: RecordComponent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "ZONES", ("ca-central-1a",))
    with pytest.raises(pulumi.RunError, match=r"has 1 availability zones.*aws:region"):
        record_component(networking)


def test_zones_that_have_to_be_opted_into_are_not_asked_for(
    record_component: RecordComponent, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    answer = simulation.SimulatedAws.call

    def listen(self: simulation.SimulatedAws, args: mocks.MockCallArgs) -> Any:
        asked.append(args.args)
        return answer(self, args)

    monkeypatch.setattr(simulation.SimulatedAws, "call", listen)
    record_component(networking)
    assert asked == [
        {
            "state": "available",
            "filters": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
        }
    ]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_public_subnets_lead_to_the_internet_gateway(
    record_component: RecordComponent, stack: str
) -> None:
    graph = record_component(networking, stack=stack)
    gateway = graph.named("network-internet-gateway")
    assert gateway.inputs["vpcId"] == graph.named("network-vpc").id
    for subnet in subnets(graph, "public"):
        route = default_route(graph, subnet)
        assert route is not None
        assert route["destinationCidrBlock"] == "0.0.0.0/0"
        assert route["gatewayId"] == gateway.id


@pytest.mark.parametrize(("stack", "count"), [("dev", 1), ("staging", 1), ("prod", 2)])
def test_nat_gateways_stand_in_public_subnets_each_with_an_address(
    record_component: RecordComponent, stack: str, count: int
) -> None:
    graph = record_component(networking, stack=stack)
    gateways = graph.of_type(NAT)
    assert [g.inputs["subnetId"] for g in gateways] == [
        subnet.id for subnet in subnets(graph, "public")[:count]
    ]
    addresses = [graph.named(f"network-nat-{number}-address") for number in range(1, count + 1)]
    assert [g.inputs["allocationId"] for g in gateways] == [a.id for a in addresses]
    assert {a.inputs["domain"] for a in addresses} == {"vpc"}


def test_a_nat_gateway_waits_for_the_internet_gateway(dev: Graph) -> None:
    assert dev.named("network-internet-gateway").urn in dev.named("network-nat-1").dependencies


def test_one_nat_gateway_serves_both_zones(dev: Graph) -> None:
    nat = dev.named("network-nat-1")
    for subnet in subnets(dev, "private"):
        route = default_route(dev, subnet)
        assert route is not None
        assert route["natGatewayId"] == nat.id
        assert "gatewayId" not in route


def test_each_zone_of_prod_leaves_through_the_nat_gateway_of_its_own_zone(prod: Graph) -> None:
    zone_of_public = {s.id: s.inputs["availabilityZone"] for s in subnets(prod, "public")}
    zone_of_nat = {nat.id: zone_of_public[nat.inputs["subnetId"]] for nat in prod.of_type(NAT)}
    for subnet in subnets(prod, "private"):
        route = default_route(prod, subnet)
        assert route is not None
        assert zone_of_nat[route["natGatewayId"]] == subnet.inputs["availabilityZone"]


def test_without_nat_gateways_private_subnets_lead_nowhere(economy: Graph) -> None:
    assert economy.of_type(NAT) == []
    assert economy.of_type("aws:ec2/eip:Eip") == []
    assert [default_route(economy, subnet) for subnet in subnets(economy, "private")] == [None] * 2


@pytest.mark.parametrize(("changes", "kind"), [({}, "private"), (ECONOMY, "public")])
def test_tasks_run_in_public_subnets_only_where_there_is_no_nat(
    record_component: RecordComponent, changes: dict[str, Any], kind: str
) -> None:
    graph = record_component(networking, **changes)
    outputs = graph.named("network").outputs
    assert outputs["taskSubnetIds"] == [subnet.id for subnet in subnets(graph, kind)]


def test_the_default_security_group_allows_nothing(dev: Graph) -> None:
    group = dev.named("network-default-security-group").inputs
    assert group["vpcId"] == dev.named("network-vpc").id
    assert group["ingress"] == []
    assert group["egress"] == []


def test_outputs_name_the_vpc_the_subnets_and_the_group_of_tasks(prod: Graph) -> None:
    assert prod.named("network").outputs == {
        "vpcId": prod.named("network-vpc").id,
        "publicSubnetIds": [subnet.id for subnet in subnets(prod, "public")],
        "privateSubnetIds": [subnet.id for subnet in subnets(prod, "private")],
        "taskSubnetIds": [subnet.id for subnet in subnets(prod, "private")],
        "taskSecurityGroupId": prod.named("network-security-groups-tasks").id,
        "flowLogGroup": "/vpc/finks-prod/flow-logs",
    }


def test_everything_is_parented_and_tagged_as_network(prod: Graph) -> None:
    assert [resource.name for resource in prod.children(None)] == ["network"]
    tags = [r.inputs["tags"] for r in prod.resources if "tags" in r.inputs]
    assert {tag["Component"] for tag in tags} == {"network"}
    assert len({resource.urn for resource in prod.resources}) == len(prod.resources)


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("staging", 30), ("prod", 365)])
def test_flow_logs_are_kept_as_long_as_the_stacks_logs(
    record_component: RecordComponent, stack: str, days: int
) -> None:
    graph = record_component(networking, stack=stack)
    group = graph.named("network-flow-logs-group")
    assert group.inputs["name"] == f"/vpc/finks-{stack}/flow-logs"
    assert group.inputs["retentionInDays"] == days


def test_flow_logs_record_all_traffic_of_the_vpc_with_their_own_role(dev: Graph) -> None:
    log = dev.of_type(FLOW_LOG)[0]
    role = dev.named("network-flow-logs-role")
    group = dev.named("network-flow-logs-group")
    assert log.inputs["vpcId"] == dev.named("network-vpc").id
    assert log.inputs["trafficType"] == "ALL"
    assert log.inputs["logDestinationType"] == "cloud-watch-logs"
    assert log.inputs["logDestination"] == group.outputs["arn"]
    assert log.inputs["iamRoleArn"] == role.outputs["arn"]
    assert dev.named("network-flow-logs-policy").urn in log.dependencies


def test_only_flow_logs_of_this_account_take_the_role(dev: Graph) -> None:
    role = dev.named("network-flow-logs-role")
    assert role.inputs["name"] == "finks-dev-flow-logs"
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:ca-central-1:123456789012:vpc-flow-log/*"},
    }


def test_the_flow_log_role_writes_to_its_group_alone(dev: Graph) -> None:
    policy = dev.named("network-flow-logs-policy")
    assert policy.inputs["role"] == "finks-dev-flow-logs"
    writes, finds = json.loads(policy.inputs["policy"])["Statement"]
    group = "arn:aws:logs:ca-central-1:123456789012:log-group:/vpc/finks-dev/flow-logs"
    assert writes["Resource"] == [f"{group}:*"]
    assert "logs:PutLogEvents" in writes["Action"]
    assert finds["Action"] == ["logs:DescribeLogGroups"]


def test_flow_logs_can_be_switched_off(record_component: RecordComponent) -> None:
    graph = record_component(networking, network={"flowLogs": False})
    assert graph.of_type(FLOW_LOG, "aws:iam/role:Role") == []
    assert "flowLogGroup" not in graph.named("network").outputs
