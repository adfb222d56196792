"""Settings that are made twice, that disagree, and schedules that are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.checks import check
from graph.checks.schedules import problem_of
from graph.model import Graph
from tests.unit.graph.checks.conftest import one, with_input, with_resource

LIFECYCLE = "BucketLifecycleConfiguration"


def test_a_second_policy_of_one_bucket_is_found(valid: Graph) -> None:
    policy = one(valid, "BucketPolicy", "bronze")
    second = replace(policy, urn=f"{policy.urn}-2", name="second")

    found = check(with_resource(valid, policy, policy, second))

    assert [(each.name, each.path) for each in found] == [("second", "bucket")]
    assert "sets what bronze sets too" in found[0].problem


def test_one_rule_of_a_security_group_twice_is_found(valid: Graph) -> None:
    rule = one(valid, "SecurityGroupIngressRule", "server-from-clients")
    second = replace(rule, urn=f"{rule.urn}-2", name="second")

    found = check(with_resource(valid, rule, rule, second))

    assert [(each.name, each.path) for each in found] == [("second", "securityGroupId")]


@pytest.mark.parametrize(
    ("path", "value", "found_at"),
    [
        ("rules.0.transitions.0.days", 7, "rules[0].transitions[0].days"),
        (
            "rules.0.transitions.1",
            {"days": 20, "storageClass": "GLACIER_IR"},
            "rules[0].transitions[1]",
        ),
        ("rules.0.expiration", {"days": 10}, "rules[0].expiration.days"),
    ],
)
def test_a_lifecycle_that_s3_refuses_is_found(
    valid: Graph, path: str, value: object, found_at: str
) -> None:
    found = check(with_input(valid, LIFECYCLE, "bronze", path, value))

    assert [each.path for each in found] == [found_at]


def test_a_health_check_that_outlasts_its_interval_is_found(valid: Graph) -> None:
    found = check(with_input(valid, "TargetGroup", "server", "healthCheck.timeout", 60))

    assert [each.path for each in found] == ["healthCheck.timeout"]


def test_container_definitions_that_are_secret_are_found(valid: Graph) -> None:
    task = one(valid, "TaskDefinition", "task")
    masked = replace(
        task,
        inputs={**task.inputs, "containerDefinitions": "[secret]"},
        secrets=("containerDefinitions",),
    )

    found = check(with_resource(valid, task, masked))

    assert [(each.name, each.path) for each in found] == [("task", "containerDefinitions")]


@pytest.mark.parametrize(
    "expression",
    [
        "cron(30 22 ? * MON-FRI *)",
        "cron(0/15 8-18 * * ? 2026)",
        "cron(0 9 L * ? *)",
        "cron(0 9 ? * 6#3 *)",
        "rate(1 minute)",
        "rate(5 minutes)",
        "at(2026-11-25T16:00:00)",
    ],
)
def test_schedules_that_aws_takes(expression: str) -> None:
    assert problem_of(expression) is None


@pytest.mark.parametrize(
    "expression",
    [
        "cron(30 22 * * MON-FRI *)",
        "cron(30 22 * * *)",
        "cron(60 22 ? * * *)",
        "cron(0 9 ? * MOO *)",
        "rate(1 minutes)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "every day",
        "at(tomorrow)",
    ],
)
def test_schedules_that_aws_refuses(expression: str) -> None:
    assert problem_of(expression) is not None


def test_a_schedule_that_is_none_is_found(valid: Graph) -> None:
    changed = with_input(valid, "EventRule", "tasks", "scheduleExpression", "cron(0 22 * * * *)")

    assert [each.path for each in check(changed)] == ["scheduleExpression"]


@pytest.mark.parametrize("key", ["aws:SourceAcount", "s3:prefixx", "kms:ViaServices"])
def test_a_condition_key_that_iam_does_not_know_is_found(valid: Graph, key: str) -> None:
    changed = with_input(
        valid,
        "RolePolicy",
        "task",
        "policy!Statement.0.Condition",
        {"StringEquals": {key: "x"}},
    )

    assert [each.path for each in check(changed)] == [
        f"policy!Statement[0].Condition.StringEquals.{key}"
    ]


def test_a_service_that_cannot_take_a_role_is_found(valid: Graph) -> None:
    changed = with_input(
        valid,
        "Role",
        "task",
        "assumeRolePolicy!Statement.0.Principal.Service",
        "ecs-task.amazonaws.com",
    )

    assert [each.path for each in check(changed)] == [
        "assumeRolePolicy!Statement[0].Principal.Service"
    ]
