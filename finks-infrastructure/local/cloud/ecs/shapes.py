"""Tasks and containers in the JSON shapes of ECS."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

from local.cloud.ecs.requests import TaskRequest
from local.cloud.service import CloudContext

Document = dict[str, Any]

PLATFORM_VERSION = "1.4.0"


@dataclass(frozen=True)
class StopCause:
    """Why a task stops: ECS's stop code, and the sentence that a person reads."""

    code: str
    reason: str


ESSENTIAL_EXITED = StopCause("EssentialContainerExited", "Essential container in task exited")
HOST_TERMINATED = StopCause(
    "TerminationNotice",
    "Host terminated: the local cloud ended while the task was running; run the task again.",
)
HOST_STOPPED = StopCause(
    "TerminationNotice",
    "Host terminated: the local cloud was stopped; run the task again once it is back.",
)


def new_task(context: CloudContext, wanted: TaskRequest) -> Document:
    """A task that was just accepted: PROVISIONING, with its containers PENDING."""
    request = wanted.request
    task_id = uuid.uuid4().hex
    prefix = f"arn:aws:ecs:{context.region}:{context.account_id}"
    task_arn = f"{prefix}:task/{wanted.cluster.name}/{task_id}"
    definition = wanted.definition
    cpu = wanted.overrides.get("cpu") or definition.get("cpu") or "256"
    memory = wanted.overrides.get("memory") or definition.get("memory") or "512"
    tags = list(request.get("tags") or [])
    if request.get("propagateTags") == "TASK_DEFINITION":
        own = {tag["key"] for tag in tags}
        tags += [tag for tag in wanted.definition_tags if tag["key"] not in own]
    task: Document = {
        "attachments": [],
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": f"{context.region}a",
        "clusterArn": wanted.cluster.arn,
        "containers": [
            _new_container(prefix, wanted.cluster.name, task_arn, container)
            for container in definition["containerDefinitions"]
        ],
        "cpu": str(cpu),
        "createdAt": time.time(),
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": False,
        "ephemeralStorage": {"sizeInGiB": 20},
        "group": request.get("group") or f"family:{definition['family']}",
        "healthStatus": "UNKNOWN",
        "lastStatus": "PROVISIONING",
        "launchType": "FARGATE",
        "memory": str(memory),
        "overrides": wanted.overrides,
        "platformFamily": "Linux",
        "platformVersion": _platform(request.get("platformVersion")),
        "tags": tags,
        "taskArn": task_arn,
        "taskDefinitionArn": definition["taskDefinitionArn"],
        "version": 1,
    }
    if wanted.capacity_provider:
        task["capacityProviderName"] = wanted.capacity_provider
    if request.get("startedBy"):
        task["startedBy"] = request["startedBy"]
    return task


def task_id_of(identifier: str) -> str:
    """The id of a task that is named by its id or its ARN."""
    return identifier.rpartition("/")[2]


def execution_id(task_id: str, container: str) -> str:
    """What marks the processes of one container of a task."""
    return f"{task_id}/{container}"


def family_of(definition_arn: str) -> str:
    """The family of a task definition ARN."""
    return definition_arn.rpartition("/")[2].rpartition(":")[0]


def _platform(asked: str | None) -> str:
    return PLATFORM_VERSION if asked in (None, "", "LATEST") else str(asked)


def _new_container(prefix: str, cluster: str, task_arn: str, container: Document) -> Document:
    task_id = task_id_of(task_arn)
    shape: Document = {
        "containerArn": f"{prefix}:container/{cluster}/{task_id}/{uuid.uuid4()}",
        "cpu": str(container.get("cpu", 0)),
        "healthStatus": "UNKNOWN",
        "image": container["image"],
        "lastStatus": "PENDING",
        "name": container["name"],
        "networkInterfaces": [],
        "taskArn": task_arn,
    }
    for key in ("memory", "memoryReservation"):
        if container.get(key):
            shape[key] = str(container[key])
    return shape
