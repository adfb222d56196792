"""A command in a container of the stack: an ECS task that is started, waited for and read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from config.env_files import explained
from operations.errors import TaskFailedError, TaskRefusedError, TaskTimeoutError
from operations.stack_outputs import StackOutputs

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient
    from mypy_boto3_logs.client import CloudWatchLogsClient

POLL_SECONDS = 5.0
TAIL_LINES = 60


@dataclass(frozen=True)
class OneOffTask:
    """What to run: `command` in the only container of a workload's task definition."""

    workload: str
    container: str
    command: tuple[str, ...]
    log_group: str
    started_by: str


@dataclass(frozen=True)
class TaskEnd:
    """How a task ended."""

    task_arn: str
    exit_code: int | None
    """None: the container never ran, or was lost."""
    reason: str
    log: tuple[str, ...]
    """Its last lines."""

    def check(self) -> None:
        """Raise TaskFailedError unless the command ended well."""
        if self.exit_code == 0:
            return
        if self.exit_code is None:
            raise TaskFailedError(
                f"the container of {self.task_arn} did not run: {self.reason}; look at the"
                " stopped task in the ECS console, it is shown for an hour"
            )
        raise TaskFailedError(
            f"the command ended with exit code {self.exit_code} ({self.reason}); its last"
            f" {len(self.log)} lines are above, all of them in the log of {self.task_arn}"
        )


def run(
    ecs: ECSClient,
    logs: CloudWatchLogsClient,
    outputs: StackOutputs,
    task: OneOffTask,
    *,
    timeout_seconds: float,
    poll_seconds: float = POLL_SECONDS,
    progress: Callable[[str], None] = lambda _: None,
) -> TaskEnd:
    """Run the task to its end, on capacity that nobody takes back.

    `progress` hears of each new state. Raises TaskRefusedError when AWS does not start it,
    TaskTimeoutError (after stopping it) when it takes longer than `timeout_seconds`.
    """
    arn = _start(ecs, outputs, task)
    progress(f"task {arn.rpartition('/')[2]} started")
    deadline = time.monotonic() + timeout_seconds
    status = ""
    while True:
        found = _describe(ecs, outputs.cluster, arn)
        if found["lastStatus"] != status:
            status = found["lastStatus"]
            progress(status.lower())
        if status == "STOPPED":
            return _end(logs, task, found)
        if time.monotonic() >= deadline:
            ecs.stop_task(cluster=outputs.cluster, task=arn, reason=f"{task.started_by}: too long")
            raise TaskTimeoutError(
                f"{arn} was still {status.lower()} after {timeout_seconds / 60:.0f} minutes and is"
                " being stopped; is the Prefect server up? Give --timeout-minutes for more"
            )
        time.sleep(poll_seconds)


def _start(ecs: ECSClient, outputs: StackOutputs, task: OneOffTask) -> str:
    try:
        answer = ecs.run_task(
            cluster=outputs.cluster,
            taskDefinition=outputs.task_definition(task.workload),
            launchType="FARGATE",
            count=1,
            startedBy=task.started_by,
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": list(outputs.subnets),
                    "securityGroups": [outputs.security_group],
                    "assignPublicIp": "ENABLED" if outputs.public_address else "DISABLED",
                }
            },
            overrides={
                "containerOverrides": [{"name": task.container, "command": list(task.command)}]
            },
        )
    except (BotoCoreError, ClientError) as error:
        raise TaskRefusedError(
            f"ECS did not start the task: {explained(error)}; check the credentials, their"
            " permissions and that the outputs are those of this account"
        ) from error
    if answer["failures"] or not answer["tasks"]:
        reasons = ", ".join(failure.get("reason", "?") for failure in answer["failures"])
        raise TaskRefusedError(
            f"ECS did not start the task: {reasons or 'no reason given'}; try again, or look at"
            f" cluster {outputs.cluster}"
        )
    return answer["tasks"][0]["taskArn"]


def _describe(ecs: ECSClient, cluster: str, arn: str) -> Any:
    """The task as ECS shows it. It may not be there yet in the first second after its start."""
    try:
        tasks = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
    except (BotoCoreError, ClientError) as error:
        raise TaskRefusedError(f"ECS does not say how {arn} is: {explained(error)}") from error
    return tasks[0] if tasks else {"lastStatus": "PROVISIONING"}


def _end(logs: CloudWatchLogsClient, task: OneOffTask, found: Any) -> TaskEnd:
    (container,) = (one for one in found["containers"] if one["name"] == task.container)
    arn = found["taskArn"]
    reason = container.get("reason") or found.get("stoppedReason") or "no reason given"
    stream = f"ecs/{task.container}/{arn.rpartition('/')[2]}"
    return TaskEnd(
        task_arn=arn,
        exit_code=container.get("exitCode"),
        reason=reason,
        log=tail(logs, task.log_group, stream),
    )


def tail(logs: CloudWatchLogsClient, group: str, stream: str) -> tuple[str, ...]:
    """The last lines of a log stream, or the one that says why they cannot be read."""
    try:
        events = logs.get_log_events(
            logGroupName=group, logStreamName=stream, limit=TAIL_LINES, startFromHead=False
        )["events"]
    except (BotoCoreError, ClientError) as error:
        return (f"(log {group} {stream} cannot be read: {explained(error)})",)
    return tuple(event["message"] for event in events)
