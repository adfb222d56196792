"""Events, alarms and dashboard of the sample."""

from __future__ import annotations

import json

import pulumi
from pulumi_aws import cloudwatch, sfn, sns, sqs

from components.policy_document import allow, document
from tests.unit.graph.checks.sample_tasks import SampleTasks


class SampleEvents(SampleTasks):
    """Events, alarms and dashboard of the sample."""

    def _events(self) -> None:
        opts = self.child()
        dead = sqs.Queue("dead", name="sample-dead", message_retention_seconds=1209600, opts=opts)
        queue = sqs.Queue(
            "events",
            name="sample-events",
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}
            ),
            opts=opts,
        )
        rule = cloudwatch.EventRule(
            "tasks",
            name="sample-tasks",
            event_pattern=json.dumps(
                {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}
            ),
            opts=opts,
        )
        cloudwatch.EventTarget("tasks", rule=rule.name, arn=queue.arn, opts=opts)
        sqs.QueuePolicy(
            "events",
            queue_url=queue.url,
            policy=document(
                allow(
                    "Events",
                    ["sqs:SendMessage"],
                    [queue.arn],
                    principals={"Service": "events.amazonaws.com"},
                    condition={"ArnEquals": {"aws:SourceArn": rule.arn}},
                )
            ),
            opts=opts,
        )
        sfn.StateMachine(
            "nightly",
            name="sample-nightly",
            role_arn=self.role.arn,
            definition=json.dumps(
                {
                    "StartAt": "Wait",
                    "States": {
                        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
                        "Done": {"Type": "Succeed"},
                    },
                }
            ),
            opts=opts,
        )

    def _watch(self) -> None:
        opts = self.child()
        topic = sns.Topic("alerts", name="sample-alerts", opts=opts)
        alarm = cloudwatch.MetricAlarm(
            "busy",
            name="sample-busy",
            namespace="AWS/RDS",
            metric_name="CPUUtilization",
            dimensions={"DBInstanceIdentifier": "sample"},
            statistic="Average",
            comparison_operator="GreaterThanThreshold",
            threshold=80,
            period=300,
            evaluation_periods=2,
            alarm_actions=[topic.arn],
            opts=opts,
        )
        cloudwatch.CompositeAlarm(
            "any",
            alarm_name="sample-any",
            alarm_rule=alarm.name.apply('ALARM("{}")'.format),
            alarm_actions=[topic.arn],
            opts=opts,
        )
        cloudwatch.Dashboard(
            "overview",
            dashboard_name="sample",
            dashboard_body=json.dumps(
                {
                    "widgets": [
                        {
                            "type": "metric",
                            "width": 12,
                            "height": 6,
                            "properties": {
                                "region": "ca-central-1",
                                "metrics": [
                                    ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "sample"]
                                ],
                            },
                        }
                    ]
                }
            ),
            opts=opts,
        )
