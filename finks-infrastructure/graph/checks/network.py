"""The network: addresses, ports, and which subnet reaches what."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations
from typing import Any

from blueprint.names import REGION
from graph.checks.finding import Finding, finding, shown
from graph.checks.values import leaves, listed
from graph.model import Graph, Resource

_CIDR_KEYS = frozenset(
    {
        *("cidrBlock", "cidrBlocks", "cidrIpv4", "cidrIpv6", "destinationCidrBlock"),
        *("destinationIpv6CidrBlock", "ipv6CidrBlock", "ipv6CidrBlocks"),
    }
)
_PORT_KEYS = frozenset({"fromPort", "toPort", "port", "containerPort", "hostPort"})
_TARGETS = (
    *("gatewayId", "natGatewayId", "vpcEndpointId", "transitGatewayId", "networkInterfaceId"),
    *("egressOnlyGatewayId", "vpcPeeringConnectionId", "carrierGatewayId", "localGatewayId"),
)
_ANYWHERE = "0.0.0.0/0"

SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_RULES = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
_ACROSS_ZONES = {
    "aws:lb/loadBalancer:LoadBalancer": "subnets",
    "aws:rds/subnetGroup:SubnetGroup": "subnetIds",
}


def check_network(graph: Graph) -> Iterator[Finding]:
    """Addresses and ports that are none, and subnets that do not reach what they have to."""
    for resource in graph.resources:
        yield from _addresses(resource)
        yield from _ports(resource)
    yield from _subnets(graph)
    yield from _routes(graph)
    yield from _groups(graph)
    yield from _placement(graph)


def network_of(text: Any) -> IPv4Network | IPv6Network | None:
    """The network that a CIDR names, or None."""
    try:
        return ip_network(str(text)) if "/" in str(text) else None
    except ValueError:
        return None


def _addresses(resource: Resource) -> Iterator[Finding]:
    for path, value in leaves(resource.inputs):
        if path.split("[")[0].rpartition(".")[2] in _CIDR_KEYS or _key(path) in _CIDR_KEYS:
            network = network_of(value)
            if network is None:
                yield finding(
                    resource,
                    path,
                    f"is {shown(value)}, no CIDR",
                    "write a network such as 10.0.0.0/16, with no host bits set",
                )
            elif resource.type in {VPC, SUBNET} and not 16 <= network.prefixlen <= 28:
                yield finding(
                    resource, path, f"is a /{network.prefixlen}", "AWS takes /16 to /28 here"
                )


def _ports(resource: Resource) -> Iterator[Finding]:
    ports: dict[str, dict[str, int]] = {}
    for path, value in leaves(resource.inputs):
        key = _key(path)
        if key not in _PORT_KEYS or not str(value).lstrip("-").isdigit():
            continue
        number = int(value)
        ports.setdefault(path[: -len(key)], {})[key] = number
        if not -1 <= number <= 65535:
            yield finding(resource, path, f"is {number}, no port", "ports are 0 to 65535")
    for place, pair in ports.items():
        if pair.get("fromPort", 0) > pair.get("toPort", 65535):
            yield finding(
                resource,
                f"{place}toPort",
                f"is {pair['toPort']}, below fromPort {pair['fromPort']}",
                "write the lower port first",
            )


def _key(path: str) -> str:
    return path.rpartition(".")[2].split("[")[0]


def _subnets(graph: Graph) -> Iterator[Finding]:
    vpcs = {vpc.id: vpc for vpc in graph.of_type(VPC)}
    subnets = graph.of_type(SUBNET)
    for subnet in subnets:
        own = network_of(subnet.inputs.get("cidrBlock"))
        vpc = vpcs.get(str(subnet.inputs.get("vpcId")))
        whole = network_of(vpc.inputs.get("cidrBlock")) if vpc else None
        if (
            isinstance(own, IPv4Network)
            and isinstance(whole, IPv4Network)
            and not own.subnet_of(whole)
        ):
            yield finding(
                subnet, "cidrBlock", f"is {own}, outside of the VPC's {whole}", "move it inside"
            )
        zone = str(subnet.inputs.get("availabilityZone", f"{REGION}a"))
        if not (zone.startswith(REGION) and zone[len(REGION) :] in {"a", "b", "d"}):
            yield finding(
                subnet,
                "availabilityZone",
                f"is {zone!r}",
                f"{REGION} has {REGION}a, {REGION}b and {REGION}d",
            )
    for one, other in combinations(subnets, 2):
        first, second = (network_of(each.inputs.get("cidrBlock")) for each in (one, other))
        if (
            one.inputs.get("vpcId") == other.inputs.get("vpcId")
            and first is not None
            and second is not None
            and first.overlaps(second)
            and one.urn != other.urn
        ):
            yield finding(
                other,
                "cidrBlock",
                f"is {second}, which overlaps {first} of {one.name}",
                "part them",
            )


def _routes(graph: Graph) -> Iterator[Finding]:
    tables = {table.id: table for table in graph.of_type(TABLE)}
    subnets = {subnet.id: subnet for subnet in graph.of_type(SUBNET)}
    associated: dict[str, list[Resource]] = {}
    for association in graph.of_type(ASSOCIATION):
        subnet_id = str(association.inputs.get("subnetId"))
        associated.setdefault(subnet_id, []).append(association)
        table = tables.get(str(association.inputs.get("routeTableId")))
        subnet = subnets.get(subnet_id)
        if table and subnet and table.inputs.get("vpcId") != subnet.inputs.get("vpcId"):
            yield finding(
                association,
                "routeTableId",
                f"is {table.name}, of another VPC than {subnet.name}",
                "associate a table of the subnet's own VPC",
            )
    for subnet in subnets.values():
        found = associated.get(subnet.id, [])
        if len(found) != 1:
            yield finding(
                subnet,
                "routeTableAssociation",
                f"{len(found)} route tables are associated",
                "associate exactly one; without one the VPC's main table decides",
            )
    used = {
        str(association.inputs.get("routeTableId")) for association in graph.of_type(ASSOCIATION)
    }
    for table in tables.values():
        if table.id not in used:
            yield finding(
                table, "routeTableAssociation", "no subnet uses it", "associate it or drop it"
            )
    for route in graph.of_type(ROUTE):
        targets = [key for key in _TARGETS if route.inputs.get(key)]
        if len(targets) != 1:
            yield finding(
                route, "routeTableId", f"leads to {len(targets)} targets", "name exactly one target"
            )


def public_subnets(graph: Graph) -> set[str]:
    """Ids of the subnets whose route table leads to an internet gateway."""
    gateways = {gateway.id for gateway in graph.of_type("aws:ec2/internetGateway:InternetGateway")}
    return _subnets_to(graph, "gatewayId", gateways)


def _subnets_to(graph: Graph, key: str, targets: set[str]) -> set[str]:
    open_tables = {
        str(route.inputs.get("routeTableId"))
        for route in graph.of_type(ROUTE)
        if route.inputs.get("destinationCidrBlock") == _ANYWHERE
        and route.inputs.get(key) in targets
    }
    for table in graph.of_type(TABLE):
        for route in table.inputs.get("routes") or []:
            if route.get("cidrBlock") == _ANYWHERE and route.get(key) in targets:
                open_tables.add(table.id)
    return {
        str(association.inputs.get("subnetId"))
        for association in graph.of_type(ASSOCIATION)
        if association.inputs.get("routeTableId") in open_tables
    }


def _groups(graph: Graph) -> Iterator[Finding]:
    groups = {group.id: group for group in graph.of_type(_GROUP)}
    for rule in graph.of_type(*_RULES):
        own = groups.get(str(rule.inputs.get("securityGroupId")))
        other = groups.get(str(rule.inputs.get("referencedSecurityGroupId")))
        if own and other and own.inputs.get("vpcId") != other.inputs.get("vpcId"):
            yield finding(
                rule,
                "referencedSecurityGroupId",
                f"is {other.name}, of another VPC than {own.name}",
                "name a group of the same VPC",
            )
        sources = [
            key
            for key in ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId")
            if rule.inputs.get(key)
        ]
        if len(sources) != 1:
            yield finding(
                rule, "securityGroupId", f"names {len(sources)} peers", "name exactly one peer"
            )
        if rule.inputs.get("ipProtocol") in {"tcp", "udp"} and not (
            "fromPort" in rule.inputs and "toPort" in rule.inputs
        ):
            yield finding(rule, "fromPort", "tcp and udp need ports", "name fromPort and toPort")


def _placement(graph: Graph) -> Iterator[Finding]:
    subnets = {subnet.id: subnet for subnet in graph.of_type(SUBNET)}
    public = public_subnets(graph)
    for gateway in graph.of_type("aws:ec2/natGateway:NatGateway"):
        place = str(gateway.inputs.get("subnetId"))
        if gateway.inputs.get("connectivityType") != "private" and (
            place in subnets and place not in public
        ):
            yield finding(
                gateway,
                "subnetId",
                f"is {subnets[place].name}, with no route to an internet gateway",
                "put the NAT gateway into a public subnet",
            )
    for kind, key in _ACROSS_ZONES.items():
        for resource in graph.of_type(kind):
            ids = [str(entry) for entry in listed(resource.inputs.get(key))]
            zones = {subnets[one].inputs.get("availabilityZone") for one in ids if one in subnets}
            if all(one in subnets for one in ids) and len(zones) < 2:
                yield finding(
                    resource, key, f"covers {len(zones)} availability zone", "AWS asks for two"
                )
            if "LoadBalancer" in kind and not resource.inputs.get("internal"):
                yield from _outside(resource, key, ids, subnets, public)
    nats = {gateway.id for gateway in graph.of_type("aws:ec2/natGateway:NatGateway")}
    behind_nat = _subnets_to(graph, "natGatewayId", nats)
    for service in graph.of_type("aws:ecs/service:Service"):
        network = service.inputs.get("networkConfiguration") or {}
        places = [str(entry) for entry in listed(network.get("subnets"))]
        with_address = network.get("assignPublicIp") is True
        for place in places:
            if place in subnets and place in public and not with_address:
                yield finding(
                    service,
                    "networkConfiguration.assignPublicIp",
                    f"is off in the public subnet {subnets[place].name}: tasks reach nothing",
                    "switch it on, or use private subnets behind a NAT gateway",
                )
            if place in subnets and place not in public | behind_nat and with_address:
                yield finding(
                    service,
                    "networkConfiguration.assignPublicIp",
                    f"is on in {subnets[place].name}, which has no internet gateway",
                    "switch it off",
                )


def _outside(
    resource: Resource, key: str, ids: list[str], subnets: dict[str, Resource], public: set[str]
) -> Iterator[Finding]:
    hidden = [subnets[one].name for one in ids if one in subnets and one not in public]
    if hidden:
        yield finding(
            resource,
            key,
            f"faces the internet from {', '.join(hidden)}, with no internet gateway",
            "use public subnets, or make it internal",
        )
