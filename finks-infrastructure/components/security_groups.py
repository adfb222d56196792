"""Security groups and their rules, rendered from the table of connections in the blueprint.

Every rule is a resource of its own: groups that name each other inline cannot be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import ec2, vpc

from blueprint.network import (
    ANYWHERE,
    CACHE,
    DATABASE,
    ENDPOINTS,
    FLOWS,
    HTTP_PORT,
    HTTPS_PORT,
    LOAD_BALANCER,
    OUTWARD,
    PREFECT_SERVER,
    SECURITY_GROUPS,
    TASKS,
)
from components.base import BaseComponent
from config.sections import Network


@dataclass(frozen=True)
class SecurityGroupsArgs:
    """The network's configuration and the VPC."""

    config: Network
    vpc_id: pulumi.Input[str]


class SecurityGroups(BaseComponent[SecurityGroupsArgs]):
    """One group for each part of the platform; attributes are their ids.

    The groups are always there, and free. Rules exist only for parts that the stack has: without
    a load balancer, Redis or interface endpoints nothing may talk to them.
    """

    area = "network"

    def create(self) -> None:
        """The groups, and one rule at each end of every allowed connection."""
        self._groups = {part: self._group(part) for part in SECURITY_GROUPS}
        self.load_balancer: pulumi.Output[str] = self._groups[LOAD_BALANCER].id
        self.prefect_server: pulumi.Output[str] = self._groups[PREFECT_SERVER].id
        self.tasks: pulumi.Output[str] = self._groups[TASKS].id
        self.database: pulumi.Output[str] = self._groups[DATABASE].id
        self.endpoints: pulumi.Output[str] = self._groups[ENDPOINTS].id
        self.cache: pulumi.Output[str] = self._groups[CACHE].id
        absent = self._absent()
        for flow in FLOWS:
            if absent.isdisjoint({flow.source, flow.target}):
                self._connect(flow.source, flow.target, flow.port, flow.purpose)
        for part in OUTWARD:
            vpc.SecurityGroupEgressRule(
                f"{self.name}-{part}-to-internet",
                security_group_id=self._groups[part].id,
                cidr_ipv4=ANYWHERE,
                ip_protocol="tcp",
                from_port=HTTPS_PORT,
                to_port=HTTPS_PORT,
                description="HTTPS outwards: market data, images, AWS APIs without an endpoint",
                opts=self.child(),
            )
        if LOAD_BALANCER not in absent:
            self._admit_clients()

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Ids by part, for the component alone: the stack exports what people need of them."""
        return {part: group.id for part, group in self._groups.items()}

    def _absent(self) -> set[str]:
        """Parts that this stack does not have."""
        present = {
            LOAD_BALANCER: self.settings.load_balancer.enabled,
            CACHE: self.settings.orchestration.redis,
            ENDPOINTS: bool(self.args.config.interface_endpoints),
        }
        return {part for part, is_present in present.items() if not is_present}

    def _group(self, part: str) -> ec2.SecurityGroup:
        name = self.names.security_group(part)
        return ec2.SecurityGroup(
            f"{self.name}-{part}",
            name=name,
            description=SECURITY_GROUPS[part],
            vpc_id=self.args.vpc_id,
            tags={"Name": name},
            opts=self.child(),
        )

    def _connect(self, source: str, target: str, port: int, purpose: str) -> None:
        vpc.SecurityGroupEgressRule(
            f"{self.name}-{source}-to-{target}",
            security_group_id=self._groups[source].id,
            referenced_security_group_id=self._groups[target].id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=f"To {target}: {purpose}",
            opts=self.child(),
        )
        vpc.SecurityGroupIngressRule(
            f"{self.name}-{target}-from-{source}",
            security_group_id=self._groups[target].id,
            referenced_security_group_id=self._groups[source].id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=f"From {source}: {purpose}",
            opts=self.child(),
        )

    def _admit_clients(self) -> None:
        """Who may reach the load balancer from outside of every security group."""
        balancer = self.settings.load_balancer
        if balancer.domain is None:
            self._admit("vpc", str(self.args.config.cidr), HTTP_PORT, "HTTP inside the VPC")
            return
        cidrs = [str(cidr) for cidr in balancer.allowed_cidrs] or [ANYWHERE]
        for number, cidr in enumerate(cidrs, start=1):
            self._admit(f"clients-{number}", cidr, HTTPS_PORT, "HTTPS of people and services")
            self._admit(f"clients-{number}", cidr, HTTP_PORT, "HTTP, redirected to HTTPS")

    def _admit(self, who: str, cidr: str, port: int, purpose: str) -> None:
        vpc.SecurityGroupIngressRule(
            f"{self.name}-{LOAD_BALANCER}-from-{who}-{port}",
            security_group_id=self._groups[LOAD_BALANCER].id,
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=purpose,
            opts=self.child(),
        )
