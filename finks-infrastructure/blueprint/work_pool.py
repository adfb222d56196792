"""The ecs work pool: how the Prefect worker starts a flow run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from blueprint.names import Names

CONTAINER = "prefect"
"""The name by which Prefect's worker and observer know the container of a flow run."""


def base_job_template(
    names: Names,
    *,
    subnets: Sequence[str],
    security_group: str,
    public_address: bool,
    auth_secret_arn: str,
    spot: bool,
    exec_enabled: bool,
) -> dict[str, Any]:
    """The pool's base job template, in the shape of `prefect work-pool create`.

    It names the family of our own task definition, so the newest revision runs and the worker
    registers none: it needs no permission to, and whoever may deploy flows cannot choose an
    image or a role. What a deployment may change are the variables below.
    """
    request: dict[str, Any] = {
        "cluster": names.cluster,
        "taskDefinition": names.flow_run_task,
        "capacityProviderStrategy": [
            {"capacityProvider": capacity_provider(spot), "weight": 1, "base": 0}
        ],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": list(subnets),
                "securityGroups": [security_group],
                "assignPublicIp": "ENABLED" if public_address else "DISABLED",
            }
        },
        "overrides": {
            "containerOverrides": [
                {"name": CONTAINER, "command": "{{ command }}", "environment": "{{ env }}"}
            ],
            "cpu": "{{ cpu }}",
            "memory": "{{ memory }}",
        },
        "tags": "{{ labels }}",
        "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": True,
        "enableExecuteCommand": exec_enabled,
    }
    return {
        "job_configuration": {
            "name": "{{ name }}",
            "command": "{{ command }}",
            "env": "{{ env }}",
            "labels": "{{ labels }}",
            "cluster": names.cluster,
            "container_name": CONTAINER,
            # The task definition injects it; so the worker does not write it, readable for all
            # who may describe tasks, into the task's overrides.
            "prefect_api_auth_string_secret_arn": auth_secret_arn,
            "task_run_request": request,
        },
        "variables": {"type": "object", "properties": _VARIABLES},
    }


def capacity_provider(spot: bool) -> str:
    """The cluster's capacity provider of all tasks of a stack."""
    return "FARGATE_SPOT" if spot else "FARGATE"


_VARIABLES: dict[str, Any] = {
    "name": {
        "title": "Name",
        "description": "Name of the run's infrastructure; unset: that of the flow run",
        "type": "string",
    },
    "command": {
        "title": "Command",
        "description": "Command of the container; unset: the one that executes the flow run",
        "type": "string",
    },
    "env": {
        "title": "Environment",
        "description": "Variables that are added to the container's",
        "type": "object",
        "additionalProperties": {"type": "string"},
    },
    "labels": {
        "title": "Labels",
        "description": "Tags of the ECS task besides Prefect's own",
        "type": "object",
        "additionalProperties": {"type": "string"},
    },
    "cpu": {
        "title": "CPU",
        "description": "CPU units of the task (1024 are one vCPU); goes together with memory",
        "type": "integer",
    },
    "memory": {
        "title": "Memory",
        "description": "Memory of the task in MiB, in a size that Fargate offers with the CPU",
        "type": "integer",
    },
}
