"""Prices of ECS: services all the time, tasks of the pipeline by the minute."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.cost.bill import Basis, Bill, Line, Rule
from graph.model import Graph, Resource

CLUSTER_METRICS, SERVICE_METRICS, TASK_METRICS = 8, 11, 6
"""Metrics that Container Insights publishes for each cluster, service and task family.

Source: the ECS example on CloudWatch's pricing page.
"""
_TASKS_OF_A_RUN = {
    "-fmp-ingestion": "ingestion_minutes",
    "-dbt": "dbt_minutes",
    "-flow-run": "flow_run_minutes",
}


@dataclass(frozen=True)
class _Size:
    vcpus: float
    memory_gb: float
    storage_gb: float
    arm: bool


def size_of(task: Resource) -> _Size:
    """Size of a Fargate task definition."""
    inputs = task.inputs
    platform = inputs.get("runtimePlatform") or {}
    storage = (inputs.get("ephemeralStorage") or {}).get("sizeInGib", 20)
    return _Size(
        vcpus=int(inputs["cpu"]) / 1024,
        memory_gb=int(inputs["memory"]) / 1024,
        storage_gb=max(0, int(storage) - 20),
        arm=platform.get("cpuArchitecture") == "ARM64",
    )


def price_factor(strategies: Sequence[Mapping[str, Any]], discount: float) -> float:
    """What Fargate costs under a capacity provider strategy, as part of the on-demand price.

    Weights share what is above the base; the base is one task of few, so it counts as all of it.
    """
    total = sum(int(entry.get("weight", 0)) for entry in strategies)
    spot = sum(
        int(entry.get("weight", 0))
        for entry in strategies
        if entry.get("capacityProvider") == "FARGATE_SPOT"
    )
    based = any(
        int(entry.get("base", 0)) > 0 and entry.get("capacityProvider") == "FARGATE"
        for entry in strategies
    )
    share = 0.0 if based or total == 0 else spot / total
    return 1 - discount * share


def _fargate(
    resource: Resource,
    bill: Bill,
    size: _Size,
    hours: float,
    factor: float,
    basis: Basis = "idle",
) -> Iterator[Line]:
    kind = "Fargate Spot" if factor < 1 else "Fargate"
    arm = "_arm" if size.arm else ""
    for what, key, amount in (
        ("vCPU", f"fargate{arm}_vcpu_hour", size.vcpus),
        ("memory", f"fargate{arm}_gb_hour", size.memory_gb),
        ("disk", "fargate_storage_gb_hour", size.storage_gb),
    ):
        if amount:
            yield bill.line(
                resource, f"{kind} {what}", key, amount * hours, basis=basis, factor=factor
            )


def _service(resource: Resource, bill: Bill) -> Iterator[Line]:
    task = _task_of(resource, bill.graph)
    name = str(resource.inputs.get("name") or resource.name)
    count = _desired(resource, bill.graph)
    hours = count * bill.hours.of(name)
    strategies = resource.inputs.get("capacityProviderStrategies") or []
    factor = price_factor(strategies, bill.usage.spot_discount)
    yield from _fargate(resource, bill, size_of(task), hours, factor)
    network = resource.inputs.get("networkConfiguration") or {}
    if network.get("assignPublicIp"):
        yield bill.line(resource, "public address", "public_ipv4_hour", hours)
    logs = bill.usage.idle["log_gb_a_service"] * count
    yield bill.line(resource, "logs", "log_ingest_gb", logs)


def _desired(service: Resource, graph: Graph) -> int:
    name = str(service.inputs.get("name") or service.name)
    for target in graph.of_type("aws:appautoscaling/target:Target"):
        if str(target.inputs.get("resourceId", "")).endswith(f"/{name}"):
            return max(1, int(target.inputs["minCapacity"]))
    return int(service.inputs.get("desiredCount", 0))


def _task_of(service: Resource, graph: Graph) -> Resource:
    wanted = service.inputs.get("taskDefinition")
    for task in graph.of_type("aws:ecs/taskDefinition:TaskDefinition"):
        if wanted in {task.outputs.get("arn"), task.inputs.get("family"), task.id}:
            return task
    raise LookupError(f"service {service.name}: no task definition of the graph is {wanted}")


def _task_definition(resource: Resource, bill: Bill) -> Iterator[Line]:
    family = str(resource.inputs["family"])
    minutes = next(
        (key for ending, key in _TASKS_OF_A_RUN.items() if family.endswith(ending)), None
    )
    if minutes is None:
        return  # a service's: its hours are priced there
    hours = bill.usage.pipeline["runs"] * bill.usage.pipeline[minutes] / 60
    strategies: list[dict[str, Any]] = []
    for providers in bill.graph.of_type(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
    ):
        strategies = providers.inputs.get("defaultCapacityProviderStrategies") or []
    factor = price_factor(strategies, bill.usage.spot_discount)
    yield from _fargate(resource, bill, size_of(resource), hours, factor, "pipeline")


def _cluster(resource: Resource, bill: Bill) -> Iterator[Line]:
    settings = {
        entry.get("name"): entry.get("value") for entry in resource.inputs.get("settings") or []
    }
    if settings.get("containerInsights", "disabled") == "disabled":
        return
    services = len(bill.graph.of_type("aws:ecs/service:Service"))
    metrics = CLUSTER_METRICS + services * (SERVICE_METRICS + TASK_METRICS)
    yield bill.line(resource, "Container Insights", "custom_metric_month", metrics)


def _repository(resource: Resource, bill: Bill) -> Iterator[Line]:
    yield bill.line(resource, "images", "ecr_gb_month", bill.usage.idle["ecr_gb"])


def _function(resource: Resource, bill: Bill) -> Iterator[Line]:
    calls = bill.usage.pipeline["lambda_requests"]
    memory = int(resource.inputs.get("memorySize", 128)) / 1024
    seconds = calls * bill.usage.pipeline["lambda_seconds"] * memory
    yield bill.line(resource, "requests", "lambda_request", calls, basis="pipeline")
    yield bill.line(resource, "run time", "lambda_gb_second", seconds, basis="pipeline")


def _rest_api(resource: Resource, bill: Bill) -> Iterator[Line]:
    calls = bill.usage.pipeline["api_requests"]
    yield bill.line(resource, "requests", "rest_api_request", calls, basis="pipeline")


def _state_machine(resource: Resource, bill: Bill) -> Iterator[Line]:
    if json.loads(resource.inputs.get("definition") or "{}").get("States"):
        transitions = bill.usage.pipeline["redeploy_transitions"]
        yield bill.line(resource, "transitions", "state_transition", transitions, basis="pipeline")


RULES: dict[str, Rule] = {
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:ecr/repository:Repository": _repository,
    "aws:ecs/cluster:Cluster": _cluster,
    "aws:ecs/service:Service": _service,
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:lambda/function:Function": _function,
    "aws:sfn/stateMachine:StateMachine": _state_machine,
}
