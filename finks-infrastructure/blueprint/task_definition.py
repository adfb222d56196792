"""One-container ECS task definitions, hardened alike, in ECS's own shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blueprint.names import IMAGE_PROJECTS, REGION, Names

USER = "10001"
"""The user that every Dockerfile makes; it owns no file of the image but the volumes."""
STOP_SECONDS = 120
"""From SIGTERM to SIGKILL: as long as Fargate allows, and as long as Spot's notice."""
LOG_BUFFER = "25m"
"""Lines that wait for CloudWatch are kept in this much memory, and dropped beyond it: a log
service that is down then costs log lines, and never stops the container."""
LOCAL_IMAGES = {project: f"{project}:local" for project in IMAGE_PROJECTS}
"""Images by project as the local cloud names them: it finds the project by the repository."""


@dataclass(frozen=True)
class Volume:
    """A folder of the container that can be written to; it lives as long as its task.

    Fargate gives an empty volume to root, unless the image declares the path with VOLUME: then
    the folder keeps the owner and the mode that it has in the image. So every path that is not
    root's stands in the Dockerfile as well (tests/contracts/test_prefect.py).
    """

    name: str
    path: str


TMP = Volume("tmp", "/tmp")  # noqa: S108 (the container's own)
EXEC_VOLUMES = (Volume("ssm-state", "/var/lib/amazon"), Volume("ssm-logs", "/var/log/amazon"))
"""What the agent of ECS Exec, which runs as root, writes to."""


@dataclass(frozen=True)
class TaskDefinition:
    """An ECS task definition with one container; `cpu` in CPU units, `memory` in MiB."""

    family: str
    cpu: int
    memory: int
    container: dict[str, Any]
    role: str
    """The workload (blueprint.names.ROLES) whose role the task has."""
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True)
class ContainerPlatform:
    """What the containers of a stack have in common."""

    names: Names
    images: Mapping[str, str]
    """Image reference by project."""
    region: str = REGION
    exec_enabled: bool = False

    def volumes(self, *own: Volume) -> tuple[Volume, ...]:
        """The volumes of a task: its own, and with ECS Exec those of the agent."""
        return (*own, *EXEC_VOLUMES) if self.exec_enabled else own


def container(
    platform: ContainerPlatform,
    *,
    family: str,
    name: str,
    project: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    volumes: Sequence[Volume],
    entry_point: Sequence[str] = (),
    health_check: Mapping[str, Any] | None = None,
    port: int | None = None,
) -> dict[str, Any]:
    """A container definition; variables with an empty value are left out.

    `secrets` are `valueFrom` references by variable: a secret's ARN, or `arn:key::` for one key
    of its JSON.
    """
    names = platform.names
    definition: dict[str, Any] = {
        "name": name,
        "image": platform.images[project],
        "essential": True,
        "user": USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "capabilities": {"drop": ["ALL"]},
            "initProcessEnabled": True,
        },
        "stopTimeout": STOP_SECONDS,
        "command": list(command),
        "environment": [
            {"name": key, "value": value}
            for key, value in {"FINKS_ENV": names.environment, **environment}.items()
            if value
        ],
        "secrets": [{"name": key, "valueFrom": value} for key, value in secrets.items()],
        "mountPoints": [
            {"sourceVolume": volume.name, "containerPath": volume.path, "readOnly": False}
            for volume in volumes
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": names.log_group(family),
                "awslogs-region": platform.region,
                "awslogs-stream-prefix": "ecs",
                "mode": "non-blocking",
                "max-buffer-size": LOG_BUFFER,
            },
        },
    }
    if entry_point:
        definition["entryPoint"] = list(entry_point)
    if health_check:
        definition["healthCheck"] = dict(health_check)
    if port is not None:
        definition["portMappings"] = [{"containerPort": port, "hostPort": port, "protocol": "tcp"}]
    return definition


def http_health_check(url: str, *, start_seconds: int) -> dict[str, Any]:
    """A health check by HTTP GET from inside the container, whose image has no curl.

    `start_seconds` are those in which a failure does not count yet (ECS allows 300).
    """
    code = f"import urllib.request as r; r.urlopen('{url}', timeout=5)"
    return {
        "command": ["CMD", "python", "-c", code],
        "interval": 30,
        "timeout": 10,
        "retries": 3,
        "startPeriod": start_seconds,
    }
