"""The network of the sample."""

from __future__ import annotations

from pulumi_aws import ec2, vpc

from components.base import BaseComponent


class SampleNetwork(BaseComponent[None]):
    """The network of the sample."""

    area = "sample"

    def _network(self) -> None:
        opts = self.child()
        self.vpc = ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=opts)
        gateway = ec2.InternetGateway("gateway", vpc_id=self.vpc.id, opts=opts)
        public = ec2.RouteTable("public", vpc_id=self.vpc.id, opts=opts)
        private = ec2.RouteTable("private", vpc_id=self.vpc.id, opts=opts)
        self.subnets: dict[str, ec2.Subnet] = {}
        for name, cidr, zone, table in (
            ("public-a", "10.0.0.0/20", "ca-central-1a", public),
            ("public-b", "10.0.16.0/20", "ca-central-1b", public),
            ("private-a", "10.0.128.0/20", "ca-central-1a", private),
            ("private-b", "10.0.144.0/20", "ca-central-1b", private),
        ):
            subnet = ec2.Subnet(
                name, vpc_id=self.vpc.id, cidr_block=cidr, availability_zone=zone, opts=opts
            )
            self.subnets[name] = subnet
            ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id, opts=opts)
        address = ec2.Eip("nat", domain="vpc", opts=opts)
        nat = ec2.NatGateway(
            "nat", allocation_id=address.id, subnet_id=self.subnets["public-a"].id, opts=opts
        )
        for name, table, target in (
            ("out", public, {"gateway_id": gateway.id}),
            ("nat", private, {"nat_gateway_id": nat.id}),
        ):
            ec2.Route(
                name,
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                opts=opts,
                **target,
            )
        self.group = ec2.SecurityGroup(
            "server", name="server", description="The server", vpc_id=self.vpc.id, opts=opts
        )
        self.clients = ec2.SecurityGroup(
            "clients", name="clients", description="Its clients", vpc_id=self.vpc.id, opts=opts
        )
        vpc.SecurityGroupIngressRule(
            "server-from-clients",
            security_group_id=self.group.id,
            referenced_security_group_id=self.clients.id,
            ip_protocol="tcp",
            from_port=4200,
            to_port=4200,
            opts=opts,
        )
        vpc.SecurityGroupEgressRule(
            "clients-out",
            security_group_id=self.clients.id,
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="-1",
            opts=opts,
        )
