"""The network, and the way in to it."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations
from typing import Self

from pydantic import Field, field_validator, model_validator

from config.sections.section import Section

INTERFACE_ENDPOINTS = (
    "ecr.api",
    "ecr.dkr",
    "logs",
    "secretsmanager",
    "sts",
    "ecs",
    "glue",
    "athena",
    "sns",
    "sqs",
    "monitoring",
    "kms",
)
"""Services that tasks in private subnets call; each costs one endpoint-hour an AZ."""


class Network(Section):
    """The VPC. CIDRs are IPv4."""

    cidr: IPv4Network = IPv4Network("10.0.0.0/16")
    """Addresses of the VPC."""
    availability_zones: int = 2
    """AWS asks RDS and load balancers for two."""
    public_subnets: tuple[IPv4Network, ...] = (
        IPv4Network("10.0.0.0/20"),
        IPv4Network("10.0.16.0/20"),
    )
    """One a zone: load balancer, NAT gateways, and tasks where there is no NAT."""
    private_subnets: tuple[IPv4Network, ...] = (
        IPv4Network("10.0.128.0/20"),
        IPv4Network("10.0.144.0/20"),
    )
    """One a zone: tasks, database, cache."""
    nat_gateways: int = Field(default=2, ge=0)
    """0 (tasks then run in public subnets), 1, or one per availability zone."""
    interface_endpoints: tuple[str, ...] = INTERFACE_ENDPOINTS
    """AWS services that are reached without NAT, at one endpoint-hour a zone each."""
    flow_logs: bool = True
    """Whether the VPC's traffic is logged."""

    @field_validator("interface_endpoints")
    @classmethod
    def _known_endpoints(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(INTERFACE_ENDPOINTS))
        if unknown:
            allowed = ", ".join(INTERFACE_ENDPOINTS)
            raise ValueError(f"{', '.join(unknown)}: allowed are {allowed}")
        twice = sorted({name for name in value if value.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands there twice")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        zones = self.availability_zones
        if zones != 2:
            raise ValueError(
                f"availabilityZones is {zones}; Finks lays out 2 (two public, two private subnets)"
            )
        for key, subnets in (
            ("publicSubnets", self.public_subnets),
            ("privateSubnets", self.private_subnets),
        ):
            if len(subnets) != zones:
                raise ValueError(f"{key} names {len(subnets)} CIDRs; give {zones}, one per zone")
            for subnet in subnets:
                if not subnet.subnet_of(self.cidr):
                    raise ValueError(f"{key}: {subnet} is not inside cidr {self.cidr}")
                if not 16 <= subnet.prefixlen <= 28:
                    raise ValueError(f"{key}: {subnet} is /{subnet.prefixlen}; use /16 to /28")
        for one, other in combinations((*self.public_subnets, *self.private_subnets), 2):
            if one.overlaps(other):
                raise ValueError(f"publicSubnets and privateSubnets: {one} overlaps {other}")
        if not 16 <= self.cidr.prefixlen <= 28:
            raise ValueError(f"cidr is /{self.cidr.prefixlen}; a VPC is /16 to /28")
        if self.nat_gateways not in (0, 1, zones):
            raise ValueError(
                f"natGateways is {self.nat_gateways}; use 0, 1 or {zones} (one per zone)"
            )
        return self


class LoadBalancer(Section):
    """The way in to the Prefect UI and API."""

    enabled: bool = True
    """Without one, the server is reached through a forwarded port alone."""
    domain: str | None = None
    """Host name of the UI, with hostedZoneId; unset: reachable from inside the VPC alone."""
    hosted_zone_id: str | None = None
    """Route 53 zone of the domain, for the certificate's validation and the alias record."""
    deletion_protection: bool = True
    """Whether the load balancer refuses to be deleted."""
    allowed_cidrs: tuple[IPv4Network, ...] = ()
    """Networks that may reach the UI; empty with a domain: everybody (0.0.0.0/0, 443 and 80)."""

    @model_validator(mode="after")
    def _domain_and_zone(self) -> Self:
        if (self.domain is None) != (self.hosted_zone_id is None):
            raise ValueError("domain and hostedZoneId go together; set both or neither")
        if self.allowed_cidrs and self.domain is None:
            raise ValueError(
                "allowedCidrs needs a domain: without one the traffic is not encrypted"
            )
        return self
