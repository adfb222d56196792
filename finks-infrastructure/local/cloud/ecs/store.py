"""The tasks on disk, and the moments of a task's life."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from local.cloud.ecs.shapes import StopCause, task_id_of
from local.cloud.processes import ProcessIdentity
from local.cloud.records import Records

Document = dict[str, Any]

_TASKS = "ecs-task"
_TOKENS = "ecs-client-token"


class TaskStore:
    """Tasks by id. Every change is on disk when its method returns.

    A record holds the ``task`` as ECS shows it, and what only this machine knows of it: its
    ``processes`` and its ``scratch`` folder.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.Lock()

    def add(self, task: Document) -> str:
        """Keep a new task; returns its id."""
        task_id = task_id_of(task["taskArn"])
        self._records.put(_TASKS, task_id, {"task": task, "processes": [], "scratch": None})
        return task_id

    def record(self, task_id: str) -> Document | None:
        """The record of a task, None when there is no such task."""
        return self._records.get(_TASKS, task_id)

    def task(self, task_id: str) -> Document | None:
        """The task as ECS shows it."""
        record = self.record(task_id)
        return None if record is None else dict(record["task"])

    def records(self) -> list[Document]:
        """The records of all tasks, newest first."""
        return list(self._records.list(_TASKS))

    def token(self, token: str) -> Document | None:
        """What was run under a client token."""
        return self._records.get(_TOKENS, token)

    def keep_token(self, token: str, document: Document) -> None:
        """Remember what was run under a client token."""
        self._records.put(_TOKENS, token, document)

    def set_scratch(self, task_id: str, folder: str | None) -> None:
        """Note the temporary folder of a task, so that it can be removed after a crash."""
        self._change(task_id, lambda record: record.update(scratch=folder))

    def add_process(self, task_id: str, container: str, identity: ProcessIdentity) -> None:
        """Note the process of a container."""

        def change(record: Document) -> None:
            record["processes"].append(
                {"container": container, "pid": identity.pid, "created": identity.created}
            )

        self._change(task_id, change)

    def pending(self, task_id: str) -> None:
        """The task found its host and is being prepared."""
        now = time.time()
        self._change_task(
            task_id,
            lastStatus="PENDING", connectivity="CONNECTED", connectivityAt=now, pullStartedAt=now,
        )  # fmt: skip

    def running(self, task_id: str) -> None:
        """All containers were started."""

        def change(record: Document) -> None:
            now = time.time()
            record["task"].update(lastStatus="RUNNING", startedAt=now)
            record["task"].setdefault("pullStoppedAt", now)
            for container in record["task"]["containers"]:
                container["lastStatus"] = "RUNNING"

        self._change(task_id, change)

    def stopping(self, task_id: str, cause: StopCause) -> None:
        """The task shall stop. Only the first cause counts."""

        def change(record: Document) -> None:
            task = record["task"]
            task["desiredStatus"] = "STOPPED"
            task.setdefault("stopCode", cause.code)
            task.setdefault("stoppedReason", cause.reason)
            task.setdefault("stoppingAt", time.time())

        self._change(task_id, change)

    def container_stopped(
        self, task_id: str, name: str, exit_code: int | None = None, reason: str | None = None
    ) -> None:
        """A container ended, with an exit code, or did not start, for a reason."""

        def change(record: Document) -> None:
            for container in record["task"]["containers"]:
                if container["name"] == name:
                    container["lastStatus"] = "STOPPED"
                    if exit_code is not None:
                        container["exitCode"] = exit_code
                    if reason:
                        container["reason"] = reason

        self._change(task_id, change)

    def deprovisioning(self, task_id: str) -> None:
        """No process of the task is left; its logs are being sent."""
        self._change_task(task_id, lastStatus="DEPROVISIONING", executionStoppedAt=time.time())

    def stopped(self, task_id: str) -> None:
        """The task is over."""

        def change(record: Document) -> None:
            record["scratch"] = None
            record["processes"] = []
            now = time.time()
            record["task"].update(lastStatus="STOPPED", desiredStatus="STOPPED", stoppedAt=now)
            record["task"].setdefault("executionStoppedAt", now)
            for container in record["task"]["containers"]:
                container["lastStatus"] = "STOPPED"

        self._change(task_id, change)

    def _change_task(self, task_id: str, **fields: Any) -> None:
        self._change(task_id, lambda record: record["task"].update(fields))

    def _change(self, task_id: str, change: Callable[[Document], None]) -> None:
        with self._lock:
            record = self._records.get(_TASKS, task_id)
            if record is None:
                raise KeyError(task_id)
            change(record)
            record["task"]["version"] += 1
            self._records.put(_TASKS, task_id, record)
