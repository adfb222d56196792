"""Lake Formation: silver and gold as locations whose access it can grant. Off by default.

Locations are registered in hybrid mode: what IAM allows goes on working, and Lake Formation
decides for those alone who were opted in. The account's administrators of Lake Formation are left
as they are: that setting belongs to the account, and the last stack to write it would win.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import iam, lakeformation

from components.base import BaseComponent
from components.policy_document import allow, document, service_trust

LOCATIONS = ("silver", "gold")


@dataclass(frozen=True)
class LakeFormationArgs:
    """The lake's key."""

    key_arn: pulumi.Input[str]


class LakeFormation(BaseComponent[LakeFormationArgs]):
    """The role with which Lake Formation reads and writes, and the locations."""

    area = "transformation"

    def create(self) -> None:
        """Role and locations."""
        self.role = iam.Role(
            f"{self.name}-role",
            name=self.names.role("lake-formation"),
            description="Lake Formation hands out credentials for silver and gold",
            assume_role_policy=service_trust(
                "lakeformation.amazonaws.com", self.context.account_id
            ),
            opts=self.child(),
        )
        buckets = [self.context.bucket_arn(zone) for zone in LOCATIONS]
        policy = iam.RolePolicy(
            f"{self.name}-policy",
            name="read-and-write-locations",
            role=self.role.name,
            policy=document(
                allow("ListLocations", ["s3:ListBucket"], buckets),
                allow(
                    "ReadAndWriteLocations",
                    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                    [f"{bucket}/*" for bucket in buckets],
                ),
                allow(
                    "UseTheLakesKey",
                    ["kms:Decrypt", "kms:GenerateDataKey"],
                    [self.args.key_arn],
                ),
            ),
            opts=self.child(),
        )
        for zone, bucket in zip(LOCATIONS, buckets, strict=True):
            lakeformation.Resource(
                f"{self.name}-{zone}",
                arn=bucket,
                role_arn=self.role.arn,
                hybrid_access_enabled=True,
                opts=self.child(depends_on=[policy]),
            )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The role."""
        return {"lakeFormationRole": self.role.arn}
