"""Failures that AWS reports as events, kept in a log group where filters count them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from blueprint.alarms import failure_events
from components.base import BaseComponent
from components.policy_document import allow, document

_DELIVERERS = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]


@dataclass(frozen=True)
class FailureEventsArgs:
    """The lake's key."""

    key_arn: pulumi.Input[str]


class FailureEvents(BaseComponent[FailureEventsArgs]):
    """Rules for failed tasks and Glue runs, and the group that they write to.

    The whole event is kept: the dashboard lists its reason.
    """

    area = "monitoring"

    def create(self) -> None:
        """Log group, its policy, and a rule for each kind of failure."""
        name = self.names.failure_log_group
        self.group = cloudwatch.LogGroup(
            f"{self.name}-group",
            name=name,
            retention_in_days=self.settings.logs.retention_days,
            kms_key_id=self.args.key_arn,
            opts=self.child(),
        )
        policy = self._policy(name)
        patterns = failure_events(
            self.names, region=self.context.region, account_id=self.context.account_id
        )
        for subject, pattern in patterns.items():
            rule = cloudwatch.EventRule(
                f"{self.name}-{subject}",
                name=self.names.alarm(subject),
                description=f"Events of {self.names.prefix} that count as {subject}",
                event_pattern=json.dumps(pattern),
                opts=self.child(),
            )
            cloudwatch.EventTarget(
                f"{self.name}-{subject}-target",
                rule=rule.name,
                target_id="log",
                arn=self.group.arn,
                opts=self.child(depends_on=[policy]),
            )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The log group."""
        return {"failureLogGroup": self.group.name}

    def _policy(self, group: str) -> cloudwatch.LogResourcePolicy:
        streams = [self.context.arn("logs", f"log-group:{group}:*")]
        # As in EventBridge's own example: it makes the stream without saying for which rule.
        return cloudwatch.LogResourcePolicy(
            f"{self.name}-policy",
            policy_name=f"{self.names.prefix}-failure-events",
            policy_document=document(
                allow(
                    "MakeStreams",
                    ["logs:CreateLogStream"],
                    streams,
                    principals={"Service": _DELIVERERS},
                ),
                allow(
                    "WriteEventsOfOurRules",
                    ["logs:PutLogEvents"],
                    streams,
                    principals={"Service": _DELIVERERS},
                    condition={
                        "ArnLike": {
                            "aws:SourceArn": self.context.arn(
                                "events", f"rule/{self.names.prefix}-*"
                            )
                        }
                    },
                ),
            ),
            opts=self.child(),
        )
