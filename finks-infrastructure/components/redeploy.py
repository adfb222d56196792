"""Restarts the Prefect server when its database password was rotated.

ECS reads a secret when a task starts and never again. A server that runs on keeps its open
connections and can make no new ones, so each rotation is followed by a new deployment:
EventBridge → Step Functions → ecs:UpdateService. There is no code in between to look after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, sfn

from components.base import BaseComponent

SETTLE_SECONDS = 60
"""Between the password's change and the moment at which the secret certainly has it."""
PASSWORD_RESET_EVENT = "RDS-EVENT-0016"  # noqa: S105 (the number of a message)
"""Source: Amazon RDS User Guide, "Amazon RDS event categories and event messages"."""


@dataclass(frozen=True)
class RedeployArgs:
    """Whose rotation restarts what, and the roles of the rule and of the state machine."""

    secret_arn: pulumi.Input[str]
    services: Sequence[str]
    """ECS services that read the secret."""
    events_role_arn: pulumi.Input[str]
    redeploy_role_arn: pulumi.Input[str]


class Redeploy(BaseComponent[RedeployArgs]):
    """Two rules and a state machine.

    Secrets Manager tells of a rotation through CloudTrail, which takes a trail in the account; RDS
    tells itself that the master password was reset. Whichever comes starts a deployment; if both
    do, the second finds its work done and replaces the tasks once more.
    """

    area = "orchestration"

    def create(self) -> None:
        """State machine and rules."""
        self.machine = sfn.StateMachine(
            f"{self.name}-machine",
            name=self.names.redeploy,
            type="STANDARD",
            role_arn=self.args.redeploy_role_arn,
            definition=json.dumps(state_machine(self.names.cluster, self.args.services)),
            opts=self.child(),
        )
        self._rule(
            "rotation",
            "The secret of Prefect's database was rotated",
            {
                "source": ["aws.secretsmanager"],
                "detail-type": ["AWS Service Event via CloudTrail"],
                "detail": {
                    "eventName": ["RotationSucceeded"],
                    "additionalEventData": {"SecretId": [self.args.secret_arn]},
                },
            },
        )
        self._rule(
            "password-reset",
            "The master password of Prefect's database was reset",
            {
                "source": ["aws.rds"],
                "detail-type": ["RDS DB Instance Event"],
                "detail": {
                    "EventID": [PASSWORD_RESET_EVENT],
                    "SourceIdentifier": [self.names.database_instance],
                },
            },
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The state machine, to be started by hand as well."""
        return {"redeployStateMachineArn": self.machine.arn}

    def _rule(self, name: str, description: str, pattern: dict[str, Any]) -> None:
        rule = cloudwatch.EventRule(
            f"{self.name}-{name}-rule",
            name=f"{self.names.redeploy}-{name}",
            description=description,
            event_pattern=pulumi.Output.json_dumps(pattern),
            opts=self.child(),
        )
        cloudwatch.EventTarget(
            f"{self.name}-{name}-target",
            rule=rule.name,
            target_id="redeploy",
            arn=self.machine.arn,
            role_arn=self.args.events_role_arn,
            retry_policy=cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=3600, maximum_retry_attempts=10
            ),
            opts=self.child(),
        )


def state_machine(cluster: str, services: Sequence[str]) -> dict[str, Any]:
    """Amazon States Language: wait until the secret is settled, then restart service by service."""
    steps = [f"Restart {service}" for service in services]
    states: dict[str, Any] = {
        "Settle": {"Type": "Wait", "Seconds": SETTLE_SECONDS, "Next": steps[0]},
    }
    for number, (step, service) in enumerate(zip(steps, services, strict=True), start=1):
        last = number == len(steps)
        states[step] = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ecs:updateService",
            "Parameters": {"Cluster": cluster, "Service": service, "ForceNewDeployment": True},
            "ResultPath": None,
            "Retry": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": 15,
                    "BackoffRate": 2,
                    "MaxAttempts": 5,
                }
            ],
            **({"End": True} if last else {"Next": steps[number]}),
        }
    return {
        "Comment": "Tasks of Prefect read the rotated database password",
        "StartAt": "Settle",
        "States": states,
    }
