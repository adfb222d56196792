"""Who is told: a topic for each severity, its policy and its subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import sns

from blueprint.alarms import SEVERITIES, Severity
from components.base import BaseComponent
from components.policy_document import allow, deny, document
from config.sections import Monitoring as MonitoringConfig


@dataclass(frozen=True)
class TopicsArgs:
    """Who hears of what, and the lake's key."""

    config: MonitoringConfig
    key_arn: pulumi.Input[str]


class Topics(BaseComponent[TopicsArgs]):
    """Encrypted topics that alarms of this account publish into.

    Everybody gets e-mails of every severity and confirms each by a link; PagerDuty gets the
    critical ones and confirms by itself. Alarms alone publish: EventBridge cannot send into a topic
    whose key asks for the source account (SNS Developer Guide, "Key management").
    """

    area = "monitoring"

    def create(self) -> None:
        """Topics with policy and subscriptions."""
        self.arns: dict[Severity, pulumi.Output[str]] = {
            severity: self._topic(severity, text).arn for severity, text in SEVERITIES.items()
        }
        if self.args.config.pager_duty_url is not None:
            sns.TopicSubscription(
                f"{self.name}-pager-duty",
                topic=self.arns["critical"],
                protocol="https",
                endpoint=pulumi.Output.secret(self.args.config.pager_duty_url),
                endpoint_auto_confirms=True,
                opts=self.child(),
            )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The topics' ARNs."""
        return {f"{severity}TopicArn": arn for severity, arn in self.arns.items()}

    def _topic(self, severity: Severity, text: str) -> sns.Topic:
        name = self.names.topic(severity)
        topic = sns.Topic(
            f"{self.name}-{severity}",
            name=name,
            display_name=f"{self.names.prefix} {severity}",
            kms_master_key_id=self.args.key_arn,
            tags={"Purpose": text},
            opts=self.child(),
        )
        arn = self.context.arn("sns", name)
        sns.TopicPolicy(
            f"{self.name}-{severity}-policy",
            arn=topic.arn,
            policy=document(
                allow(
                    "AlarmsOfThisAccount",
                    ["sns:Publish"],
                    [arn],
                    principals={"Service": "cloudwatch.amazonaws.com"},
                    condition={"StringEquals": {"aws:SourceAccount": self.context.account_id}},
                ),
                deny(
                    "OnlyTls",
                    ["sns:Publish"],
                    [arn],
                    principals="*",
                    condition={"Bool": {"aws:SecureTransport": "false"}},
                ),
            ),
            opts=self.child(),
        )
        for number, address in enumerate(self.args.config.emails, start=1):
            sns.TopicSubscription(
                f"{self.name}-{severity}-email-{number}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=self.child(),
            )
        return topic
