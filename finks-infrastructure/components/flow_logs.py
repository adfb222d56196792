"""Flow logs of the VPC, the role that writes them and the log group that keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from components.base import BaseComponent
from components.policy_document import allow, document, service_trust

AGGREGATION_SECONDS = 600
"""The longer of the two intervals that AWS offers: a tenth of the records of 60 seconds."""


@dataclass(frozen=True)
class FlowLogsArgs:
    """The VPC to watch."""

    vpc_id: pulumi.Input[str]


class FlowLogs(BaseComponent[FlowLogsArgs]):
    """Accepted and rejected connections of the VPC, in CloudWatch Logs."""

    area = "network"

    def create(self) -> None:
        """Log group, role and flow log."""
        group_name = self.names.flow_log_group
        self.group = cloudwatch.LogGroup(
            f"{self.name}-group",
            name=group_name,
            retention_in_days=self.settings.logs.retention_days,
            opts=self.child(),
        )
        self.role = iam.Role(
            f"{self.name}-role",
            name=self.names.role("flow-logs"),
            description="VPC flow logs write to their log group",
            assume_role_policy=service_trust(
                "vpc-flow-logs.amazonaws.com",
                self.context.account_id,
                source_arn=self.context.arn("ec2", "vpc-flow-log/*"),
            ),
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            f"{self.name}-policy",
            name="write-flow-logs",
            role=self.role.name,
            policy=document(
                allow(
                    "WriteStreams",
                    ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    [self.context.arn("logs", f"log-group:{group_name}:*")],
                ),
                # The service looks its group up by prefix; AWS offers no resource for that.
                allow("FindGroup", ["logs:DescribeLogGroups"], ["*"]),
            ),
            opts=self.child(),
        )
        ec2.FlowLog(
            f"{self.name}-log",
            vpc_id=self.args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=self.group.arn,
            iam_role_arn=self.role.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            tags={"Name": f"{self.names.prefix}-flow-logs"},
            opts=self.child(depends_on=[policy]),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The log group."""
        return {"flowLogGroup": self.group.name}
