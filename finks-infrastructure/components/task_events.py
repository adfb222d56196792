"""State changes of ECS tasks for the Prefect worker: EventBridge → SQS.

The worker starts a task and does not wait for it. From this queue it learns that one has ended,
and marks a flow run as crashed whose task is gone. The queues are encrypted with SQS's own keys:
the messages hold no data, and the key of the lake need not be opened to whoever reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, sqs

from components.base import BaseComponent
from components.policy_document import allow, deny, document

VISIBILITY_SECONDS = 300
"""As long as the worker's observer may take for one message (prefect-aws, observers/ecs.py)."""
RETENTION_SECONDS = 4 * 24 * 3600
"""A weekend at which the worker is switched off, and a day to spare."""
DEAD_LETTER_SECONDS = 14 * 24 * 3600
ATTEMPTS = 3


@dataclass(frozen=True)
class TaskEventsArgs:
    """The cluster whose tasks are watched."""

    cluster_arn: pulumi.Input[str]


class TaskEvents(BaseComponent[TaskEventsArgs]):
    """The observer's queue, its dead letters and the rule that fills it."""

    area = "orchestration"

    def create(self) -> None:
        """Queues, rule, and the permission of the one for the other."""
        dead = sqs.Queue(
            f"{self.name}-dead-letters",
            name=self.names.observer_dead_letters,
            message_retention_seconds=DEAD_LETTER_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=self.child(),
        )
        self.queue = sqs.Queue(
            f"{self.name}-queue",
            name=self.names.observer_queue,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            message_retention_seconds=RETENTION_SECONDS,
            receive_wait_time_seconds=20,
            sqs_managed_sse_enabled=True,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead.arn, "maxReceiveCount": ATTEMPTS}
            ),
            opts=self.child(),
        )
        sqs.RedriveAllowPolicy(
            f"{self.name}-redrive",
            queue_url=dead.url,
            redrive_allow_policy=json.dumps(
                {
                    "redrivePermission": "byQueue",
                    "sourceQueueArns": [self.context.arn("sqs", self.names.observer_queue)],
                }
            ),
            opts=self.child(),
        )
        rule = cloudwatch.EventRule(
            f"{self.name}-rule",
            name=self.names.observer_queue,
            description="State changes of the cluster's tasks, for the Prefect worker",
            event_pattern=pulumi.Output.json_dumps(
                {
                    "source": ["aws.ecs"],
                    "detail-type": ["ECS Task State Change"],
                    "detail": {"clusterArn": [self.args.cluster_arn]},
                }
            ),
            opts=self.child(),
        )
        policies = [
            sqs.QueuePolicy(
                f"{self.name}-{which}-policy",
                queue_url=queue.url,
                policy=document(
                    *(self._from_rule(name) if queue is self.queue else ()),
                    deny(
                        "TlsOnly",
                        ["sqs:*"],
                        [self.context.arn("sqs", name)],
                        principals="*",
                        condition={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                ),
                opts=self.child(),
            )
            for which, name, queue in (
                ("queue", self.names.observer_queue, self.queue),
                ("dead-letters", self.names.observer_dead_letters, dead),
            )
        ]
        cloudwatch.EventTarget(
            f"{self.name}-target",
            rule=rule.name,
            target_id="observer-queue",
            arn=self.queue.arn,
            opts=self.child(depends_on=policies),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The queue's URL."""
        return {"observerQueueUrl": self.queue.url}

    def _from_rule(self, queue: str) -> tuple[dict[str, Any]]:
        return (
            allow(
                "EventsOfTheCluster",
                ["sqs:SendMessage"],
                [self.context.arn("sqs", queue)],
                principals={"Service": "events.amazonaws.com"},
                condition={
                    "ArnEquals": {
                        "aws:SourceArn": self.context.arn(
                            "events", f"rule/{self.names.observer_queue}"
                        )
                    },
                },
            ),
        )
