from __future__ import annotations

import json
from typing import Any

import pulumi_random as random
import pytest

from blueprint.names import ROLES, Names
from components.orchestration import Orchestration, OrchestrationArgs
from components.redeploy import state_machine
from graph.model import Graph, Resource
from graph.simulation import ACCOUNT_ID
from tests.unit.components.conftest import RecordComponent

CLUSTER = "arn:aws:ecs:ca-central-1:123456789012:cluster/finks-dev"
DB_SECRET = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:rds!db-1"
TARGET_GROUP = "arn:aws:elasticloadbalancing:ca-central-1:123456789012:targetgroup/finks/1"
NAMES = Names("dev", ACCOUNT_ID)
SERVICE = "aws:ecs/service:Service"
SCHEDULE = "aws:scheduler/schedule:Schedule"
HOURS = {"officeHours": True}


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "dev", *, balanced: bool = True, **changes: Any) -> Graph:
        def make(context: Any) -> Orchestration:
            redis = context.settings.orchestration.redis
            args = OrchestrationArgs(
                config=context.settings.orchestration,
                vpc_id="vpc-1",
                task_subnet_ids=["subnet-1", "subnet-2"],
                server_security_group_id="sg-server",
                tasks_security_group_id="sg-tasks",
                cluster_arn=CLUSTER,
                server_task_definition_arn="arn:server:1",
                worker_task_definition_arn="arn:worker:1",
                services_task_definition_arn="arn:loops:1" if redis else None,
                target_group_arn=TARGET_GROUP if balanced else None,
                listener=random.RandomId("listener", byte_length=2) if balanced else None,
                database=random.RandomId("db", byte_length=2),
                database_secret_arn=DB_SECRET,
                role_arns={role: f"arn:role/{role}" for role in ROLES},
            )
            return Orchestration("orchestration", args, context)

        return record_component(make, stack=stack, **changes)

    return recorded


def service(graph: Graph, name: str) -> Resource:
    return graph.named(f"orchestration-{name}-service", SERVICE)


def test_server_and_worker_run_their_definitions_behind_their_groups(
    record: RecordComponent,
) -> None:
    graph = record()
    for name, definition, group, family in (
        ("server", "arn:server:1", "sg-server", NAMES.prefect_server),
        ("worker", "arn:worker:1", "sg-tasks", NAMES.prefect_worker),
    ):
        inputs = service(graph, name).inputs
        assert (inputs["name"], inputs["taskDefinition"]) == (family, definition)
        assert inputs["cluster"] == CLUSTER
        assert inputs["networkConfiguration"] == {
            "subnets": ["subnet-1", "subnet-2"],
            "securityGroups": [group],
            "assignPublicIp": False,
        }
        assert inputs["desiredCount"] == 1
        assert inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert inputs["propagateTags"] == "SERVICE"


def test_the_servers_name_states_the_threshold_without_which_the_provider_drops_it(
    record: RecordComponent,
) -> None:
    (name,) = record().of_type("aws:servicediscovery/service:Service")
    assert name.inputs["healthCheckCustomConfig"] == {"failureThreshold": 1}


def test_a_single_server_is_replaced_and_never_doubled(record: RecordComponent) -> None:
    graph = record()
    assert len(graph.of_type(SERVICE)) == 2
    inputs = service(graph, "server").inputs
    assert inputs["deploymentMinimumHealthyPercent"] == 0
    assert inputs["deploymentMaximumPercent"] == 100
    assert inputs["availabilityZoneRebalancing"] == "DISABLED"
    assert not graph.of_type("aws:appautoscaling/target:Target")


def test_a_scaled_api_overlaps_and_its_loops_run_once(record: RecordComponent) -> None:
    graph = record("prod")
    server, loops = service(graph, "server"), service(graph, "loops")
    assert server.inputs["deploymentMinimumHealthyPercent"] == 100
    assert server.inputs["deploymentMaximumPercent"] == 200
    assert server.ignore_changes == ("desiredCount",)
    assert loops.inputs["taskDefinition"] == "arn:loops:1"
    assert loops.inputs["desiredCount"] == 1
    assert loops.inputs["deploymentMaximumPercent"] == 100
    assert loops.inputs["networkConfiguration"]["securityGroups"] == ["sg-server"]
    assert loops.ignore_changes == ()
    assert server.urn in loops.dependencies


