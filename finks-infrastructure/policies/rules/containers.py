"""Containers: what runs in them is known, cannot change itself, and has no spare rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.documents import containers
from rules.rule import Stack, Subject, resource_rule, stack_rule

TASK = "aws:ecs/taskDefinition:TaskDefinition"
REPOSITORY = "aws:ecr/repository:Repository"
_SECRET_NAME = re.compile(
    r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|AUTH_STRING)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"_(ARN|NAME|ID|URI|PATH|FILE)$", re.IGNORECASE)
"""Names that end so hold where a secret is, not what it is."""
_SECRET_VALUE = re.compile(
    r"(AKIA|ASIA)[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s:@]+@"
)
_MOVING_TAGS = {"latest", "main", "master", "dev", "staging", "prod", "stable", "edge"}


def looks_secret(name: str, value: str) -> bool:
    """Whether an environment variable gives a secret away, by its name or by its value."""
    named = bool(_SECRET_NAME.search(name)) and not _REFERENCE.search(name)
    return bool(value) and (named or bool(_SECRET_VALUE.search(value)))


@resource_rule(
    "container-read-only-root",
    TASK,
    why="Code that was smuggled in cannot stay where nothing can be written.",
    remedy="set readonlyRootFilesystem: true and mount a volume where the program writes",
)
def container_read_only_root(task: Subject) -> Iterator[str]:
    """Every container's root file system."""
    for container in containers(task):
        if container.get("readonlyRootFilesystem") is not True:
            yield f"{container.get('name')} can write to its root file system"


@resource_rule(
    "container-not-privileged",
    TASK,
    why="A privileged container, or one with added capabilities, is not contained.",
    remedy="remove privileged and linuxParameters.capabilities.add",
)
def container_not_privileged(task: Subject) -> Iterator[str]:
    """No container has more rights than Docker's default."""
    for container in containers(task):
        capabilities = (container.get("linuxParameters") or {}).get("capabilities") or {}
        if container.get("privileged"):
            yield f"{container.get('name')} is privileged"
        if added := capabilities.get("add"):
            yield f"{container.get('name')} adds {', '.join(added)}"


@resource_rule(
    "container-not-root",
    TASK,
    why="Root in a container is root on its host as soon as the kernel has a fault.",
    remedy="set user to a number other than 0",
)
def container_not_root(task: Subject) -> Iterator[str]:
    """Every container names a user, and it is not root."""
    for container in containers(task):
        user = str(container.get("user") or "").partition(":")[0]
        if user in {"", "root", "0"}:
            yield f"{container.get('name')} runs as {user or 'whatever its image says'}"


@resource_rule(
    "container-no-plain-secrets",
    TASK,
    why="Environment variables of a task definition are shown to everybody who may describe it.",
    remedy="move it to secrets with the ARN in Secrets Manager",
)
def container_no_plain_secrets(task: Subject) -> Iterator[str]:
    """No secret among the environment variables; the value is never repeated."""
    for container in containers(task):
        for variable in container.get("environment") or ():
            name, value = str(variable.get("name")), str(variable.get("value") or "")
            if looks_secret(name, value):
                yield f"{container.get('name')} holds {name} in clear text"


@resource_rule(
    "container-image-pinned",
    TASK,
    why="What runs tomorrow has to be what was tested today.",
    remedy="name the image by digest, or by the tag of a build",
)
def container_image_pinned(task: Subject) -> Iterator[str]:
    """Digest, or a tag that does not move."""
    for container in containers(task):
        image = str(container.get("image") or "")
        if "@sha256:" in image:
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        if not tag or tag in _MOVING_TAGS:
            yield f"{container.get('name')} runs {image or 'no image'}"


@resource_rule(
    "container-logs",
    TASK,
    why="What a task without log configuration said is gone with it.",
    remedy="set logConfiguration with awslogs and the family's log group",
)
def container_logs(task: Subject) -> Iterator[str]:
    """Every container logs."""
    for container in containers(task):
        configuration = container.get("logConfiguration") or {}
        driver = configuration.get("logDriver")
        group = (configuration.get("options") or {}).get("awslogs-group")
        if not driver or (driver == "awslogs" and not group):
            yield f"{container.get('name')} logs nowhere"


@resource_rule(
    "task-own-roles",
    TASK,
    why="The execution role reads every secret that it injects; the program must not have it.",
    remedy="set taskRoleArn and executionRoleArn to two roles",
)
def task_own_roles(task: Subject) -> Iterator[str]:
    """A role for ECS, another one for the program."""
    if not task.has("executionRoleArn") or not task.has("taskRoleArn"):
        yield "a role is missing"
    elif task.get("executionRoleArn") == task.get("taskRoleArn"):
        yield "the program runs with ECS's own role"


@resource_rule(
    "ecs-exec-off",
    "aws:ecs/service:Service",
    why="A shell in a production task is a change that nobody reviewed.",
    remedy="set enableExecuteCommand: false",
)
def ecs_exec_off(service: Subject) -> Iterator[str]:
    """No shell in production."""
    if service.is_production and service.get("enableExecuteCommand") is True:
        yield f"a shell can be opened in tasks of {service.environment}"


@resource_rule(
    "ecr-immutable-tags",
    REPOSITORY,
    why="A tag that can move makes a rollback start something else.",
    remedy="set imageTagMutability: IMMUTABLE",
)
def ecr_immutable_tags(repository: Subject) -> Iterator[str]:
    """Tags of every repository stay."""
    if repository.get("imageTagMutability") != "IMMUTABLE":
        yield "tags can be moved"


@resource_rule(
    "ecr-scan-on-push",
    REPOSITORY,
    why="Known vulnerabilities are found when an image comes in, not when it is abused.",
    remedy="set imageScanningConfiguration.scanOnPush: true",
)
def ecr_scan_on_push(repository: Subject) -> Iterator[str]:
    """Every image is scanned."""
    if repository.within("imageScanningConfiguration").get("scanOnPush") is not True:
        yield "images are not scanned"


@stack_rule(
    "ecr-old-images-expire",
    REPOSITORY,
    why="Every build adds an image of several hundred MB, billed until somebody deletes it.",
    remedy="add a LifecyclePolicy that keeps the last images",
)
def ecr_old_images_expire(repository: Subject, stack: Stack) -> Iterator[str]:
    """Every repository forgets old images."""
    if not stack.referring("repository", repository, "aws:ecr/lifecyclePolicy:LifecyclePolicy"):
        yield "old images stay for ever"
