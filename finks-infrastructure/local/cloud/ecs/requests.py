"""What RunTask is asked for, checked as ECS checks it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.cloud.clients import ControlPlane
from local.cloud.service import AwsError, Request

MAX_COUNT = 10
MAX_OVERRIDES_CHARACTERS = 8192
_FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")

Document = dict[str, Any]


@dataclass(frozen=True)
class Cluster:
    """An active ECS cluster."""

    name: str
    arn: str
    default_strategy: tuple[Document, ...]


@dataclass(frozen=True)
class TaskRequest:
    """A RunTask request that ECS would accept."""

    cluster: Cluster
    definition: Document
    """The task definition, in the shape of DescribeTaskDefinition."""
    definition_tags: list[Document]
    overrides: Document
    capacity_provider: str | None
    count: int
    request: Request


def find_cluster(control: ControlPlane, name: str | None) -> Cluster:
    """The cluster by name or ARN (``default`` when not given); ClusterNotFoundException."""
    described = control.ecs.describe_clusters(clusters=[name or "default"])["clusters"]
    if not described:
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    cluster = described[0]
    if cluster.get("status") == "INACTIVE":
        raise AwsError("ClusterNotFoundException", "The referenced cluster was inactive.")
    strategy = tuple(dict(item) for item in cluster.get("defaultCapacityProviderStrategy") or ())
    return Cluster(cluster["clusterName"], cluster["clusterArn"], strategy)


def read_request(control: ControlPlane, request: Request) -> TaskRequest:
    """Check a RunTask request; raises the AwsError with which ECS would refuse it."""
    cluster = find_cluster(control, request.get("cluster"))
    count = int(request.get("count") or 1)
    if not 1 <= count <= MAX_COUNT:
        raise _invalid(f"Count must be between 1 and {MAX_COUNT}.")
    definition, tags = _find_definition(control, request.get("taskDefinition"))
    provider = _capacity_provider(request, cluster)
    _check_launch(request, definition, provider)
    return TaskRequest(
        cluster=cluster,
        definition=definition,
        definition_tags=tags,
        overrides=_check_overrides(request.get("overrides") or {}, definition),
        capacity_provider=provider,
        count=count,
        request=request,
    )


def _find_definition(
    control: ControlPlane, identifier: str | None
) -> tuple[Document, list[Document]]:
    if not identifier:
        raise AwsError("ClientException", "TaskDefinition can not be blank.")
    try:
        answer = control.ecs.describe_task_definition(taskDefinition=identifier, include=["TAGS"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ClientException":
            raise
        raise AwsError("ClientException", "TaskDefinition not found.") from error
    definition: Document = dict(answer["taskDefinition"])
    if definition.get("status") == "INACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    return definition, [dict(tag) for tag in answer.get("tags") or []]


def _capacity_provider(request: Request, cluster: Cluster) -> str | None:
    """The provider of the first strategy item, None when a launch type decides."""
    strategy = request.get("capacityProviderStrategy")
    if strategy and request.get("launchType"):
        raise _invalid(
            "Specifying both a launch type and capacity provider strategy is not supported. "
            "Remove one and try again."
        )
    if not strategy and not request.get("launchType"):
        strategy = cluster.default_strategy
    return str(strategy[0]["capacityProvider"]) if strategy else None


def _check_launch(request: Request, definition: Document, provider: str | None) -> None:
    if provider is not None and provider not in _FARGATE_PROVIDERS:
        raise _invalid(
            f"The specified capacity provider {provider} was not found. "
            f"This cluster has {' and '.join(_FARGATE_PROVIDERS)}."
        )
    if provider is None and request.get("launchType", "EC2") != "FARGATE":
        # As in a cluster without instances; on Fargate both kinds of cluster look the same.
        raise _invalid("No Container Instances were found in your cluster.")
    if "FARGATE" not in (definition.get("compatibilities") or ["FARGATE"]):
        raise _invalid("Task definition does not support launch_type FARGATE.")
    network = (request.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if network is None:
        raise _invalid(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if not network.get("subnets"):
        raise _invalid("subnets can not be empty.")


def _check_overrides(overrides: Document, definition: Document) -> Document:
    if len(json.dumps(overrides, separators=(",", ":"))) > MAX_OVERRIDES_CHARACTERS:
        raise _invalid(f"Container Overrides length must be at most {MAX_OVERRIDES_CHARACTERS}")
    names = [container["name"] for container in definition["containerDefinitions"]]
    given: dict[str, Document] = {}
    for override in overrides.get("containerOverrides") or []:
        name = override.get("name")
        if name not in names:
            raise _invalid(
                f"Override for container named {name} is not a container in the TaskDefinition."
            )
        given[name] = override
    return {
        **overrides,
        "containerOverrides": [given.get(name, {"name": name}) for name in names],
        "inferenceAcceleratorOverrides": overrides.get("inferenceAcceleratorOverrides") or [],
    }


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
