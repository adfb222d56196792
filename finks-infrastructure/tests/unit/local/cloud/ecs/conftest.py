"""A local cloud whose only project is a Python interpreter, and a cluster to run tasks in."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunningCloud

CLUSTER = "finks-test"
GROUP = "/ecs/test"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
LOGGING = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": GROUP,
        "awslogs-region": "ca-central-1",
        "awslogs-stream-prefix": "ecs",
    },
}
WAIT_SECONDS = 30.0


def make_project(folder: Path) -> Path:
    """A project with a virtual environment that holds nothing but Python."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(Path(sys.executable).resolve())
    return folder


@dataclass
class Tasks:
    """Starts tasks and waits for them, with plain boto3."""

    cloud: RunningCloud
    _families: int = field(default=0)

    def __post_init__(self) -> None:
        self.ecs: Any = self.cloud.client("ecs")
        self.logs: Any = self.cloud.client("logs")
        self.secrets: Any = self.cloud.client("secretsmanager")

    def define(self, *command: str, **container: Any) -> str:
        """Register a task definition of one container, ``app``; returns its family."""
        self._families += 1
        family = f"family-{self._families}-{time.time_ns()}"
        self.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": "registry.example/team/demo:1.2",
                    "essential": True,
                    "command": list(command),
                    "logConfiguration": LOGGING,
                    **container,
                }
            ],
        )
        return family

    def run(self, definition: str, **options: Any) -> dict[str, Any]:
        """RunTask on Fargate; the first task as RunTask answered it."""
        arguments = {
            "cluster": CLUSTER,
            "launchType": "FARGATE",
            "networkConfiguration": NETWORK,
            **options,
        }
        answer = self.ecs.run_task(taskDefinition=definition, **arguments)
        assert answer["failures"] == []
        task: dict[str, Any] = answer["tasks"][0]
        return task

    def describe(self, task: dict[str, Any]) -> dict[str, Any]:
        """The task as it is now."""
        found: dict[str, Any] = self.ecs.describe_tasks(cluster=CLUSTER, tasks=[task["taskArn"]])[
            "tasks"
        ][0]
        return found

    def wait(self, task: dict[str, Any], status: str = "STOPPED") -> dict[str, Any]:
        """The task once it has a status."""
        return eventually(
            lambda: found if (found := self.describe(task))["lastStatus"] == status else None
        )

    def finish(self, *command: str, **container: Any) -> dict[str, Any]:
        """Run a command to its end."""
        return self.wait(self.run(self.define(*command, **container)))

    def lines(self, task: dict[str, Any], container: str = "app") -> list[str]:
        """The log lines of a container in CloudWatch Logs."""
        stream = f"ecs/{container}/{task['taskArn'].rpartition('/')[2]}"
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=GROUP, logStreamNames=[stream]
        )
        return [event["message"] for page in pages for event in page["events"]]


def eventually[T](found: Callable[[], T | None]) -> T:
    """The first thing found that is not None or False."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError(f"nothing after {WAIT_SECONDS} s")


def prepare(cloud: RunningCloud) -> Tasks:
    """The cluster and the log group."""
    tasks = Tasks(cloud)
    tasks.ecs.create_cluster(clusterName=CLUSTER)
    tasks.logs.create_log_group(logGroupName=GROUP)
    return tasks


@pytest.fixture(scope="package")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tasks]:
    folder = tmp_path_factory.mktemp("ecs")
    make_project(folder / "projects" / "demo")
    cloud = RunningCloud(folder / "state", folder / "projects", {"FINKS_TEST_LEAK": "leaked"})
    cloud.start()
    yield prepare(cloud)
    assert cloud.stop() == 0, cloud.log.read_text()


@pytest.fixture
def own_tasks(tmp_path: Path) -> Iterator[Tasks]:
    """For one test that kills or stops its local cloud."""
    make_project(tmp_path / "projects" / "demo")
    cloud = RunningCloud(tmp_path / "state", tmp_path / "projects")
    cloud.start()
    yield prepare(cloud)
    cloud.stop()
