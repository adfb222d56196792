"""What the checks of a deployed stack look for is what the program makes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from blueprint import work_pool
from blueprint.containers import INGESTION_CONTAINER
from graph.model import Graph
from graph.pages import DEPLOYED
from graph.stacks import recorded
from validation import inside
from validation.target import names_of


@pytest.fixture(params=DEPLOYED)
def graph(request: pytest.FixtureRequest) -> Graph:
    return recorded(request.param)


def container_of(graph: Graph, family: str) -> dict[str, Any]:
    for task in graph.of_type("aws:ecs/taskDefinition:TaskDefinition"):
        if task.inputs["family"] == family:
            containers: list[dict[str, Any]] = json.loads(task.inputs["containerDefinitions"])
            return containers[0]
    raise LookupError(family)


def physical(graph: Graph, kind: str, key: str) -> set[str]:
    return {str(resource.inputs.get(key)) for resource in graph.of_type(kind)}


def test_names_are_found_in_the_outputs(graph: Graph) -> None:
    names = names_of(graph.stack, graph.outputs)
    assert set(names.buckets.values()) == physical(graph, "aws:s3/bucket:Bucket", "bucket")


def test_every_name_that_is_looked_for_is_made(graph: Graph) -> None:
    names = names_of(graph.stack, graph.outputs)
    secrets = physical(graph, "aws:secretsmanager/secret:Secret", "name")
    services = physical(graph, "aws:ecs/service:Service", "name")
    workgroups = physical(graph, "aws:athena/workgroup:Workgroup", "name")
    assert {names.fmp_secret, names.prefect_auth_secret} <= secrets
    assert {names.prefect_server, names.prefect_worker} <= services
    assert {names.workgroup, names.dbt_workgroup} == workgroups
    assert names.glue_job in physical(graph, "aws:glue/job:Job", "name")
    assert names.observer_queue in physical(graph, "aws:sqs/queue:Queue", "name")
    assert names.cluster in physical(graph, "aws:ecs/cluster:Cluster", "name")
    assert names.database_instance in physical(graph, "aws:rds/instance:Instance", "identifier")
    alarms = physical(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "name")
    assert alarms
    assert all(alarm.startswith(f"{names.prefix}-") for alarm in alarms)


def test_topics_are_among_the_outputs(graph: Graph) -> None:
    topics = {topic.outputs["arn"] for topic in graph.of_type("aws:sns/topic:Topic")}
    assert topics
    assert topics <= {value for value in graph.outputs.values() if isinstance(value, str)}


def test_one_off_tasks_name_containers_that_can_run_their_command(graph: Graph) -> None:
    names = names_of(graph.stack, graph.outputs)
    for family, container, code in (
        (names.flow_run_task, work_pool.CONTAINER, inside.SERVER_CODE),
        (names.prefect_server, inside.SERVER_CONTAINER, inside.DATABASE_CODE),
    ):
        found = container_of(graph, family)
        assert found["name"] == container
        assert "entryPoint" not in found, "an override of the command would not replace it"
        variables = {entry["name"] for entry in found["environment"]}
        asked = {part.split("'")[0] for part in code.split("os.environ['")[1:]}
        assert asked
        assert asked <= variables
    ingestion = container_of(graph, names.ingestion_task)
    assert ingestion["name"] == INGESTION_CONTAINER
    assert ingestion["entryPoint"] == ["python", "-m", "connectors"]


def test_the_kind_of_encryption_is_that_of_the_program(graph: Graph) -> None:
    names = names_of(graph.stack, graph.outputs)
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    found = {
        settings.inputs["bucket"]: settings.inputs["rules"][0][
            "applyServerSideEncryptionByDefault"
        ]["sseAlgorithm"]
        for settings in graph.of_type(kind)
    }
    expected = {
        bucket: "AES256" if zone == "logs" else "aws:kms" for zone, bucket in names.buckets.items()
    }
    assert found == expected
