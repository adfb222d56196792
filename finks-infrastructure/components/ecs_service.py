"""An ECS service of Prefect on Fargate, with what all of them have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import ecs

from blueprint.work_pool import capacity_provider
from components.base import BaseComponent


@dataclass(frozen=True)
class Rollout:
    """How a deployment replaces tasks: bounds of what runs meanwhile, in percent of the desired."""

    minimum: int
    maximum: int


REPLACE = Rollout(0, 100)
"""The old task ends before the new one starts: two at once would be in each other's way."""
OVERLAP = Rollout(100, 200)
"""The new task is well before the old one ends."""


@dataclass(frozen=True)
class EcsServiceArgs:
    """What runs where, how often, and how it is replaced."""

    service_name: str
    cluster_arn: pulumi.Input[str]
    task_definition_arn: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    rollout: Rollout
    desired_count: int = 1
    count_changes_elsewhere: bool = False
    """Auto scaling or office hours set the count; a deployment then leaves it as it is."""
    discovery_arn: pulumi.Input[str] | None = None
    load_balancer: ecs.ServiceLoadBalancerArgs | None = None
    health_check_grace_seconds: int | None = None
    """How long the load balancer's verdict does not count for a new task."""
    after: Sequence[pulumi.Resource] = ()


class EcsService(BaseComponent[EcsServiceArgs]):
    """A service whose failed deployment goes back to the last one that worked."""

    area = "orchestration"

    def create(self) -> None:
        """The service."""
        args, compute = self.args, self.settings.compute
        public = self.settings.tasks_in_public_subnets
        self.service = ecs.Service(
            f"{self.name}-service",
            name=args.service_name,
            cluster=args.cluster_arn,
            task_definition=args.task_definition_arn,
            desired_count=args.desired_count,
            capacity_provider_strategies=[
                ecs.ServiceCapacityProviderStrategyArgs(
                    capacity_provider=capacity_provider(compute.spot), weight=1, base=0
                )
            ],
            platform_version="LATEST",
            network_configuration=ecs.ServiceNetworkConfigurationArgs(
                subnets=list(args.subnet_ids),
                security_groups=[args.security_group_id],
                assign_public_ip=public,
            ),
            deployment_minimum_healthy_percent=args.rollout.minimum,
            deployment_maximum_percent=args.rollout.maximum,
            # Rebalancing between zones needs room for a second task while it moves the first.
            availability_zone_rebalancing=("ENABLED" if args.rollout.maximum > 100 else "DISABLED"),
            deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(
                enable=True, rollback=True
            ),
            enable_execute_command=compute.exec_enabled,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            service_registries=(
                ecs.ServiceServiceRegistriesArgs(registry_arn=args.discovery_arn)
                if args.discovery_arn is not None
                else None
            ),
            load_balancers=[args.load_balancer] if args.load_balancer else None,
            health_check_grace_period_seconds=args.health_check_grace_seconds,
            # So that a deployment that was rolled back fails for whoever deployed it. A service
            # that may be at zero for the night, or runs nowhere, is not waited for.
            wait_for_steady_state=(
                self.settings.environment != "local"
                and not self.settings.orchestration.office_hours
            ),
            opts=self.child(
                depends_on=list(args.after),
                ignore_changes=["desiredCount"] if args.count_changes_elsewhere else None,
            ),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The service's name."""
        return {"serviceName": self.service.name}