def test_the_api_scales_on_cpu_within_the_configured_bounds(record: RecordComponent) -> None:
    graph = record("prod")
    (target,) = graph.of_type("aws:appautoscaling/target:Target")
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (1, 3)
    assert target.inputs["resourceId"] == "service/finks-prod/finks-prod-prefect-server"
    (policy,) = graph.of_type("aws:appautoscaling/policy:Policy")
    tracking = policy.inputs["targetTrackingScalingPolicyConfiguration"]
    metric = tracking["predefinedMetricSpecification"]["predefinedMetricType"]
    assert metric == "ECSServiceAverageCPUUtilization"
    assert policy.inputs["resourceId"] == target.inputs["resourceId"]


@pytest.mark.parametrize(("stack", "provider"), [("dev", "FARGATE_SPOT"), ("prod", "FARGATE")])
def test_services_run_on_spot_in_dev_alone(
    record: RecordComponent, stack: str, provider: str
) -> None:
    for one in record(stack).of_type(SERVICE):
        (strategy,) = one.inputs["capacityProviderStrategies"]
        assert strategy["capacityProvider"] == provider
        assert one.inputs["enableExecuteCommand"] is (stack == "dev")


def test_the_server_joins_the_target_group_once_the_listener_is_there(
    record: RecordComponent,
) -> None:
    graph = record()
    server = service(graph, "server")
    assert server.inputs["loadBalancers"] == [
        {
            "targetGroupArn": TARGET_GROUP,
            "containerName": "prefect-server",
            "containerPort": 4200,
        }
    ]
    assert server.inputs["healthCheckGracePeriodSeconds"] >= 180
    for name in ("listener", "db"):
        assert graph.named(name).urn in server.dependencies


def test_without_a_balancer_the_server_has_its_name_alone(record: RecordComponent) -> None:
    inputs = service(record(balanced=False), "server").inputs
    assert "loadBalancers" not in inputs
    assert "healthCheckGracePeriodSeconds" not in inputs
    assert inputs["serviceRegistries"]["registryArn"].startswith("arn:aws:servicediscovery:")


def test_the_servers_name_is_the_one_that_the_blueprint_tells_clients(
    record: RecordComponent,
) -> None:
    graph = record()
    namespace = graph.named("orchestration-discovery-namespace")
    name = graph.named("orchestration-discovery-prefect")
    assert namespace.inputs["vpc"] == "vpc-1"
    assert name.inputs["dnsConfig"]["namespaceId"] == namespace.id
    api = graph.named("orchestration").outputs["prefectApiUrl"]
    assert api == f"http://{name.inputs['name']}.{namespace.inputs['name']}:4200/api"
    registry = service(graph, "server").inputs["serviceRegistries"]["registryArn"]
    assert registry == name.outputs["arn"]


def test_tasks_in_public_subnets_get_an_address(record: RecordComponent) -> None:
    for one in record(balanced=False, economy=True).of_type(SERVICE):
        assert one.inputs["networkConfiguration"]["assignPublicIp"] is True


def test_task_events_of_our_cluster_reach_the_workers_queue(record: RecordComponent) -> None:
    graph = record()
    rule = graph.named("orchestration-task-events-rule")
    assert json.loads(rule.inputs["eventPattern"]) == {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {"clusterArn": [CLUSTER]},
    }
    queue = graph.named("orchestration-task-events-queue")
    target = graph.named("orchestration-task-events-target")
    assert target.inputs["rule"] == rule.inputs["name"]
    assert target.inputs["arn"] == queue.outputs["arn"]
    assert queue.inputs["name"] == NAMES.observer_queue


def test_the_queue_takes_messages_from_that_rule_alone_and_only_over_tls(
    record: RecordComponent,
) -> None:
    graph = record()
    policy = json.loads(graph.named("orchestration-task-events-queue-policy").inputs["policy"])
    send, tls = policy["Statement"]
    assert send["Principal"] == {"Service": "events.amazonaws.com"}
    rule = graph.named("orchestration-task-events-rule")
    assert send["Condition"]["ArnEquals"]["aws:SourceArn"] == rule.outputs["arn"]
    assert tls["Effect"] == "Deny"
    dead = json.loads(graph.named("orchestration-task-events-dead-letters-policy").inputs["policy"])
    assert [statement["Effect"] for statement in dead["Statement"]] == ["Deny"]


