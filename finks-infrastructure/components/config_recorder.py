"""AWS Config: what is recorded, where it is delivered, and the rules that are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cfg, iam

from blueprint.detectors import CONFIG_PREFIX, MANAGED_RULES, RECORDED_TYPES
from components.base import BaseComponent
from components.policy_document import allow, document, service_trust

READ_POLICY = "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"
"""AWS's own list of calls that only read configurations."""


@dataclass(frozen=True)
class ConfigRecorderArgs:
    """The bucket that snapshots and changes are delivered into."""

    logs_bucket: pulumi.Input[str]


class ConfigRecorder(BaseComponent[ConfigRecorderArgs]):
    """A recorder with a role of its own, its delivery into the logs bucket, and managed rules.

    With a role of its own, and not the service's, the bucket needs no policy for AWS Config.
    """

    area = "security"

    def create(self) -> None:
        """Role, recorder, channel, and the rules once it records."""
        name = self.names.prefix
        role, permissions = self._role()
        self.recorder = cfg.Recorder(
            f"{self.name}-recorder",
            name=name,
            role_arn=role.arn,
            recording_group={
                "all_supported": False,
                "include_global_resource_types": False,
                "resource_types": list(RECORDED_TYPES),
                "recording_strategies": [{"use_only": "INCLUSION_BY_RESOURCE_TYPES"}],
            },
            opts=self.child(depends_on=permissions),
        )
        channel = cfg.DeliveryChannel(
            f"{self.name}-channel",
            name=name,
            s3_bucket_name=self.args.logs_bucket,
            s3_key_prefix=CONFIG_PREFIX,
            snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
            opts=self.child(depends_on=[self.recorder, *permissions]),
        )
        status = cfg.RecorderStatus(
            f"{self.name}-status",
            name=self.recorder.name,
            is_enabled=True,
            opts=self.child(depends_on=[channel]),
        )
        for rule_name, rule in MANAGED_RULES.items():
            cfg.Rule(
                f"{self.name}-{rule_name}",
                name=f"{name}-{rule_name}",
                description=rule.description,
                source={"owner": "AWS", "source_identifier": rule.identifier},
                opts=self.child(depends_on=[status]),
            )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The recorder."""
        return {"configRecorder": self.recorder.name}

    def _role(self) -> tuple[iam.Role, list[pulumi.Resource]]:
        role = iam.Role(
            f"{self.name}-role",
            name=self.names.role("config-recorder"),
            description="AWS Config reads configurations and delivers them to the logs bucket",
            assume_role_policy=service_trust("config.amazonaws.com", self.context.account_id),
            opts=self.child(),
        )
        bucket = self.context.bucket_arn("logs")
        folder = f"{bucket}/{CONFIG_PREFIX}/AWSLogs/{self.context.account_id}/Config/*"
        return role, [
            iam.RolePolicyAttachment(
                f"{self.name}-read",
                role=role.name,
                policy_arn=READ_POLICY,
                opts=self.child(),
            ),
            iam.RolePolicy(
                f"{self.name}-deliver",
                name="deliver-to-logs",
                role=role.name,
                policy=document(
                    allow("FindBucket", ["s3:GetBucketAcl", "s3:ListBucket"], [bucket]),
                    # AWS Config hands over each object with the ACL bucket-owner-full-control.
                    allow("Deliver", ["s3:PutObject", "s3:PutObjectAcl"], [folder]),
                ),
                opts=self.child(),
            ),
        ]
