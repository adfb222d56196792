"""Runs a container to its end: ECS RunTask on Fargate, its log followed, its exit reported."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from prefect.logging import get_run_logger

from config import Settings
from errors import (
    CapacityError,
    ContainerFailedError,
    ContainerInterruptedError,
    PermanentError,
    TimeLimitError,
)
from tasks.common import aws_errors, correlation_id
from tasks.logs import Document, LogTail

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef

STOPPED = "STOPPED"
KILLED, TERMINATED = 137, 143


@dataclass(frozen=True)
class Container:
    """What to run: the family of the task definition and its container."""

    family: str
    name: str
    timeout_minutes: float


@dataclass(frozen=True)
class ContainerRun:
    """How a container ended."""

    task_id: str
    exit_code: int
    reason: str
    summary: Document
    errors: tuple[str, ...]
    last_line: str

    @property
    def complaint(self) -> str:
        """The container's own words about what went wrong."""
        told = self.summary.get("error") or next(reversed(self.errors), "")
        return str(told or self.last_line or self.reason)


def run_container(
    settings: Settings, container: Container, environment: Mapping[str, str]
) -> ContainerRun:
    """Start the container with an environment and wait until it has ended.

    Whatever interrupts the waiting (cancellation, a time limit, an error) stops the task.
    Raises CapacityError, TimeLimitError, ContainerInterruptedError for a task that never
    reached its exit, and PermanentError for a task that cannot start.
    """
    ecs = boto3.client("ecs")
    with aws_errors("start a task"):
        tail = _log_tail(ecs, container)
        task_arn = _start(ecs, settings, container, environment)
    task_id = task_arn.rsplit("/", 1)[-1]
    logger = get_run_logger()
    logger.info("ECS task %s of %s started", task_id, container.family)
    log = LogTail(boto3.client("logs"), tail.group, tail.stream_of(task_id), logger)
    with _stopped_on_error(ecs, settings.names.cluster, task_arn):
        task = _wait(ecs, settings, container, task_arn, log)
    return _ended(container, task_id, task, log)


@dataclass(frozen=True)
class _LogTarget:
    group: str
    prefix: str
    container: str

    def stream_of(self, task_id: str) -> str:
        return f"{self.prefix}/{self.container}/{task_id}"


def _log_tail(ecs: ECSClient, container: Container) -> _LogTarget:
    try:
        found = ecs.describe_task_definition(taskDefinition=container.family)["taskDefinition"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ClientException":
            raise
        raise PermanentError(
            f"there is no task definition {container.family}: deploy the infrastructure of this"
            " environment first"
        ) from error
    for definition in found["containerDefinitions"]:
        if definition["name"] == container.name:
            options = definition["logConfiguration"]["options"]
            return _LogTarget(
                options["awslogs-group"], options["awslogs-stream-prefix"], container.name
            )
    raise PermanentError(
        f"task definition {container.family} has no container {container.name}: deploy flows and"
        " infrastructure of the same release"
    )


def _start(
    ecs: ECSClient, settings: Settings, container: Container, environment: Mapping[str, str]
) -> str:
    if not settings.subnets or not settings.security_groups:
        raise PermanentError(
            "no network to run tasks in: set FINKS_SUBNETS and FINKS_SECURITY_GROUPS"
        )
    answer = ecs.run_task(
        cluster=settings.names.cluster,
        taskDefinition=container.family,
        launchType="FARGATE",
        count=1,
        startedBy=correlation_id()[:36],
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": list(settings.subnets),
                "securityGroups": list(settings.security_groups),
                "assignPublicIp": "ENABLED" if settings.assign_public_ip else "DISABLED",
            }
        },
        overrides={
            "containerOverrides": [
                {
                    "name": container.name,
                    "environment": [{"name": k, "value": v} for k, v in environment.items()],
                }
            ]
        },
    )
    if not answer["tasks"]:
        reasons = "; ".join(
            f"{f.get('reason', '')} {f.get('detail', '')}".strip() for f in answer["failures"]
        )
        raise CapacityError(f"ECS could not place a task of {container.family}: {reasons}")
    return answer["tasks"][0]["taskArn"]


def _wait(
    ecs: ECSClient, settings: Settings, container: Container, task_arn: str, log: LogTail
) -> TaskTypeDef:
    deadline = time.monotonic() + container.timeout_minutes * 60
    while True:
        with aws_errors("describe a task"):
            found = ecs.describe_tasks(cluster=settings.names.cluster, tasks=[task_arn])["tasks"]
            log.follow()
        if not found:
            raise ContainerInterruptedError(f"ECS no longer knows task {task_arn}", None)
        if found[0].get("lastStatus") == STOPPED:
            # The last lines may reach CloudWatch a moment after the task has ended.
            time.sleep(settings.poll_seconds)
            log.follow()
            return found[0]
        if time.monotonic() > deadline:
            raise TimeLimitError(
                f"{container.family} took longer than {container.timeout_minutes:g} minutes and"
                " was stopped: run a shorter range, or raise its FINKS_…_TIMEOUT_MINUTES"
            )
        time.sleep(settings.poll_seconds)


@contextmanager
def _stopped_on_error(ecs: ECSClient, cluster: str, task_arn: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        # Also a cancelled flow run: Prefect raises its signal here.
        ecs.stop_task(cluster=cluster, task=task_arn, reason=f"flow run: {type(error).__name__}")
        raise


def _ended(container: Container, task_id: str, task: TaskTypeDef, log: LogTail) -> ContainerRun:
    found: dict[str, Any] = {}
    for state in task.get("containers", []):
        if state.get("name") == container.name:
            found = dict(state)
    reason = str(found.get("reason") or task.get("stoppedReason", ""))
    exit_code = found.get("exitCode")
    if exit_code is None:
        message = f"task {task_id} of {container.family} ended without an exit code: {reason}"
        if task.get("stopCode") == "TaskFailedToStart" and "apacity" not in reason:
            raise ContainerFailedError(
                f"{message}. Look at its image, its secrets and its execution role", None
            )
        raise ContainerInterruptedError(message, None)
    if exit_code in (KILLED, TERMINATED):
        raise ContainerInterruptedError(
            f"task {task_id} of {container.family} was killed (exit {exit_code}): {reason}",
            exit_code,
        )
    return ContainerRun(
        task_id=task_id,
        exit_code=exit_code,
        reason=reason,
        summary=log.summary,
        errors=tuple(log.errors),
        last_line=log.last_line,
    )


def stop_tasks_of(settings: Settings, started_by: str) -> list[str]:
    """Stop what a flow run has started and left running; returns the ARNs."""
    ecs = boto3.client("ecs")
    cluster = settings.names.cluster
    running = ecs.list_tasks(cluster=cluster, startedBy=started_by[:36])["taskArns"]
    for task_arn in running:
        ecs.stop_task(cluster=cluster, task=task_arn, reason="its flow run was cancelled")
    return running
