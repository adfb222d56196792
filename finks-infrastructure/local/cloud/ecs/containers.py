"""A container of a task definition as a command of this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.ecs.errors import TaskStartError
from local.cloud.processes import STATE_MARKER
from local.cloud.service import CloudContext

Document = dict[str, Any]

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
DEFAULT_STOP_SECONDS = 30
_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")


@dataclass(frozen=True)
class ContainerCommand:
    """What runs in place of a container."""

    name: str
    arguments: tuple[str, ...]
    project: Path
    environment: dict[str, str]
    essential: bool
    stop_seconds: float


def repository_of(image: str) -> str:
    """The repository's own name in ``[registry/][path/]name[:tag][@digest]``."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def container_command(
    context: CloudContext,
    definition: Document,
    override: Document,
    secrets: dict[str, str],
    scratch: Path,
) -> ContainerCommand:
    """Render a container definition and its override; raises TaskStartError.

    The environment is made from nothing, so that nothing of the shell in which the local cloud
    was started leaks into a task: what it needs has to stand in its task definition, as on AWS.
    Later ones win: the image's, the AWS client's, the definition's, secrets, the override's.
    """
    name = definition["name"]
    project = _project(context, definition)
    if definition.get("environmentFiles"):
        raise TaskStartError(
            f"CannotStartContainerError: container {name} has environmentFiles, which the local "
            "cloud does not read: use environment instead", name
        )  # fmt: skip
    arguments = (
        *(definition.get("entryPoint") or ()),
        *(override.get("command") or definition.get("command") or ()),
    )
    if not arguments:
        raise TaskStartError(
            f"CannotStartContainerError: no command specified: give container {name} an "
            "entryPoint or a command in its task definition", name
        )  # fmt: skip
    return ContainerCommand(
        name=name,
        arguments=arguments,
        project=project,
        environment={
            **_image_environment(project, scratch),
            **context.client_environment(),
            **_pairs(definition.get("environment")),
            **secrets,
            **_pairs(override.get("environment")),
            STATE_MARKER: str(context.state_dir),
        },
        essential=definition.get("essential", True),
        stop_seconds=float(definition.get("stopTimeout") or DEFAULT_STOP_SECONDS),
    )


def _project(context: CloudContext, definition: Document) -> Path:
    image = definition["image"]
    repository = repository_of(image)
    project = context.projects_dir / repository
    if not _REPOSITORY.fullmatch(repository) or not project.is_dir():
        raise TaskStartError(
            f"CannotPullContainerError: {image}: not found: the local cloud has no project "
            f"{repository!r}; name the image's repository like the folder of its project",
        )
    if not (project / ".venv" / "bin" / "python").exists():
        raise TaskStartError(
            f"CannotPullContainerError: {image}: the project {repository} has no virtual "
            "environment; run `make setup`",
        )
    return project


def _image_environment(project: Path, scratch: Path) -> dict[str, str]:
    return {
        "PATH": f"{project / '.venv' / 'bin'}:{SYSTEM_PATH}",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        # As in the images: without it, what a killed process had to say is lost in its buffer.
        "PYTHONUNBUFFERED": "1",
    }


def _pairs(items: list[dict[str, str]] | None) -> dict[str, str]:
    return {item["name"]: item["value"] for item in items or []}
