from __future__ import annotations

import json
from typing import Any

import pytest

from blueprint.names import ROLES, Names
from components.compute import Compute, ComputeArgs
from graph.model import Graph
from graph.simulation import ACCOUNT_ID
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/k"
SECRET = "arn:aws:secretsmanager:ca-central-1:123456789012:secret"
NAMES = Names("dev", ACCOUNT_ID)
TASK = "aws:ecs/taskDefinition:TaskDefinition"
PIPELINE = ("fmp-ingestion", "dbt")
PREFECT = ("prefect-server", "prefect-worker", "flow-run")


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "dev", *, scaled: bool = False, **changes: Any) -> Graph:
        def make(context: Any) -> Compute:
            args = ComputeArgs(
                config=context.settings.compute,
                role_arns={role: f"arn:role/{role}" for role in ROLES},
                key_arn=KEY,
                fmp_secret_arn=f"{SECRET}:fmp",
                prefect_auth_secret_arn=f"{SECRET}:auth",
                database_address="db.example.com",
                database_secret_arn=f"{SECRET}:rds!db",
                prefect_ui_url="https://prefect.example.org",
                redis_host="redis.example.com" if scaled else None,
                task_subnet_ids=["subnet-1", "subnet-2"],
                tasks_security_group_id="sg-tasks",
            )
            return Compute("compute", args, context)

        return record_component(make, stack=stack, **changes)

    return recorded


def container(graph: Graph, key: str) -> dict[str, Any]:
    definition = graph.named(f"compute-{key}", TASK)
    (only,) = json.loads(definition.inputs["containerDefinitions"])
    assert isinstance(only, dict)
    return only


def environment(graph: Graph, key: str) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container(graph, key)["environment"]}


def secrets(graph: Graph, key: str) -> dict[str, str]:
    return {entry["name"]: entry["valueFrom"] for entry in container(graph, key)["secrets"]}


def test_there_is_a_task_definition_for_each_workload(record: RecordComponent) -> None:
    families = {d.inputs["family"] for d in record().of_type(TASK)}
    assert families == {f"finks-dev-{key}" for key in (*PIPELINE, *PREFECT)}
    scaled = {d.inputs["family"] for d in record(scaled=True).of_type(TASK)}
    assert scaled - families == {"finks-dev-prefect-services"}


def test_each_task_has_the_role_of_its_workload_and_that_of_ecs(record: RecordComponent) -> None:
    graph = record(scaled=True)
    roles = {
        d.inputs["family"].removeprefix("finks-dev-"): d.inputs["taskRoleArn"]
        for d in graph.of_type(TASK)
    }
    assert roles.pop("prefect-services") == "arn:role/prefect-server"
    assert roles == {key: f"arn:role/{key}" for key in (*PIPELINE, *PREFECT)}
    assert {d.inputs["executionRoleArn"] for d in graph.of_type(TASK)} == {"arn:role/ecs-execution"}


