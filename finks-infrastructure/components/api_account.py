"""The role with which API Gateway writes logs: one for all APIs of an account and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import apigateway, iam

from components.base import BaseComponent
from components.policy_document import allow, document

PUSH_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
"""AWS's own: API Gateway refuses a role that has less, for other APIs of the account log by it."""


class ApiAccount(BaseComponent[None]):
    """API Gateway's account settings; in one stack of an account (`api.accountLogRole`)."""

    area = "api"

    def create(self) -> None:
        """Role and setting."""
        self.role = iam.Role(
            f"{self.name}-role",
            name=self.names.role("api-logs"),
            description="API Gateway writes the logs of the account's REST APIs",
            # API Gateway does not say for whom it takes a role, so a plain condition would lock it
            # out. Nobody outside the account can name the role: that takes iam:PassRole on it.
            assume_role_policy=document(
                allow(
                    "AssumeRole",
                    ["sts:AssumeRole"],
                    principals={"Service": "apigateway.amazonaws.com"},
                    condition={
                        "StringEqualsIfExists": {"aws:SourceAccount": self.context.account_id}
                    },
                )
            ),
            opts=self.child(),
        )
        attachment = iam.RolePolicyAttachment(
            f"{self.name}-push",
            role=self.role.name,
            policy_arn=PUSH_POLICY,
            opts=self.child(),
        )
        apigateway.Account(
            f"{self.name}-settings",
            cloudwatch_role_arn=self.role.arn,
            opts=self.child(depends_on=[attachment]),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The role."""
        return {"apiLogRole": self.role.arn}
