"""The KMS key of the lake: buckets, secrets, database, cache, logs and topics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import kms

from components.base import BaseComponent, StackContext
from components.policy_document import allow, document
from config.sections import Storage

DELETION_DAYS = 30
"""The longest that AWS offers: a deleted key takes all data with it, and this is the way back."""
_CIPHER = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]


def key_policy(context: StackContext) -> pulumi.Output[str]:
    """Who may use the key: whom IAM of this account lets, and services that act without a role.

    S3, RDS, ElastiCache, Secrets Manager, Glue and Athena are missing on purpose: they use the key
    with the rights of their caller, which IAM gives. EventBridge is missing as well: the queue that
    it fills has SQS's own key, and its log group is encrypted by CloudWatch Logs.
    """
    return document(
        allow(
            "IamOfThisAccount",
            ["kms:*"],
            ["*"],  # in a key policy: this key
            principals={"AWS": context.arn("iam", "root", region=False)},
        ),
        allow(
            "LogGroupsOfThisAccount",
            [*_CIPHER, "kms:DescribeKey"],
            ["*"],
            principals={"Service": f"logs.{context.region}.amazonaws.com"},
            condition={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": context.arn("logs", "log-group:*")
                }
            },
        ),
        # Alarms publish into encrypted topics by themselves, without a role.
        allow(
            "AlarmsOfThisAccount",
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            ["*"],
            principals={"Service": "cloudwatch.amazonaws.com"},
            condition={"StringEquals": {"aws:SourceAccount": context.account_id}},
        ),
    )


class LakeKey(BaseComponent[Storage]):
    """One symmetric key with yearly rotation, and its alias."""

    area = "storage"

    def create(self) -> None:
        """Key and alias."""
        self.key = kms.Key(
            f"{self.name}-key",
            description=f"Data of {self.names.prefix}: lake, secrets, database, logs, messages",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            policy=key_policy(self.context),
            opts=self.child(protect=self.settings.environment == "prod"),
        )
        kms.Alias(
            f"{self.name}-alias",
            name=self.names.key_alias,
            target_key_id=self.key.key_id,
            opts=self.child(),
        )
        self.arn: pulumi.Output[str] = self.key.arn

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The key's ARN."""
        return {"kmsKeyArn": self.arn}
