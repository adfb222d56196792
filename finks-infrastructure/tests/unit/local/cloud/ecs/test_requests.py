from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local.cloud.ecs.conftest import CLUSTER, NETWORK, Tasks


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"cluster": "nothing"}, "ClusterNotFoundException", "Cluster not found"),
        ({"taskDefinition": "nothing"}, "ClientException", "TaskDefinition not found"),
        ({"networkConfiguration": {}}, "InvalidParameterException", "Network Configuration"),
        ({"launchType": "EC2"}, "InvalidParameterException", "No Container Instances"),
        ({"count": 11}, "InvalidParameterException", "Count"),
        (
            {"overrides": {"containerOverrides": [{"name": "other"}]}},
            "InvalidParameterException",
            "Override for container named other",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "app", "command": ["x" * 8192]}]}},
            "InvalidParameterException",
            "at most 8192",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
            "InvalidParameterException",
            "both a launch type and capacity provider",
        ),
    ],
)
def test_what_ecs_refuses(tasks: Tasks, changes: dict[str, Any], code: str, text: str) -> None:
    arguments = {
        "cluster": CLUSTER,
        "taskDefinition": tasks.define("true"),
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
        **changes,
    }
    found, message = refused(tasks.ecs.run_task, **arguments)
    assert found == code
    assert text in message


def test_a_definition_by_family_revision_or_arn(tasks: Tasks) -> None:
    family = tasks.define("true")
    arn = tasks.run(family)["taskDefinitionArn"]
    assert tasks.run(f"{family}:1")["taskDefinitionArn"] == arn
    assert tasks.run(arn)["taskDefinitionArn"] == arn
    assert refused(tasks.run, definition=f"{family}:2")[0] == "ClientException"


def test_a_capacity_provider_strategy(tasks: Tasks) -> None:
    answer = tasks.ecs.run_task(
        cluster=CLUSTER,
        taskDefinition=tasks.define("true"),
        networkConfiguration=NETWORK,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
    )
    task = tasks.wait(answer["tasks"][0])
    assert (task["capacityProviderName"], task["launchType"]) == ("FARGATE_SPOT", "FARGATE")


def test_several_tasks_at_once(tasks: Tasks) -> None:
    answer = tasks.ecs.run_task(
        cluster=CLUSTER,
        taskDefinition=tasks.define("true"),
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        count=3,
    )
    arns = {task["taskArn"] for task in answer["tasks"]}
    assert len(arns) == 3
    for task in answer["tasks"]:
        assert tasks.wait(task)["containers"][0]["exitCode"] == 0


def test_a_client_token_runs_a_task_once(tasks: Tasks) -> None:
    family = tasks.define("true")
    first = tasks.run(family, clientToken="once")
    assert tasks.run(family, clientToken="once")["taskArn"] == first["taskArn"]
    assert tasks.run(family, clientToken="twice")["taskArn"] != first["taskArn"]
    code, message = refused(tasks.run, definition=family, clientToken="once", group="other")
    assert code == "ConflictException"
    assert first["taskArn"] in message


def test_describe_names_what_it_does_not_know(tasks: Tasks) -> None:
    tags = [{"key": "run", "value": "7"}]
    task = tasks.run(tasks.define("true"), tags=tags)
    missing = "0" * 32
    short = task["taskArn"].rpartition("/")[2]
    answer = tasks.ecs.describe_tasks(cluster=CLUSTER, tasks=[short, missing], include=["TAGS"])
    assert [found["taskArn"] for found in answer["tasks"]] == [task["taskArn"]]
    assert answer["tasks"][0]["tags"] == tags
    (failure,) = answer["failures"]
    assert failure["reason"] == "MISSING"
    assert failure["arn"].endswith(f":task/{CLUSTER}/{missing}")
    assert tasks.describe(task)["tags"] == []
    code, _ = refused(tasks.ecs.describe_tasks, cluster="nothing", tasks=[short])
    assert code == "ClusterNotFoundException"


def test_stop_of_an_unknown_task(tasks: Tasks) -> None:
    code, message = refused(tasks.ecs.stop_task, cluster=CLUSTER, task="0" * 32)
    assert (code, message) == ("InvalidParameterException", "The referenced task was not found.")


def test_stop_of_a_task_that_is_over_changes_nothing(tasks: Tasks) -> None:
    task = tasks.finish("true")
    tasks.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"], reason="too late")
    assert tasks.describe(task)["stopCode"] == "EssentialContainerExited"


def test_list_filters_and_pages(tasks: Tasks) -> None:
    family = tasks.define("sleep", "600")
    running = [tasks.run(family, startedBy="lister")["taskArn"] for _ in range(3)]
    over = tasks.wait(tasks.run(tasks.define("true"), startedBy="lister"))

    def listed(**filters: Any) -> list[str]:
        found: list[str] = tasks.ecs.list_tasks(cluster=CLUSTER, **filters)["taskArns"]
        return found

    assert listed(family=family) == running[::-1]
    assert set(running) <= set(listed())
    assert listed(startedBy="lister") == running[::-1]
    assert listed(startedBy="lister", desiredStatus="STOPPED") == [over["taskArn"]]
    assert listed(family="nothing") == []
    assert listed(family=family, launchType="EC2") == []
    pages = tasks.ecs.get_paginator("list_tasks").paginate(
        cluster=CLUSTER, family=family, PaginationConfig={"PageSize": 2}
    )
    assert [page["taskArns"] for page in pages] == [running[:0:-1], running[:1]]
    code, _ = refused(tasks.ecs.list_tasks, cluster=CLUSTER, nextToken="bogus")
    assert code == "InvalidParameterException"
    for arn in running:
        tasks.ecs.stop_task(cluster=CLUSTER, task=arn)
        tasks.wait({"taskArn": arn})
