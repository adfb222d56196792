"""ARNs that exist at run time alone are allowed; what they lie in still has to be there."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from graph.checks import check
from graph.model import Graph
from tests.unit.graph.checks.conftest import one, with_input, with_resource

HERE = "ca-central-1:123456789012"

RUN_TIME = [
    f"arn:aws:logs:{HERE}:log-group:/ecs/sample:log-stream:*",
    f"arn:aws:logs:{HERE}:log-group:/ecs/sample:*",
    f"arn:aws:logs:{HERE}:log-group:/aws-glue/jobs/*",
    f"arn:aws:secretsmanager:{HERE}:secret:rds!db-0123abcd-*",
    f"arn:aws:glue:{HERE}:catalog",
    f"arn:aws:glue:{HERE}:table/sample_bronze/made_by_dbt",
    f"arn:aws:ecs:{HERE}:task/sample/*",
    f"arn:aws:ecs:{HERE}:task-definition/sample:*",
    f"arn:aws:athena:{HERE}:workgroup/sample",
    "arn:aws:s3:::sample-bronze/fmp/*/dt=*",
    "arn:aws:s3:::sample-*",
    "arn:aws:iam::123456789012:role/sample-*",
    "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole",
]
NOTHING = [
    f"arn:aws:logs:{HERE}:log-group:/ecs/smaple:*",
    f"arn:aws:secretsmanager:{HERE}:secret:sample/other-*",
    f"arn:aws:glue:{HERE}:table/sample_silver/*",
    f"arn:aws:ecs:{HERE}:task/other/*",
    f"arn:aws:ecs:{HERE}:task-definition/other:*",
    f"arn:aws:athena:{HERE}:workgroup/smaple",
    "arn:aws:s3:::sample-bronze-2/*",
    "arn:aws:s3:::simple-*",
    "arn:aws:iam::123456789012:role/simple-*",
    f"arn:aws:lambda:{HERE}:function:sample",
    "arn:aws:iam::210987654321:role/sample-task",
    "arn:aws:sqs:us-east-1:123456789012:sample-events",
    "arn:aws:iam::aws:policy/AWSGlueServiceRole",
]


def _with_resource(graph: Graph, arn: str) -> Graph:
    return with_input(graph, "RolePolicy", "task", "policy!Statement.0.Resource.0", arn)


@pytest.mark.parametrize("arn", RUN_TIME)
def test_what_exists_or_will_exist_is_allowed(valid: Graph, arn: str) -> None:
    assert check(_with_resource(valid, arn)) == []


@pytest.mark.parametrize("arn", NOTHING)
def test_what_matches_nothing_is_found(valid: Graph, arn: str) -> None:
    found = check(_with_resource(valid, arn))

    assert [each.path for each in found] == ["policy!Statement[0].Resource[0]"]


def test_a_reference_does_not_prove_itself(valid: Graph) -> None:
    """Outputs repeat the inputs: what a resource says of another one is no proof of it."""
    gone = "sg-0123456789abcdef0"
    service = one(valid, "Service", "server")
    service.outputs["networkConfiguration"]["securityGroups"] = [
        *service.inputs["networkConfiguration"]["securityGroups"]
    ]

    found = check(
        with_input(valid, "Service", "server", "networkConfiguration.securityGroups", [gone])
    )

    assert [each.path for each in found] == ["networkConfiguration.securityGroups[0]"]


def test_what_deploys_the_stack_may_name_what_other_settings_make(valid: Graph) -> None:
    topic = one(valid, "Topic", "alerts")
    parent = "urn:pulumi:dev::finks::finks:iam:Iam$finks:iam:GitHubOidc::github"
    deploys = replace(
        topic,
        urn=f"{topic.urn}-deploys",
        name="deploys",
        type="aws:iam/policy:Policy",
        parent=parent,
        inputs={
            "name": "deploys",
            "tags": topic.inputs["tags"],
            "policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["sns:CreateTopic"],
                            "Resource": [
                                f"arn:aws:sns:{HERE}:finks-dev-later",
                                f"arn:aws:sns:{HERE}:finks-prod-alerts",
                            ],
                        }
                    ],
                }
            ),
        },
    )
    component = replace(
        topic,
        urn=parent,
        name="github",
        type="finks:iam:GitHubOidc",
        custom=False,
        parent=None,
        inputs={},
        outputs={},
        dependencies=(),
    )

    found = check(with_resource(valid, topic, topic, deploys, component))

    assert [each.path for each in found] == ["policy!Statement[0].Resource[1]"]


def test_the_address_of_a_script_in_a_command_is_followed(valid: Graph) -> None:
    found = check(
        with_input(
            valid,
            "TaskDefinition",
            "task",
            "containerDefinitions!0.command",
            ["run", "--from", "s3://sample-scripts/job.py"],
        )
    )

    assert [each.path for each in found] == ["containerDefinitions![0].command[2]"]
    assert "there is no bucket sample-scripts" in found[0].problem


def test_a_scaled_service_that_there_is_not_is_found(valid: Graph) -> None:
    service = one(valid, "Service", "server")
    target = replace(
        service,
        urn=f"{service.urn}-scaled",
        name="scaled",
        type="aws:appautoscaling/target:Target",
        id="scaled",
        inputs={
            "minCapacity": 1,
            "maxCapacity": 3,
            "resourceId": "service/sample/sevrer",
            "scalableDimension": "ecs:service:DesiredCount",
            "serviceNamespace": "ecs",
            "tags": service.inputs["tags"],
        },
        outputs={},
        dependencies=(),
    )

    found = check(with_resource(valid, service, service, target))

    assert [(each.name, each.path) for each in found] == [("scaled", "resourceId")]
