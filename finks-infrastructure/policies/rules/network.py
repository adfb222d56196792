"""The network: what is open to whom, which subnets are private, and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rules.rule import Stack, Subject, listed, resource_rule, stack_rule

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
CLASSIC_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
VPC = "aws:ec2/vpc:Vpc"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
NAT = "aws:ec2/natGateway:NatGateway"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_EVERYWHERE = {"0.0.0.0/0", "::/0"}
_GUARDED_PORTS = {
    22: "SSH",
    1433: "SQL Server",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    6379: "Redis",
}
_WEB_PORTS = (80, 443)
_DEFAULT_DESCRIPTIONS = {"", "Managed by Pulumi", "Managed by Terraform"}


@dataclass(frozen=True)
class Opening:
    """One rule of a security group, whichever of the three ways it is written in."""

    inbound: bool
    first: int
    last: int
    cidrs: tuple[str, ...]
    description: str

    @property
    def from_everywhere(self) -> bool:
        """Whether it names the whole internet."""
        return bool(_EVERYWHERE & set(self.cidrs))

    @property
    def ports(self) -> str:
        """Ports as a message names them."""
        if (self.first, self.last) == (0, 65535):
            return "all ports"
        return f"port {self.first}" if self.first == self.last else f"{self.first}-{self.last}"


def openings(subject: Subject) -> Iterator[Opening]:
    """The rules that a security group or a rule of its own holds."""
    if subject.type == SECURITY_GROUP:
        for key, inbound in (("ingress", True), ("egress", False)):
            # AWS fills the list from rules of their own: as long as a preview does not know it,
            # the group has none itself.
            for rule in subject.each(key) if subject.knows(key) else ():
                yield _opening(rule, inbound, "protocol")
    elif subject.type == CLASSIC_RULE:
        yield _opening(subject.props, subject.get("type") == "ingress", "protocol")
    else:
        yield _opening(subject.props, subject.type == INGRESS, "ipProtocol")


def _opening(rule: Any, inbound: bool, protocol_key: str) -> Opening:
    cidrs = [
        str(cidr)
        for key in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
        for cidr in listed(rule.get(key))
    ]
    everything = str(rule.get(protocol_key)) in {"-1", "all"}
    first, last = rule.get("fromPort"), rule.get("toPort")
    if everything or first is None or last is None:
        first, last = 0, 65535
    return Opening(inbound, int(first), int(last), tuple(cidrs), str(rule.get("description") or ""))


def _guards_balancer(subject: Subject, stack: Stack) -> bool:
    groups = (
        [subject]
        if subject.type == SECURITY_GROUP
        else stack.referred(subject, "securityGroupId", SECURITY_GROUP)
    )
    return bool(groups) and all(stack.referring("securityGroups", g, BALANCER) for g in groups)


@stack_rule(
    "sg-not-open",
    SECURITY_GROUP,
    INGRESS,
    CLASSIC_RULE,
    why="Every address on the internet is scanned within minutes.",
    remedy="name the source security group; only a load balancer's group may open 80 and 443",
)
def sg_not_open(subject: Subject, stack: Stack) -> Iterator[str]:
    """Nothing from everywhere but the web ports of a load balancer."""
    for opening in openings(subject):
        if not opening.inbound or not opening.from_everywhere:
            continue
        web = opening.first == opening.last and opening.first in _WEB_PORTS
        if not (web and _guards_balancer(subject, stack)):
            yield f"{opening.ports} is open to the internet"


@resource_rule(
    "sg-guarded-ports-by-group",
    SECURITY_GROUP,
    INGRESS,
    CLASSIC_RULE,
    why="An address range outlives what once had the addresses; shells and databases are for"
    " named workloads only.",
    remedy="name the source security group instead of a CIDR",
)
def sg_guarded_ports_by_group(subject: Subject) -> Iterator[str]:
    """SSH, RDP, databases and Redis are reached from security groups, never from CIDRs."""
    for opening in openings(subject):
        if not opening.inbound or not opening.cidrs:
            continue
        reached = [
            f"{name} ({port})"
            for port, name in _GUARDED_PORTS.items()
            if opening.first <= port <= opening.last
        ]
        if reached:
            yield f"{', '.join(reached)} is reached from {', '.join(opening.cidrs)}"


@resource_rule(
    "sg-egress-narrow",
    SECURITY_GROUP,
    EGRESS,
    CLASSIC_RULE,
    why="A compromised task sends data out, or is steered, over whatever port is open.",
    remedy="allow 443 to 0.0.0.0/0 at most; everything else by security group or prefix list",
)
def sg_egress_narrow(subject: Subject) -> Iterator[str]:
    """Outwards to everywhere on 443 alone."""
    for opening in openings(subject):
        narrow = (opening.first, opening.last) == (443, 443)
        if not opening.inbound and opening.from_everywhere and not narrow:
            yield f"{opening.ports} is open outwards"


@resource_rule(
    "sg-described",
    SECURITY_GROUP,
    INGRESS,
    EGRESS,
    CLASSIC_RULE,
    why="A rule that nobody can explain is a rule that nobody dares to remove.",
    remedy="say in description who talks to whom, and why",
)
def sg_described(subject: Subject) -> Iterator[str]:
    """Groups and rules say what they are for."""
    if subject.type == SECURITY_GROUP and (
        str(subject.get("description") or "") in _DEFAULT_DESCRIPTIONS
    ):
        yield "the group has no description"
    for opening in openings(subject):
        if opening.description in _DEFAULT_DESCRIPTIONS:
            yield f"the rule for {opening.ports} has no description"


@stack_rule(
    "vpc-default-sg-closed",
    VPC,
    why="What is started without a security group gets the default one, whose members reach each"
    " other on all ports.",
    remedy="add a DefaultSecurityGroup of the VPC with neither ingress nor egress",
)
def vpc_default_sg_closed(vpc: Subject, stack: Stack) -> Iterator[str]:
    """The default group of every VPC is adopted and empty."""
    groups = stack.referring("vpcId", vpc, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    if not groups:
        yield "the default security group is as AWS made it"
    for group in groups:
        if group.each("ingress") or group.each("egress"):
            yield "the default security group has rules"


@stack_rule(
    "vpc-flow-logs",
    VPC,
    why="Without flow logs nobody can say afterwards what left the network.",
    remedy="add a FlowLog of the VPC with trafficType ALL or REJECT",
)
def vpc_flow_logs(vpc: Subject, stack: Stack) -> Iterator[str]:
    """Flow logs on every VPC."""
    logs = stack.referring("vpcId", vpc, "aws:ec2/flowLog:FlowLog")
    if not any(log.get("trafficType") in {"ALL", "REJECT"} for log in logs):
        yield "the VPC has no flow log of refused traffic"


@resource_rule(
    "subnet-no-auto-address",
    SUBNET,
    "aws:ec2/defaultSubnet:DefaultSubnet",
    why="Whatever is started in such a subnet by mistake is on the internet.",
    remedy="set mapPublicIpOnLaunch: false; what needs an address asks for it",
)
def subnet_no_auto_address(subnet: Subject) -> Iterator[str]:
    """No subnet hands out public addresses by itself."""
    if subnet.get("mapPublicIpOnLaunch") is True:
        yield "everything started in the subnet gets a public address"


@stack_rule(
    "eip-only-for-nat",
    "aws:ec2/eip:Eip",
    why="A public address on anything but a NAT gateway is a way in, and an idle one costs money.",
    remedy="remove the address, or let a NatGateway use it",
)
def eip_only_for_nat(address: Subject, stack: Stack) -> Iterator[str]:
    """Elastic IPs belong to NAT gateways."""
    if not stack.referring("allocationId", address, NAT):
        yield "no NAT gateway uses the address"


def _reaches_internet(subnet: Subject, stack: Stack) -> bool:
    """Whether a route table of the subnet leads to an internet gateway."""
    for association in stack.referring("subnetId", subnet, ASSOCIATION):
        for table in stack.referred(association, "routeTableId", ROUTE_TABLE):
            if stack.referred(table, "routes", GATEWAY):
                return True
            for route in stack.referring("routeTableId", table, ROUTE):
                if stack.referred(route, "gatewayId", GATEWAY):
                    return True
    return False


@stack_rule(
    "nat-in-public-subnet",
    NAT,
    why="A NAT gateway in a private subnet routes to itself: everything is deployed and nothing"
    " reaches the internet.",
    remedy="put it into a subnet whose route table leads to the internet gateway",
)
def nat_in_public_subnet(nat: Subject, stack: Stack) -> Iterator[str]:
    """NAT gateways sit where there is a way out."""
    if nat.get("connectivityType") == "private":
        return
    subnets = stack.referred(nat, "subnetId", SUBNET)
    if not subnets or not all(_reaches_internet(subnet, stack) for subnet in subnets):
        yield "its subnet has no route to an internet gateway"


@stack_rule(
    "data-in-private-subnets",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:elasticache/subnetGroup:SubnetGroup",
    why="A database in a public subnet is one flag away from the internet.",
    remedy="use subnets without a route to an internet gateway",
)
def data_in_private_subnets(group: Subject, stack: Stack) -> Iterator[str]:
    """Databases and caches sit in subnets without a way in."""
    for subnet in stack.referred(group, "subnetIds", SUBNET):
        if _reaches_internet(subnet, stack):
            yield f"{subnet.name} is a public subnet"
