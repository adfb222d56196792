"""What a deployment changes of messages, alarms and schedules."""

from __future__ import annotations

from blueprint.permissions.scope import Scope
from blueprint.statements import Statement, allow


def events(scope: Scope) -> list[Statement]:
    """By the names of the stack."""
    prefix = scope.names.prefix
    changes = {
        "Alarms": (
            ("cloudwatch", "alarm:{}-*"),
            ("DeleteAlarms", "PutCompositeAlarm", "PutMetricAlarm", "TagResource", "UntagResource"),
        ),
        "Rules": (
            ("events", "rule/{}-*"),
            (
                *("DeleteRule", "PutRule", "PutTargets", "RemoveTargets"),
                *("TagResource", "UntagResource"),
            ),
        ),
        "Schedules": (
            ("scheduler", "schedule/{}/*"),
            ("CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"),
        ),
        "ScheduleGroups": (
            ("scheduler", "schedule-group/{}"),
            (
                *("CreateScheduleGroup", "DeleteScheduleGroup", "GetScheduleGroup"),
                *("ListTagsForResource", "TagResource", "UntagResource"),
            ),
        ),
        "StateMachines": (
            ("states", "stateMachine:{}-*"),
            (
                *("CreateStateMachine", "DeleteStateMachine", "DescribeStateMachine"),
                *("ListStateMachineVersions", "ListTagsForResource", "TagResource"),
                *("UntagResource", "UpdateStateMachine"),
            ),
        ),
        "Topics": (
            ("sns", "{}-*"),
            (
                *("CreateTopic", "DeleteTopic", "GetSubscriptionAttributes", "GetTopicAttributes"),
                *("ListTagsForResource", "SetSubscriptionAttributes", "SetTopicAttributes"),
                *("Subscribe", "TagResource", "Unsubscribe", "UntagResource"),
            ),
        ),
        "Queues": (
            ("sqs", "{}-*"),
            (
                *("CreateQueue", "DeleteQueue", "GetQueueAttributes", "GetQueueUrl"),
                *("ListQueueTags", "SetQueueAttributes", "TagQueue", "UntagQueue"),
            ),
        ),
    }
    statements = [
        allow(
            f"Change{subject}",
            [f"{service}:{action}" for action in actions],
            [scope.arn(service, path.format(prefix))],
        )
        for subject, ((service, path), actions) in changes.items()
    ]
    return [
        *statements,
        allow(
            "ChangeDashboard",
            ["cloudwatch:PutDashboard"],
            [f"arn:aws:cloudwatch::{scope.account_id}:dashboard/{scope.names.dashboard}"],
        ),
    ]
