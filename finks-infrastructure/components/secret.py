"""A secret with its value and the policy that says who may not read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import secretsmanager

from components.base import BaseComponent, StackContext
from components.policy_document import EVERYBODY, deny, document

RECOVERY_DAYS: dict[str, int] = {"local": 0, "dev": 0, "staging": 7, "prod": 30}
"""Days in which a deleted secret can be brought back; 0: its name can be used again at once."""
EXECUTION, DEPLOY = "ecs-execution", "deploy"
"""Workloads that read values: ECS when it starts a task, and deployments where there are any."""


def secret_policy(context: StackContext) -> pulumi.Output[str]:
    """TLS alone, and values only for those who have to have them.

    It grants nothing: whoever is not refused here still needs IAM's leave. It refuses reading
    alone, so an administrator who is not listed can always change it, and the root user is
    never shut out.
    """
    account_root = context.arn("iam", "root", region=False)
    workloads = (EXECUTION, DEPLOY) if context.settings.github.repository else (EXECUTION,)
    roles = [f"role/{context.names.role(workload)}" for workload in workloads]
    readers = [
        context.arn("iam", end, region=False) for end in (*roles, *context.settings.secrets.readers)
    ]
    return document(
        deny(
            "OnlyTls",
            ["secretsmanager:*"],
            ["*"],  # in a secret's policy: this secret
            principals=EVERYBODY,
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
        deny(
            "OnlyReaders",
            ["secretsmanager:GetSecretValue"],
            ["*"],
            principals=EVERYBODY,
            condition={"ArnNotLike": {"aws:PrincipalArn": [account_root, *readers]}},
        ),
    )


@dataclass(frozen=True)
class ManagedSecretArgs:
    """Name, purpose and value of a secret, and the KMS key for it."""

    secret_name: str
    description: str
    value: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class ManagedSecret(BaseComponent[ManagedSecretArgs]):
    """A secret; `arn` is known when its value is there."""

    area = "secrets"

    def create(self) -> None:
        """The secret, its policy and its value."""
        secret = secretsmanager.Secret(
            f"{self.name}-secret",
            name=self.args.secret_name,
            description=self.args.description,
            kms_key_id=self.args.key_arn,
            recovery_window_in_days=RECOVERY_DAYS[self.settings.environment],
            opts=self.child(protect=self.settings.environment == "prod"),
        )
        policy = secretsmanager.SecretPolicy(
            f"{self.name}-policy",
            secret_arn=secret.arn,
            policy=secret_policy(self.context),
            block_public_policy=True,
            opts=self.child(),
        )
        version = secretsmanager.SecretVersion(
            f"{self.name}-value",
            secret_id=secret.id,
            secret_string=self.args.value,
            opts=self.child(depends_on=[policy]),
        )
        self.arn: pulumi.Output[str] = version.secret_arn

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The secret's ARN."""
        return {"secretArn": self.arn}
