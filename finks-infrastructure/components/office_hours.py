"""Starts and stops what costs money by the hour: EventBridge Scheduler calls the APIs itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import scheduler

from blueprint.office_hours import TIMEZONE, steps
from components.base import BaseComponent


@dataclass(frozen=True)
class OfficeHoursArgs:
    """ECS services with their number of tasks by day, and the scheduler's role."""

    counts: Mapping[str, int]
    role_arn: pulumi.Input[str]


class OfficeHours(BaseComponent[OfficeHoursArgs]):
    """A group of schedules, in the time of the market, daylight saving included."""

    area = "orchestration"

    def create(self) -> None:
        """The group, and a schedule for each step of the blueprint."""
        group = scheduler.ScheduleGroup(
            f"{self.name}-group",
            name=self.names.schedule_group,
            opts=self.child(),
        )
        for step in steps(self.names, dict(self.args.counts)):
            scheduler.Schedule(
                f"{self.name}-{step.name}",
                name=step.name,
                group_name=group.name,
                description=f"{step.action} in office hours",
                schedule_expression=step.cron,
                schedule_expression_timezone=TIMEZONE,
                flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                target=scheduler.ScheduleTargetArgs(
                    arn=f"arn:aws:scheduler:::aws-sdk:{step.action}",
                    role_arn=self.args.role_arn,
                    input=json.dumps(step.arguments),
                    # A database that still starts refuses to be stopped, and the other way round.
                    retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                        maximum_event_age_in_seconds=3600, maximum_retry_attempts=20
                    ),
                ),
                opts=self.child(),
            )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The group, whose schedules can be disabled for a night."""
        return {"officeHoursGroup": self.names.schedule_group}