def test_containers_can_write_to_their_volumes_alone_and_have_no_capability(
    record: RecordComponent,
) -> None:
    graph = record(scaled=True)
    for definition in graph.of_type(TASK):
        (made,) = json.loads(definition.inputs["containerDefinitions"])
        volumes = {volume["name"] for volume in definition.inputs["volumes"]}
        assert made["readonlyRootFilesystem"] is True
        assert {mount["sourceVolume"] for mount in made["mountPoints"]} == volumes
        assert "/tmp" in {mount["containerPath"] for mount in made["mountPoints"]}
        assert made["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
        assert made["linuxParameters"]["initProcessEnabled"] is True
        assert made["user"] not in {"", "0", "root"}
        assert made["stopTimeout"] == 120


def test_prefect_can_write_to_its_home(record: RecordComponent) -> None:
    graph = record(scaled=True)
    for key in (*PREFECT, "prefect-services"):
        home = environment(graph, key)["PREFECT_HOME"]
        assert home in {mount["containerPath"] for mount in container(graph, key)["mountPoints"]}


def test_each_family_logs_into_its_own_group_for_as_long_as_the_stack_keeps_logs(
    record: RecordComponent,
) -> None:
    graph = record("staging")
    for key in (*PIPELINE, *PREFECT):
        options = container(graph, key)["logConfiguration"]["options"]
        group = graph.named(f"compute-{key}-logs")
        assert options["awslogs-group"] == group.inputs["name"] == f"/ecs/finks-staging-{key}"
        assert group.inputs["retentionInDays"] == 30
        assert group.inputs["kmsKeyId"] == KEY
        assert options["mode"] == "non-blocking"
        assert group.urn in graph.named(f"compute-{key}", TASK).dependencies


def test_secrets_are_injected_and_never_in_the_environment(record: RecordComponent) -> None:
    graph = record()
    assert secrets(graph, "fmp-ingestion") == {"FMP_API_KEY": f"{SECRET}:fmp"}
    assert secrets(graph, "prefect-server") == {
        "PREFECT_SERVER_DATABASE_USER": f"{SECRET}:rds!db:username::",
        "PREFECT_SERVER_DATABASE_PASSWORD": f"{SECRET}:rds!db:password::",
        "PREFECT_SERVER_API_AUTH_STRING": f"{SECRET}:auth",
    }
    for key in ("prefect-worker", "flow-run"):
        assert secrets(graph, key) == {"PREFECT_API_AUTH_STRING": f"{SECRET}:auth"}
        assert "PREFECT_API_AUTH_STRING" not in environment(graph, key)
    assert secrets(graph, "dbt") == {}


def test_the_server_does_all_alone_or_shares_through_redis(record: RecordComponent) -> None:
    alone, scaled = record(), record(scaled=True)
    assert container(alone, "prefect-server")["command"] == ["prefect", "server", "start"]
    assert not any("redis" in value for value in environment(alone, "prefect-server").values())
    assert container(scaled, "prefect-server")["command"][-1] == "--no-services"
    assert container(scaled, "prefect-services")["command"] == [
        *("prefect", "server", "services", "start")
    ]
    for key in ("prefect-server", "prefect-services"):
        shared = environment(scaled, key)
        assert shared["PREFECT_REDIS_MESSAGING_URL"].startswith("rediss://redis.example.com:")
        assert shared["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"] == "prefect_redis.lease_storage"


def test_the_server_is_reached_and_checked_on_its_port(record: RecordComponent) -> None:
    server = container(record(), "prefect-server")
    assert [mapping["containerPort"] for mapping in server["portMappings"]] == [4200]
    assert "http://127.0.0.1:4200/api/health" in server["healthCheck"]["command"][-1]


def test_the_pool_starts_our_flow_run_family_in_the_tasks_network(record: RecordComponent) -> None:
    template = json.loads(environment(record(), "prefect-worker")["FINKS_WORK_POOL_TEMPLATE"])
    job = template["job_configuration"]
    request = job["task_run_request"]
    assert request["taskDefinition"] == NAMES.flow_run_task
    assert request["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-tasks"],
        "assignPublicIp": "DISABLED",
    }
    assert request["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
    assert job["prefect_api_auth_string_secret_arn"] == f"{SECRET}:auth"
    assert "task_definition" not in job
    used = set(_placeholders(job))
    assert used == set(template["variables"]["properties"])
    assert container(record(), "flow-run")["name"] == job["container_name"]


def _placeholders(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [name for entry in value.values() for name in _placeholders(entry)]
    if isinstance(value, list):
        return [name for entry in value for name in _placeholders(entry)]
    if isinstance(value, str) and value.startswith("{{"):
        return [value.strip("{} ")]
    return []


def test_tasks_in_public_subnets_get_an_address(record: RecordComponent) -> None:
    graph = record(economy=True)
    template = json.loads(environment(graph, "prefect-worker")["FINKS_WORK_POOL_TEMPLATE"])
    request = template["job_configuration"]["task_run_request"]
    network = request["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "ENABLED"
    assert environment(graph, "flow-run")["FINKS_ASSIGN_PUBLIC_IP"] == "true"


def test_sizes_and_capacity_are_those_of_the_stack(record: RecordComponent) -> None:
    dev, prod = record(), record("prod", scaled=True)

    def size(graph: Graph, key: str) -> tuple[str, str]:
        inputs = graph.named(f"compute-{key}", TASK).inputs
        return inputs["cpu"], inputs["memory"]

    assert size(dev, "prefect-server") == ("512", "1024")
    assert size(prod, "prefect-server") == ("1024", "2048")
    assert size(prod, "dbt") == ("2048", "4096")
    for graph, provider in ((dev, "FARGATE_SPOT"), (prod, "FARGATE")):
        capacity = graph.named("compute-capacity").inputs
        assert capacity["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
        (strategy,) = capacity["defaultCapacityProviderStrategies"]
        assert strategy["capacityProvider"] == provider


def test_exec_is_logged_where_it_is_allowed_and_absent_elsewhere(record: RecordComponent) -> None:
    dev, prod = record(), record("prod")
    command = dev.named("compute-cluster").inputs["configuration"]["executeCommandConfiguration"]
    assert command["logging"] == "OVERRIDE"
    assert command["logConfiguration"]["cloudWatchLogGroupName"] == NAMES.exec_log_group
    assert dev.named("compute-exec-logs").inputs["name"] == NAMES.exec_log_group
    assert "configuration" not in prod.named("compute-cluster").inputs
    paths = {mount["containerPath"] for mount in container(dev, "dbt")["mountPoints"]}
    assert {"/var/lib/amazon", "/var/log/amazon"} <= paths
    assert "/var/lib/amazon" not in str(container(prod, "dbt")["mountPoints"])


@pytest.mark.parametrize(("insights", "value"), [(True, "enabled"), (False, "disabled")])
def test_container_insights_can_be_switched(
    record: RecordComponent, insights: bool, value: str
) -> None:
    cluster = record(compute={"containerInsights": insights}).named("compute-cluster")
    assert cluster.inputs["settings"] == [{"name": "containerInsights", "value": value}]