def test_messages_are_encrypted_and_what_fails_thrice_is_kept_aside(
    record: RecordComponent,
) -> None:
    graph = record()
    queue = graph.named("orchestration-task-events-queue")
    dead = graph.named("orchestration-task-events-dead-letters")
    assert queue.inputs["sqsManagedSseEnabled"] is dead.inputs["sqsManagedSseEnabled"] is True
    redrive = json.loads(queue.inputs["redrivePolicy"])
    assert redrive == {"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 3}
    retention = [one.inputs["messageRetentionSeconds"] for one in (queue, dead)]
    assert retention == sorted(retention)


def test_a_rotation_restarts_what_reads_the_secret(record: RecordComponent) -> None:
    graph = record("prod")
    machine = graph.named("orchestration-redeploy-machine")
    assert machine.inputs["roleArn"] == "arn:role/redeploy"
    states = json.loads(machine.inputs["definition"])["States"]
    restarted = [state["Parameters"]["Service"] for state in states.values() if "Resource" in state]
    assert restarted == ["finks-prod-prefect-server", "finks-prod-prefect-services"]
    patterns = {}
    for name in ("rotation", "password-reset"):
        rule = graph.named(f"orchestration-redeploy-{name}-rule")
        target = graph.named(f"orchestration-redeploy-{name}-target")
        assert target.inputs["rule"] == rule.inputs["name"]
        assert target.inputs["arn"] == machine.outputs["arn"]
        assert target.inputs["roleArn"] == "arn:role/events"
        patterns[name] = json.loads(rule.inputs["eventPattern"])["detail"]
    assert patterns["rotation"] == {
        "eventName": ["RotationSucceeded"],
        "additionalEventData": {"SecretId": [DB_SECRET]},
    }
    assert patterns["password-reset"]["SourceIdentifier"] == ["finks-prod-prefect"]


def test_the_state_machine_goes_through_all_services_and_ends() -> None:
    machine = state_machine("cluster", ["one", "two"])
    states, seen, step = machine["States"], [], machine["StartAt"]
    while True:
        seen.append(step)
        state = states[step]
        if state.get("End"):
            break
        step = state["Next"]
    assert seen == list(states)
    assert len(seen) == 3
    for state in list(states.values())[1:]:
        assert state["Parameters"]["ForceNewDeployment"] is True
        assert state["Resource"] == "arn:aws:states:::aws-sdk:ecs:updateService"


def test_office_hours_start_the_database_first_and_stop_it_last(record: RecordComponent) -> None:
    graph = record(orchestration=HOURS)
    steps = []
    for schedule in graph.of_type(SCHEDULE):
        assert schedule.inputs["scheduleExpressionTimezone"] == "America/New_York"
        assert schedule.inputs["groupName"] == "finks-dev"
        assert schedule.inputs["target"]["roleArn"] == "arn:role/scheduler"
        minute, hour, rest = schedule.inputs["scheduleExpression"][5:-1].split(" ", 2)
        assert rest == "? * MON-FRI *"
        arguments = json.loads(schedule.inputs["target"]["input"])
        action = schedule.inputs["target"]["arn"].rpartition(":")[2]
        steps.append((int(hour) * 60 + int(minute), action, arguments))
    steps.sort(key=lambda step: step[0])
    actions = [action for _, action, _ in steps]
    assert actions == ["startDBInstance", *["updateService"] * 4, "stopDBInstance"]
    assert [step[2]["DesiredCount"] for step in steps[1:-1]] == [1, 1, 0, 0]
    services = {step[2]["Service"] for step in steps[1:-1]}
    assert services == {NAMES.prefect_server, NAMES.prefect_worker}
    assert {step[2]["Cluster"] for step in steps[1:-1]} == {NAMES.cluster}
    assert steps[0][2] == steps[-1][2] == {"DbInstanceIdentifier": NAMES.database_instance}


def test_office_hours_keep_their_count_through_a_deployment(record: RecordComponent) -> None:
    always, hours = record(), record(orchestration=HOURS)
    assert not always.of_type(SCHEDULE)
    for name in ("server", "worker"):
        assert service(always, name).ignore_changes == ()
        assert service(hours, name).ignore_changes == ("desiredCount",)
        assert service(always, name).inputs["waitForSteadyState"] is True
        assert service(hours, name).inputs["waitForSteadyState"] is False


def test_the_scaled_stack_with_office_hours_starts_as_many_as_its_minimum(
    record: RecordComponent,
) -> None:
    wanted = {"officeHours": True, "redis": True, "serverMin": 2, "serverMax": 3}
    graph = record("staging", orchestration=wanted)
    by_day = {}
    for schedule in graph.of_type(SCHEDULE):
        arguments = json.loads(schedule.inputs["target"]["input"])
        if arguments.get("DesiredCount"):
            by_day[arguments["Service"]] = arguments["DesiredCount"]
    assert by_day == {
        "finks-staging-prefect-server": 2,
        "finks-staging-prefect-services": 1,
        "finks-staging-prefect-worker": 1,
    }
