"""VPC, subnets, gateways and routes; security groups, endpoints and flow logs hang below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi_aws import ec2

from blueprint.network import ANYWHERE
from components.base import BaseComponent
from components.endpoints import Endpoints, EndpointsArgs
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.security_groups import SecurityGroups, SecurityGroupsArgs
from config.sections import Network


class Networking(BaseComponent[Network]):
    """The network of a stack: per availability zone one public and one private subnet.

    Load balancers and NAT gateways stand in the public subnets, everything else in the private
    ones, except the tasks of a stack without NAT gateways. Raises RunError where the region has
    too few zones.
    """

    area = "network"

    def create(self) -> None:
        """VPC, subnets, gateways, routes, and the three components that build on them."""
        self.vpc = ec2.Vpc(
            f"{self.name}-vpc",
            cidr_block=str(self.args.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private names of endpoints and of RDS need both
            tags=self._named("vpc"),
            opts=self.child(),
        )
        # Whatever is started without a security group gets the default one: it allows nothing.
        ec2.DefaultSecurityGroup(
            f"{self.name}-default-security-group",
            vpc_id=self.vpc.id,
            ingress=[],
            egress=[],
            tags=self._named("default-unused"),
            opts=self.child(),
        )
        self._zones = self._availability_zones()
        self.public_subnets = self._subnets("public")
        self.private_subnets = self._subnets("private")
        self.vpc_id: pulumi.Output[str] = self.vpc.id
        self.public_subnet_ids: list[pulumi.Output[str]] = [s.id for s in self.public_subnets]
        self.private_subnet_ids: list[pulumi.Output[str]] = [s.id for s in self.private_subnets]
        self.task_subnet_ids: list[pulumi.Output[str]] = (
            self.public_subnet_ids
            if self.settings.tasks_in_public_subnets
            else self.private_subnet_ids
        )
        self._internet = ec2.InternetGateway(
            f"{self.name}-internet-gateway",
            vpc_id=self.vpc.id,
            tags=self._named("internet"),
            opts=self.child(),
        )
        route_tables = [self._public_routes(), *self._private_routes(self._nat_gateways())]
        self.security_groups = SecurityGroups(
            f"{self.name}-security-groups",
            SecurityGroupsArgs(config=self.args, vpc_id=self.vpc.id),
            self.context,
            self.child(),
        )
        Endpoints(
            f"{self.name}-endpoints",
            EndpointsArgs(
                config=self.args,
                vpc_id=self.vpc.id,
                subnet_ids=self.private_subnet_ids,
                route_table_ids=[table.id for table in route_tables],
                security_group_id=self.security_groups.endpoints,
            ),
            self.context,
            self.child(),
        )
        self._flow_logs = (
            FlowLogs(
                f"{self.name}-flow-logs",
                FlowLogsArgs(vpc_id=self.vpc.id),
                self.context,
                self.child(),
            )
            if self.args.flow_logs
            else None
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """What is needed to start a task by hand, and to look around in the VPC."""
        return {
            "vpcId": self.vpc_id,
            "publicSubnetIds": self.public_subnet_ids,
            "privateSubnetIds": self.private_subnet_ids,
            "taskSubnetIds": self.task_subnet_ids,
            "taskSecurityGroupId": self.security_groups.tasks,
            **(self._flow_logs.outputs() if self._flow_logs else {}),
        }

    def _availability_zones(self) -> list[str]:
        """Names of the first zones of the region that take every kind of resource."""
        found = aws.get_availability_zones(
            state="available",
            # Local and wavelength zones have to be opted into; RDS and NAT are not in all of them.
            filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            opts=pulumi.InvokeOptions(parent=self),
        ).names
        wanted = self.args.availability_zones
        if len(found) < wanted:
            raise pulumi.RunError(
                f"region {self.context.region} has {len(found)} availability zones and the network"
                f" is laid out over {wanted}; choose another aws:region"
            )
        return sorted(found)[:wanted]

    def _subnets(self, kind: str) -> list[ec2.Subnet]:
        cidrs = self.args.public_subnets if kind == "public" else self.args.private_subnets
        return [
            ec2.Subnet(
                f"{self.name}-{kind}-{number}",
                vpc_id=self.vpc.id,
                cidr_block=str(cidr),
                availability_zone=zone,
                # Tasks in public subnets ask for their address themselves; nothing else gets one.
                map_public_ip_on_launch=False,
                tags=self._named(f"{kind}-{zone}"),
                # A zone that is unavailable for an hour must not move the subnets elsewhere.
                opts=self.child(ignore_changes=["availabilityZone"]),
            )
            for number, (cidr, zone) in enumerate(zip(cidrs, self._zones, strict=True), start=1)
        ]

    def _nat_gateways(self) -> list[ec2.NatGateway]:
        gateways = []
        for number in range(1, self.args.nat_gateways + 1):
            address = ec2.Eip(
                f"{self.name}-nat-{number}-address",
                domain="vpc",
                tags=self._named(f"nat-{number}"),
                opts=self.child(depends_on=[self._internet]),
            )
            gateways.append(
                ec2.NatGateway(
                    f"{self.name}-nat-{number}",
                    allocation_id=address.id,
                    subnet_id=self.public_subnets[number - 1].id,
                    tags=self._named(f"nat-{number}"),
                    opts=self.child(depends_on=[self._internet]),
                )
            )
        return gateways

    def _public_routes(self) -> ec2.RouteTable:
        table = self._route_table("public", self.public_subnets)
        ec2.Route(
            f"{self.name}-public-route",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=self._internet.id,
            opts=self.child(),
        )
        return table

    def _private_routes(self, gateways: list[ec2.NatGateway]) -> list[ec2.RouteTable]:
        """One table per zone, so that a zone can have its own NAT gateway.

        A single gateway serves both zones; traffic from the other zone is billed as transfer.
        """
        tables = []
        for number, subnet in enumerate(self.private_subnets, start=1):
            table = self._route_table(f"private-{number}", [subnet])
            tables.append(table)
            if gateways:
                ec2.Route(
                    f"{self.name}-private-{number}-route",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=gateways[min(number, len(gateways)) - 1].id,
                    opts=self.child(),
                )
        return tables

    def _route_table(self, part: str, subnets: list[ec2.Subnet]) -> ec2.RouteTable:
        table = ec2.RouteTable(
            f"{self.name}-{part}-routes",
            vpc_id=self.vpc.id,
            tags=self._named(part),
            opts=self.child(),
        )
        for number, subnet in enumerate(subnets, start=1):
            suffix = f"-{number}" if len(subnets) > 1 else ""
            ec2.RouteTableAssociation(
                f"{self.name}-{part}-association{suffix}",
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=self.child(),
            )
        return table

    def _named(self, part: str) -> dict[str, str]:
        """The tag Name, under which the VPC console lists what has no other name."""
        return {"Name": f"{self.names.prefix}-{part}"}
