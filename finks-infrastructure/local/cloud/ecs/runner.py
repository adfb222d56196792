"""One task from its start to its end."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.clients import ControlPlane
from local.cloud.ecs.containers import ContainerCommand, container_command
from local.cloud.ecs.errors import TaskStartError
from local.cloud.ecs.secrets import resolve_secrets
from local.cloud.ecs.shapes import ESSENTIAL_EXITED, StopCause, execution_id
from local.cloud.ecs.store import TaskStore
from local.cloud.execution_logs import LogFile, LogStream, ensure_log_group
from local.cloud.processes import ProcessTree, Stream
from local.cloud.service import CloudContext

logger = logging.getLogger(__name__)

Document = dict[str, Any]


class TaskRunner:
    """Runs the containers of one task as processes and reports what becomes of them."""

    def __init__(
        self,
        context: CloudContext,
        control: ControlPlane,
        store: TaskStore,
        task_id: str,
        definition: Document,
    ) -> None:
        self._context = context
        self._control = control
        self._store = store
        self._task_id = task_id
        self._definition = definition
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._grace: float | None = None
        self._trees: list[tuple[ContainerCommand, ProcessTree]] = []
        self._logs: list[_ContainerLogs] = []
        self._thread = threading.Thread(target=self._run, name=f"task-{task_id}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def end(self, cause: StopCause, grace: float | None = None) -> None:
        """Ask for the end of the task; returns at once.

        ``grace`` (seconds from SIGTERM to SIGKILL) takes the place of the containers' own
        ``stopTimeout``, also when the task is already being stopped.
        """
        self._store.stopping(self._task_id, cause)
        with self._lock:
            late = self._ending.is_set() and grace is not None
            self._grace = self._grace if grace is None else grace
            self._ending.set()
        if late:
            self._terminate()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of the task; returns whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="finks-task-"))
        try:
            self._store.set_scratch(self._task_id, str(scratch))
            self._store.pending(self._task_id)
            watchers = self._start(self._prepare(scratch))
            self._ending.wait()
            self._terminate()
            for watcher in watchers:
                watcher.join()
        except TaskStartError as error:
            self._failed_to_start(error)
        except Exception as error:
            logger.exception("task %s failed inside the local cloud", self._task_id)
            self._failed_to_start(TaskStartError(f"InternalError: {error!r}"))
        finally:
            self._terminate()
            self._store.deprovisioning(self._task_id)
            for logs in self._logs:
                logs.close()
            shutil.rmtree(scratch, ignore_errors=True)
            self._store.stopped(self._task_id)

    def _prepare(self, scratch: Path) -> list[tuple[ContainerCommand, _ContainerLogs]]:
        task = self._store.task(self._task_id) or {}
        overrides = {o["name"]: o for o in task["overrides"]["containerOverrides"]}
        prepared = []
        for container in self._definition["containerDefinitions"]:
            secrets = resolve_secrets(self._control.secrets, container.get("secrets") or [])
            command = container_command(
                self._context, container, overrides[container["name"]], secrets, scratch
            )
            logs = _ContainerLogs(
                self._context, self._control, self._definition, container, self._task_id
            )
            self._logs.append(logs)
            prepared.append((command, logs))
        return prepared

    def _start(
        self, prepared: list[tuple[ContainerCommand, _ContainerLogs]]
    ) -> list[threading.Thread]:
        for command, logs in prepared:
            with self._lock:
                if self._ending.is_set():
                    return []
                tree = _start_process(command, self._task_id, logs)
                self._trees.append((command, tree))
            self._store.add_process(self._task_id, command.name, tree.identity)
        self._store.running(self._task_id)
        watchers = [
            threading.Thread(target=self._watch, args=pair, name=f"watch-{self._task_id}")
            for pair in self._trees
        ]
        for watcher in watchers:
            watcher.daemon = True
            watcher.start()
        return watchers

    def _watch(self, command: ContainerCommand, tree: ProcessTree) -> None:
        exit_code = tree.wait()
        self._store.container_stopped(self._task_id, command.name, exit_code)
        if command.essential:
            self.end(ESSENTIAL_EXITED)

    def _terminate(self) -> None:
        with self._lock:
            grace, trees = self._grace, list(self._trees)
        enders = [
            threading.Thread(
                target=tree.terminate,
                args=(command.stop_seconds if grace is None else grace,),
                daemon=True,
            )
            for command, tree in trees
        ]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _failed_to_start(self, error: TaskStartError) -> None:
        self._ending.set()
        reason = "Task failed to start" if error.container else error.message
        self._store.stopping(self._task_id, StopCause("TaskFailedToStart", reason))
        if error.container:
            self._store.container_stopped(self._task_id, error.container, reason=error.message)


class _ContainerLogs:
    """The output of one container: a file, and CloudWatch Logs when it has the awslogs driver."""

    def __init__(
        self,
        context: CloudContext,
        control: ControlPlane,
        definition: Document,
        container: Document,
        task_id: str,
    ) -> None:
        folder = context.state_dir / "logs" / "ecs" / definition["family"]
        self._stream: LogStream | None = None
        configuration = container.get("logConfiguration") or {}
        if configuration.get("logDriver") == "awslogs":
            options = configuration.get("options") or {}
            prefix = options.get("awslogs-stream-prefix", "ecs")
            name = f"{prefix}/{container['name']}/{task_id}"
            self._stream = _open_stream(control, options, name)
        self._file = LogFile(folder / f"{task_id}.{container['name']}.log")

    def write(self, _stream: Stream, line: str) -> None:
        """Keep a line: ECS puts both streams of a container into one."""
        self._file.write(line)
        if self._stream:
            self._stream.write(line)

    def close(self) -> None:
        """Send and write what is left."""
        if self._stream:
            self._stream.close()
        self._file.close()


def _open_stream(control: ControlPlane, options: dict[str, str], name: str) -> LogStream:
    group = options.get("awslogs-group", "")
    try:
        if options.get("awslogs-create-group", "").lower() == "true":
            ensure_log_group(control.logs, group)
        return LogStream(control.logs, group, name)
    except (BotoCoreError, ClientError) as error:
        detail = str(error)
        if isinstance(error, ClientError):
            detail = f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        raise TaskStartError(
            "ResourceInitializationError: failed to validate logger args: create stream has been "
            f"retried 1 times: failed to create Cloudwatch log stream: {detail} : exit status 1 "
            f"(log group {group!r}: create it, or set awslogs-create-group to true)"
        ) from error


def _start_process(command: ContainerCommand, task_id: str, logs: _ContainerLogs) -> ProcessTree:
    try:
        return ProcessTree(
            command.arguments,
            cwd=command.project,
            environment=command.environment,
            execution_id=execution_id(task_id, command.name),
            on_line=logs.write,
        )
    except (OSError, ValueError) as error:
        with suppress(ValueError):
            logs.write("stderr", f"cannot start {command.arguments[0]}: {error}")
        raise TaskStartError(
            f"CannotStartContainerError: exec: {command.arguments[0]!r}: {error}: check the "
            "entryPoint and the command of the task definition",
            command.name,
        ) from error
