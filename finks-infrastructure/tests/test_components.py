"""The components together: what each stack exports, and what only the whole program can show.

What one component makes by itself is tested in `unit/components`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from blueprint.names import ZONES, Names
from graph.checks.sdk import takes_tags
from graph.model import Graph, Resource
from graph.simulation import ACCOUNT_ID
from graph.stacks import STACKS, record_stack, recorded

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
AWS_STACKS = ("dev", "staging", "prod")
TAGS = {"Project", "Environment", "Component", "Owner", "CostCentre"}


def names_of(stack: str) -> Names:
    return Names(stack, "" if stack == "local" else ACCOUNT_ID)


def container(graph: Graph, task: str) -> dict[str, Any]:
    definition = graph.named(f"compute-{task}", TASK_DEFINITION)
    (only,) = json.loads(definition.inputs["containerDefinitions"])
    found: dict[str, Any] = only
    return found


def environment(graph: Graph, task: str) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container(graph, task)["environment"]}


@pytest.mark.parametrize("stack", STACKS)
def test_every_name_of_the_contract_is_exported(stack: str) -> None:
    names, outputs = names_of(stack), recorded(stack).outputs
    assert {outputs[f"bucket{zone.title()}"] for zone in ZONES} == set(names.buckets.values())
    assert outputs["clusterName"] == names.cluster
    assert outputs["glueJob"] == names.glue_job
    assert outputs["athenaWorkgroup"] == names.workgroup
    assert outputs["athenaDbtWorkgroup"] == names.dbt_workgroup
    assert outputs["fmpApiKeySecret"] == names.fmp_secret
    assert outputs["prefectDatabaseSecret"] == names.prefect_database_secret
    for layer in ("bronze", "silver", "stg", "audit", "gold"):
        assert outputs["glueDatabases"][layer] == names.database(layer)
    for family, task in ((names.ingestion_task, "fmp-ingestion"), (names.dbt_task, "dbt")):
        assert f":task-definition/{family}:" in outputs["taskDefinitions"][task]


@pytest.mark.parametrize("stack", STACKS)
def test_no_urn_is_there_twice(stack: str) -> None:
    urns = [resource.urn for resource in recorded(stack).resources]
    assert len(set(urns)) == len(urns)


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_hangs_at_a_component(stack: str) -> None:
    graph = recorded(stack)
    components = {resource.urn for resource in graph.resources if not resource.custom}
    loose = [r.name for r in graph.resources if r.custom and r.parent not in components]
    assert loose == []


@pytest.mark.parametrize("stack", STACKS)
def test_everything_that_takes_tags_has_them(stack: str) -> None:
    resources = recorded(stack).resources
    taggable = [r for r in resources if r.type.startswith("aws:") and takes_tags(r.type)]
    assert len(taggable) > 80
    missing = {r.name: TAGS - r.inputs["tags"].keys() for r in taggable}
    assert {name: tags for name, tags in missing.items() if tags} == {}


@pytest.mark.parametrize("stack", STACKS)
def test_the_prefect_server_is_given_the_database_of_its_stack(stack: str) -> None:
    graph = recorded(stack)
    database = graph.named("database-instance").outputs
    server = environment(graph, "prefect-server")
    assert server["PREFECT_SERVER_DATABASE_HOST"] == database["address"]
    secrets = {
        entry["name"]: entry["valueFrom"] for entry in container(graph, "prefect-server")["secrets"]
    }
    master = database["masterUserSecrets"][0]["secretArn"]
    assert secrets["PREFECT_SERVER_DATABASE_PASSWORD"] == f"{master}:password::"
    assert secrets["PREFECT_SERVER_DATABASE_USER"] == f"{master}:username::"


@pytest.mark.parametrize("stack", STACKS)
def test_services_start_when_the_cluster_has_its_capacity_providers(stack: str) -> None:
    graph = recorded(stack)
    capacity = graph.named("compute-capacity").urn
    services = graph.of_type("aws:ecs/service:Service")
    assert services
    assert all(capacity in service.dependencies for service in services)


@pytest.mark.parametrize("stack", STACKS)
def test_flow_runs_start_tasks_where_tasks_belong(stack: str) -> None:
    graph = recorded(stack)
    flow = environment(graph, "flow-run")
    assert flow["FINKS_SUBNETS"].split(",") == graph.outputs["taskSubnetIds"]
    assert flow["FINKS_SUBNETS"].split(",") == graph.outputs["privateSubnetIds"]
    assert flow["FINKS_SECURITY_GROUPS"] == graph.named("network-security-groups-tasks").id
    assert flow["FINKS_ASSIGN_PUBLIC_IP"] == "false"


def test_without_nat_gateways_tasks_have_public_addresses_in_public_subnets() -> None:
    graph = recorded("dev", {"economy": True})
    flow = environment(graph, "flow-run")
    assert flow["FINKS_SUBNETS"].split(",") == graph.outputs["publicSubnetIds"]
    assert flow["FINKS_ASSIGN_PUBLIC_IP"] == "true"
    services = graph.of_type("aws:ecs/service:Service")
    assert services
    for service in services:
        network = service.inputs["networkConfiguration"]
        assert network["subnets"] == graph.outputs["publicSubnetIds"]
        assert network["assignPublicIp"] is True
    assert graph.of_type("aws:ec2/natGateway:NatGateway") == []


@pytest.mark.parametrize("stack", STACKS)
def test_each_task_runs_as_the_role_of_its_workload(stack: str) -> None:
    graph, names = recorded(stack), names_of(stack)
    definitions = graph.of_type(TASK_DEFINITION)
    assert len(definitions) >= 5
    for definition in definitions:
        task = definition.name.removeprefix("compute-")
        workload = "prefect-server" if task == "prefect-services" else task
        assert definition.inputs["taskRoleArn"].endswith(f":role/{names.role(workload)}")
        assert definition.inputs["executionRoleArn"].endswith(
            f":role/{names.role('ecs-execution')}"
        )


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_images_are_pinned_by_what_was_built(stack: str) -> None:
    graph = recorded(stack)
    built = {image.outputs["ref"] for image in graph.of_type("docker-build:index:Image")}
    used = {
        container(graph, d.name.removeprefix("compute-"))["image"]
        for d in graph.of_type(TASK_DEFINITION)
    }
    assert used == built


def test_production_spans_zones_and_cannot_be_deleted_by_accident() -> None:
    graph = recorded("prod")
    database = graph.named("database-instance")
    assert database.inputs["multiAz"]
    assert database.inputs["deletionProtection"]
    assert database.protect
    assert len(graph.of_type("aws:ec2/natGateway:NatGateway")) == 2
    assert all(bucket.protect for bucket in graph.of_type("aws:s3/bucket:Bucket"))
    assert graph.named("load-balancer-alb").inputs["enableDeletionProtection"]


def test_production_scales_its_servers_and_splits_off_the_loops() -> None:
    graph = recorded("prod")
    target = graph.named("orchestration-autoscaling-target")
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (1, 3)
    assert "--no-services" in container(graph, "prefect-server")["command"]
    assert graph.of_type("aws:elasticache/replicationGroup:ReplicationGroup")
    services = {service.inputs["name"] for service in graph.of_type("aws:ecs/service:Service")}
    assert names_of("prod").prefect_services in services


def test_development_has_one_server_that_does_it_all() -> None:
    graph = recorded("dev")
    assert "--no-services" not in container(graph, "prefect-server")["command"]
    assert graph.of_type("aws:elasticache/replicationGroup:ReplicationGroup") == []


def secret_values(resource: Resource) -> set[str]:
    return {key for key in resource.secrets if resource.inputs[key] != "[secret]"}


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_no_secret_of_the_configuration_is_in_the_graph(stack: str) -> None:
    graph = recorded(stack)
    assert "simulated-key" not in json.dumps(graph.to_json())
    assert all(secret_values(resource) == set() for resource in graph.resources)


def test_a_key_that_nobody_knows_stops_the_program() -> None:
    with pytest.raises(Exception, match=r"finks:natGateway: is not a key"):
        record_stack("dev", {"natGateway": 1})


def test_another_account_than_the_configured_one_is_refused() -> None:
    with pytest.raises(Exception, match="credentials are of account 123456789012"):
        record_stack("dev", {"accountId": "999999999999"})
