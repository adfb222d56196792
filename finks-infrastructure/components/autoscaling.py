"""The number of Prefect API tasks follows their CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import appautoscaling, ecs

from components.base import BaseComponent

CPU_TARGET_PERCENT = 60
SCALE_OUT_SECONDS = 60
SCALE_IN_SECONDS = 300
"""A task that was just started has not shown yet what it takes away from the others."""


@dataclass(frozen=True)
class AutoScalingArgs:
    """The service and the bounds of its task count."""

    service: ecs.Service
    service_name: str
    minimum: int
    maximum: int


class AutoScaling(BaseComponent[AutoScalingArgs]):
    """Target tracking on the average CPU of the service's tasks."""

    area = "orchestration"

    def create(self) -> None:
        """The scalable target and its policy."""
        target = appautoscaling.Target(
            f"{self.name}-target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{self.names.cluster}/{self.args.service_name}",
            min_capacity=self.args.minimum,
            max_capacity=self.args.maximum,
            opts=self.child(depends_on=[self.args.service]),
        )
        appautoscaling.Policy(
            f"{self.name}-cpu",
            name=f"{self.args.service_name}-cpu",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=(
                appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                    predefined_metric_specification=(
                        appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                            predefined_metric_type="ECSServiceAverageCPUUtilization",
                        )
                    ),
                    target_value=CPU_TARGET_PERCENT,
                    scale_out_cooldown=SCALE_OUT_SECONDS,
                    scale_in_cooldown=SCALE_IN_SECONDS,
                )
            ),
            opts=self.child(),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The bounds."""
        return {"serverMin": self.args.minimum, "serverMax": self.args.maximum}
