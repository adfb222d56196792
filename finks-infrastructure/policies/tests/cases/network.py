"""Examples of rules/network.py."""

from __future__ import annotations

from typing import Any

from exported import Resource
from tests.case import Case, aws, but


def ingress(**props: Any) -> Resource:
    return aws(
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "ingress",
        **{
            "securityGroupId": "group",
            "ipProtocol": "tcp",
            "description": "HTTPS to the load balancer",
            **props,
        },
    )


def egress(**props: Any) -> Resource:
    return aws(
        "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "egress",
        **{
            "securityGroupId": "group",
            "ipProtocol": "tcp",
            "description": "tasks to AWS",
            **props,
        },
    )


GROUP = aws("ec2/securityGroup:SecurityGroup", "group", description="of the load balancer")
BALANCER = aws("lb/loadBalancer:LoadBalancer", "lb", securityGroups=["group"])
OPEN_443 = ingress(cidrIpv4="0.0.0.0/0", fromPort=443, toPort=443)
CLASSIC = aws(
    "ec2/securityGroupRule:SecurityGroupRule",
    "classic",
    "",
    type="ingress",
    securityGroupId="group",
    protocol="tcp",
    fromPort=5432,
    toPort=5432,
    sourceSecurityGroupId="server",
    description="server to database",
)
INLINE = but(
    GROUP,
    ingress=[
        {
            "protocol": "-1",
            "fromPort": 0,
            "toPort": 0,
            "cidrBlocks": ["0.0.0.0/0"],
            "description": "all",
        }
    ],
)
VPC = aws("ec2/vpc:Vpc", "vpc")
DEFAULT_GROUP = aws("ec2/defaultSecurityGroup:DefaultSecurityGroup", "default", vpcId="vpc")
FLOW_LOG = aws("ec2/flowLog:FlowLog", "flow", vpcId="vpc", trafficType="ALL")
PUBLIC = aws("ec2/subnet:Subnet", "public", vpcId="vpc", mapPublicIpOnLaunch=False)
NAT = aws("ec2/natGateway:NatGateway", "nat", subnetId="public", allocationId="address")
ADDRESS = aws("ec2/eip:Eip", "address", domain="vpc")
WAY_OUT = (
    aws("ec2/internetGateway:InternetGateway", "igw", vpcId="vpc"),
    aws("ec2/routeTable:RouteTable", "table", vpcId="vpc"),
    aws("ec2/route:Route", "route", "", routeTableId="table", gatewayId="igw"),
    aws(
        "ec2/routeTableAssociation:RouteTableAssociation",
        "association",
        "",
        subnetId="public",
        routeTableId="table",
    ),
)
INLINE_WAY_OUT = (
    WAY_OUT[0],
    but(WAY_OUT[1], routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw"}]),
    WAY_OUT[3],
)
PRIVATE = aws("ec2/subnet:Subnet", "private", vpcId="vpc")
SUBNETS = aws("rds/subnetGroup:SubnetGroup", "subnets", subnetIds=["private"])
CACHE_SUBNETS = aws("elasticache/subnetGroup:SubnetGroup", "subnets", subnetIds=["private"])

CASES = (
    Case(
        "sg-not-open",
        good=[OPEN_443, GROUP, BALANCER],
        bad=[OPEN_443, GROUP],  # no load balancer uses the group
        says="port 443 is open",
    ),
    Case(
        "sg-not-open",
        good=[ingress(referencedSecurityGroupId="lb", fromPort=4200, toPort=4200), GROUP],
        bad=[ingress(cidrIpv4="0.0.0.0/0", fromPort=4200, toPort=4200), GROUP, BALANCER],
        says="port 4200 is open",
    ),
    Case(
        "sg-not-open",
        good=[ingress(cidrIpv4="10.0.0.0/16", fromPort=443, toPort=443), GROUP],
        bad=[ingress(cidrIpv6="::/0", fromPort=80, toPort=443), GROUP, BALANCER],
        says="80-443 is open",
    ),
    Case("sg-not-open", [GROUP, BALANCER], [INLINE, BALANCER], says="all ports is open"),
    Case(
        "sg-guarded-ports-by-group",
        good=[CLASSIC],
        bad=[but(CLASSIC, sourceSecurityGroupId=None, cidrBlocks=["10.0.0.0/16"])],
        says="PostgreSQL (5432) is reached from 10.0.0.0/16",
    ),
    Case(
        "sg-guarded-ports-by-group",
        good=[ingress(cidrIpv4="10.0.0.0/16", fromPort=443, toPort=443)],
        bad=[ingress(cidrIpv4="10.0.0.0/16", fromPort=20, toPort=25)],
        says="SSH (22)",
    ),
    Case(
        "sg-guarded-ports-by-group",
        good=[GROUP],
        bad=[INLINE],  # all protocols: the ports that it names do not count
        says="RDP (3389)",
    ),
    Case(
        "sg-egress-narrow",
        good=[egress(cidrIpv4="0.0.0.0/0", fromPort=443, toPort=443)],
        bad=[egress(cidrIpv4="0.0.0.0/0", ipProtocol="-1")],
        says="all ports is open outwards",
    ),
    Case(
        "sg-egress-narrow",
        good=[egress(referencedSecurityGroupId="db", fromPort=5432, toPort=5432)],
        bad=[egress(cidrIpv4="0.0.0.0/0", fromPort=5432, toPort=5432)],
        says="port 5432 is open outwards",
    ),
    Case("sg-described", [GROUP], [but(GROUP, description=None)], says="no description"),
    Case(
        "sg-described",
        good=[OPEN_443],
        bad=[but(OPEN_443, description="Managed by Pulumi")],
        says="the rule for port 443",
    ),
    Case("vpc-default-sg-closed", [VPC, DEFAULT_GROUP], [VPC], says="as AWS made it"),
    Case(
        "vpc-default-sg-closed",
        good=[VPC, DEFAULT_GROUP],
        bad=[VPC, but(DEFAULT_GROUP, ingress=[{"protocol": "-1", "self": True}])],
        says="has rules",
    ),
    Case("vpc-flow-logs", [VPC, FLOW_LOG], [VPC], says="no flow log"),
    Case(
        "vpc-flow-logs",
        good=[VPC, but(FLOW_LOG, trafficType="REJECT")],
        bad=[VPC, but(FLOW_LOG, trafficType="ACCEPT")],
        says="of refused traffic",
    ),
    Case(
        "subnet-no-auto-address",
        good=[PUBLIC],
        bad=[but(PUBLIC, mapPublicIpOnLaunch=True)],
        says="public address",
    ),
    Case("eip-only-for-nat", [ADDRESS, NAT], [ADDRESS], says="no NAT gateway"),
    Case(
        "eip-only-for-nat",
        good=[but(ADDRESS, networkInterface="eni-of-the-nat"), NAT],  # as AWS says once it is used
        bad=[but(ADDRESS, instance="i-1"), but(NAT, allocationId="another")],
        says="no NAT gateway",
    ),
    Case(
        "nat-in-public-subnet",
        good=[NAT, PUBLIC, *WAY_OUT],
        bad=[but(NAT, subnetId="private"), PRIVATE, PUBLIC, *WAY_OUT],
        says="no route to an internet gateway",
    ),
    Case(
        "nat-in-public-subnet",
        good=[NAT, PUBLIC, *INLINE_WAY_OUT],
        bad=[NAT, PUBLIC, *INLINE_WAY_OUT[:2]],  # the table belongs to no subnet
        says="no route to an internet gateway",
    ),
    Case(
        "data-in-private-subnets",
        good=[SUBNETS, PRIVATE, PUBLIC, *WAY_OUT],
        bad=[but(SUBNETS, subnetIds=["private", "public"]), PRIVATE, PUBLIC, *WAY_OUT],
        says="public is a public subnet",
    ),
    Case(
        "data-in-private-subnets",
        good=[CACHE_SUBNETS, PRIVATE, PUBLIC, *WAY_OUT],
        bad=[but(CACHE_SUBNETS, subnetIds=["public"]), PRIVATE, PUBLIC, *WAY_OUT],
        says="public is a public subnet",
    ),
)
