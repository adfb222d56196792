"""Service discovery: the Prefect server has a name inside the VPC, with or without a balancer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import servicediscovery

from blueprint.network import PREFECT_PORT
from blueprint.prefect import DISCOVERY_NAME
from components.base import BaseComponent

TTL_SECONDS = 10
"""How long a client may keep the address of a server task that was replaced."""


@dataclass(frozen=True)
class DiscoveryArgs:
    """The VPC in which the name is known."""

    vpc_id: pulumi.Input[str]


class Discovery(BaseComponent[DiscoveryArgs]):
    """A private DNS zone; ECS registers every task of the Prefect server under one name in it."""

    area = "orchestration"

    def create(self) -> None:
        """Zone and name."""
        namespace = servicediscovery.PrivateDnsNamespace(
            f"{self.name}-namespace",
            name=self.names.discovery_namespace,
            description=f"Services of {self.names.prefix} inside the VPC",
            vpc=self.args.vpc_id,
            opts=self.child(),
        )
        service = servicediscovery.Service(
            f"{self.name}-prefect",
            name=DISCOVERY_NAME,
            description="Prefect's API and UI",
            dns_config=servicediscovery.ServiceDnsConfigArgs(
                namespace_id=namespace.id,
                routing_policy="MULTIVALUE",
                dns_records=[
                    servicediscovery.ServiceDnsConfigDnsRecordArgs(type="A", ttl=TTL_SECONDS)
                ],
            ),
            # ECS tells by it which tasks are well. AWS knows no other threshold; without one the
            # provider drops the block, and replaces the service at each `up`
            # (pulumi-aws issue 6289).
            health_check_custom_config={"failure_threshold": 1},
            force_destroy=True,
            opts=self.child(),
        )
        self.service_arn: pulumi.Output[str] = service.arn

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Prefect's API as tasks in the VPC call it."""
        host = f"{DISCOVERY_NAME}.{self.names.discovery_namespace}"
        return {"prefectApiUrl": f"http://{host}:{PREFECT_PORT}/api"}
