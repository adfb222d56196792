"""RunTask, DescribeTasks, ListTasks and StopTask."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import threading
from collections.abc import Mapping
from typing import Any

from local.cloud.clients import ControlPlane
from local.cloud.ecs.requests import TaskRequest, find_cluster, read_request
from local.cloud.ecs.runner import TaskRunner
from local.cloud.ecs.shapes import (
    HOST_STOPPED,
    HOST_TERMINATED,
    StopCause,
    execution_id,
    family_of,
    new_task,
    task_id_of,
)
from local.cloud.ecs.store import TaskStore
from local.cloud.paging import page
from local.cloud.processes import ProcessIdentity, kill_executions, kill_process
from local.cloud.records import Records
from local.cloud.service import Action, AwsError, CloudContext, Request, Response

logger = logging.getLogger(__name__)

Document = dict[str, Any]

_MAX_DESCRIBED = 100
_MAX_LISTED = 100
_HOST_STOP_SECONDS = 5.0
_KILLED = 137


class EcsService:
    """ECS tasks as processes of this machine; clusters and definitions are the control plane's.

    Other than on AWS: memory and CPU limits are not enforced, there is no task metadata endpoint
    (ECS_CONTAINER_METADATA_URI_V4), ``dependsOn`` and health checks are not looked at, and
    stopped tasks are shown for as long as the local cloud keeps its state, not for an hour.
    """

    def __init__(self, context: CloudContext, records: Records) -> None:
        self._context = context
        self._control = ControlPlane(context)
        self._store = TaskStore(records)
        self._lock = threading.Lock()
        self._runners: dict[str, TaskRunner] = {}
        self._stopped = False

    @property
    def actions(self) -> Mapping[str, Action]:
        """Handlers by action name."""
        return {
            "RunTask": self._run_task,
            "DescribeTasks": self._describe_tasks,
            "ListTasks": self._list_tasks,
            "StopTask": self._stop_task,
        }

    def start(self) -> None:
        """End what an earlier local cloud left running, and report it as stopped."""
        with self._lock:  # the endpoint listens already: new tasks may have been started
            left = [
                record
                for record in self._store.records()
                if record["task"]["lastStatus"] != "STOPPED"
                and task_id_of(record["task"]["taskArn"]) not in self._runners
            ]
        for record in left:
            for process in record["processes"]:
                kill_process(ProcessIdentity(process["pid"], process["created"]))
        marks = {
            execution_id(task_id_of(record["task"]["taskArn"]), container["name"])
            for record in left
            for container in record["task"]["containers"]
        }
        if marks:
            kill_executions(marks)
        for record in left:
            self._settle(record)

    def _settle(self, record: Document) -> None:
        task_id = task_id_of(record["task"]["taskArn"])
        self._store.stopping(task_id, HOST_TERMINATED)
        for container in record["task"]["containers"]:
            if container["lastStatus"] == "RUNNING":
                self._store.container_stopped(
                    task_id, container["name"], _KILLED, HOST_TERMINATED.reason
                )
        if record["scratch"]:
            shutil.rmtree(record["scratch"], ignore_errors=True)
        self._store.stopped(task_id)
        logger.warning("task %s was left by an earlier local cloud; it was ended", task_id)

    def stop(self) -> None:
        """Stop all tasks: SIGTERM, and SIGKILL five seconds later."""
        with self._lock:
            self._stopped = True
            runners = list(self._runners.values())
        for runner in runners:
            threading.Thread(
                target=runner.end, args=(HOST_STOPPED, _HOST_STOP_SECONDS), daemon=True
            ).start()
        for runner in runners:
            runner.join()

    def _run_task(self, request: Request) -> Response:
        wanted = read_request(self._control, request)
        with self._lock:
            if self._stopped:
                raise AwsError("ServerException", "The local cloud is being stopped.", 503)
            earlier = self._earlier_tasks(request)
            if earlier is not None:
                return {"tasks": earlier, "failures": []}
            tasks = [new_task(self._context, wanted) for _ in range(wanted.count)]
            self._keep_token(request, tasks)
            for task in tasks:
                self._launch(task, wanted)
        return {"tasks": [_shown(task, tags=True) for task in tasks], "failures": []}

    def _launch(self, task: Document, wanted: TaskRequest) -> None:
        task_id = self._store.add(task)
        runner = TaskRunner(self._context, self._control, self._store, task_id, wanted.definition)
        self._runners = {key: r for key, r in self._runners.items() if not r.join(0)}
        self._runners[task_id] = runner
        runner.start()

    def _earlier_tasks(self, request: Request) -> list[Document] | None:
        """The tasks that were started with the same client token; a retry starts none."""
        token = request.get("clientToken")
        known = self._store.token(_token_key(request)) if token else None
        if known is None:
            return None
        if known["request"] != _fingerprint(request):
            raise AwsError(
                "ConflictException",
                f"The clientToken {token} is already in use with a different RunTask request. "
                f"The resourceIds are {', '.join(known['taskArns'])}.",
            )
        tasks = (self._store.task(task_id_of(arn)) for arn in known["taskArns"])
        return [_shown(task, tags=True) for task in tasks if task is not None]

    def _keep_token(self, request: Request, tasks: list[Document]) -> None:
        if request.get("clientToken"):
            document = {
                "request": _fingerprint(request),
                "taskArns": [task["taskArn"] for task in tasks],
            }
            self._store.keep_token(_token_key(request), document)

    def _describe_tasks(self, request: Request) -> Response:
        cluster = find_cluster(self._control, request.get("cluster"))
        identifiers = request.get("tasks") or []
        if not identifiers:
            raise AwsError("InvalidParameterException", "Tasks cannot be empty.")
        if len(identifiers) > _MAX_DESCRIBED:
            raise AwsError(
                "InvalidParameterException", f"Tasks cannot be more than {_MAX_DESCRIBED}."
            )
        tags = "TAGS" in (request.get("include") or [])
        tasks, failures = [], []
        for identifier in identifiers:
            task = self._store.task(task_id_of(identifier))
            if task is None or task["clusterArn"] != cluster.arn:
                failures.append({"arn": self._arn(cluster.name, identifier), "reason": "MISSING"})
            else:
                tasks.append(_shown(task, tags=tags))
        return {"tasks": tasks, "failures": failures}

    def _list_tasks(self, request: Request) -> Response:
        cluster = find_cluster(self._control, request.get("cluster"))
        limit = int(request.get("maxResults") or _MAX_LISTED)
        if not 1 <= limit <= _MAX_LISTED:
            raise AwsError(
                "InvalidParameterException", f"maxResults must be between 1 and {_MAX_LISTED}."
            )
        arns = [
            record["task"]["taskArn"]
            for record in self._store.records()
            if record["task"]["clusterArn"] == cluster.arn and _listed(record["task"], request)
        ]
        try:
            found, token = page(arns, limit=limit, token=request.get("nextToken"))
        except ValueError as error:
            raise AwsError("InvalidParameterException", "Invalid token.") from error
        return {"taskArns": found, **({"nextToken": token} if token else {})}

    def _stop_task(self, request: Request) -> Response:
        cluster = find_cluster(self._control, request.get("cluster"))
        task_id = task_id_of(request.get("task") or "")
        task = self._store.task(task_id)
        if task is None or task["clusterArn"] != cluster.arn:
            raise AwsError("InvalidParameterException", "The referenced task was not found.")
        runner = self._runners.get(task_id)
        if runner is not None and task["lastStatus"] != "STOPPED":
            reason = request.get("reason") or "Task stopped by user"
            runner.end(StopCause("UserInitiated", reason))
        return {"task": _shown(self._store.task(task_id) or task, tags=True)}

    def _arn(self, cluster: str, identifier: str) -> str:
        if identifier.startswith("arn:"):
            return identifier
        return (
            f"arn:aws:ecs:{self._context.region}:{self._context.account_id}"
            f":task/{cluster}/{identifier}"
        )


def _listed(task: Document, request: Request) -> bool:
    """Whether a task passes the filters of ListTasks; without a status it has to be running."""
    if task["desiredStatus"] != (request.get("desiredStatus") or "RUNNING"):
        return False
    if request.get("containerInstance") or request.get("serviceName"):
        return False  # tasks of Fargate that no service started have neither
    wanted = {
        "family": family_of(task["taskDefinitionArn"]),
        "startedBy": task.get("startedBy"),
        "launchType": task["launchType"],
    }
    return all(request.get(key) in (None, "", value) for key, value in wanted.items())


def _shown(task: Document, *, tags: bool) -> Document:
    return task if tags else {**task, "tags": []}


def _token_key(request: Request) -> str:
    return f"{request.get('cluster') or 'default'}/{request['clientToken']}"


def _fingerprint(request: Request) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
