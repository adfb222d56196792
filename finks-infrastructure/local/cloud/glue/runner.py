"""One job run from its start to its end."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.clients import ControlPlane
from local.cloud.execution_logs import LogFile, LogStream, ensure_log_group
from local.cloud.glue.arguments import RunArguments
from local.cloud.glue.changes import changed_prefixes
from local.cloud.glue.errors import LaunchError, error_message
from local.cloud.glue.runs import LOG_GROUP, RunStore
from local.cloud.glue.script import buckets_of, launch_command
from local.cloud.processes import ProcessTree, Stream
from local.cloud.service import AwsError, CloudContext

logger = logging.getLogger(__name__)

Document = dict[str, Any]

STOP_SECONDS = 5.0
MINUTE_SECONDS = 60.0
_STDERR_LINES = 1000


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    state: str
    message: str | None = None


class JobRunner:
    """Runs the script of one job run as a process and reports what becomes of it.

    ``slots`` bounds how many runs work at a time: each is a Spark of its own, and on a laptop
    two of them side by side are slower than one after the other. The others stay STARTING.
    """

    def __init__(
        self,
        context: CloudContext,
        control: ControlPlane,
        store: RunStore,
        slots: threading.Semaphore,
        job: Document,
        run: Document,
        arguments: RunArguments,
    ) -> None:
        self._context = context
        self._control = control
        self._store = store
        self._slots = slots
        self._job = job
        self._run = run
        self._arguments = arguments
        self._run_id: str = run["Id"]
        self._lock = threading.Lock()
        self._stop_message: str | None = None
        self._stopping = threading.Event()
        self._tree: ProcessTree | None = None
        self._errors: deque[str] = deque(maxlen=_STDERR_LINES)
        self._logs: _RunLogs | None = None
        self._thread = threading.Thread(target=self._work, name=self._run_id, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, message: str | None = None) -> bool:
        """Ask for the end of the run; returns at once, with whether it was still going on."""
        if not self._store.stopping(self._run_id):
            return False
        with self._lock:
            self._stop_message = message
            self._stopping.set()
            tree = self._tree
        if tree is not None:
            threading.Thread(target=tree.terminate, args=(STOP_SECONDS,), daemon=True).start()
        return True

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of the run; returns whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        outcome = Outcome("ERROR", "Internal service error")
        try:
            while not self._slots.acquire(timeout=0.2):
                if self._stopping.is_set():
                    outcome = Outcome("STOPPED", self._stop_message)
                    return
            try:
                outcome = self._execute()
            finally:
                self._slots.release()
        except LaunchError as error:
            outcome = Outcome("FAILED", str(error))
        except Exception as error:
            logger.exception("job run %s failed inside the local cloud", self._run_id)
            outcome = Outcome("ERROR", f"Internal service error: {error!r}")
        finally:
            if self._logs is not None:
                self._logs.close()
            self._store.ended(self._run_id, outcome.state, outcome.message)

    def _execute(self) -> Outcome:
        scratch = Path(tempfile.mkdtemp(prefix="finks-glue-"))
        try:
            self._store.set_scratch(self._run_id, str(scratch))
            self._logs = logs = _RunLogs(self._context, self._control, self._job, self._run_id)
            for name in self._arguments.without_effect:
                logs.write("stderr", f"The job argument {name} has no effect in the local cloud.")
            command = launch_command(self._context, self._job, self._arguments, scratch)
            with self._lock:
                if self._stopping.is_set():
                    return Outcome("STOPPED", self._stop_message)
                self._tree = ProcessTree(
                    command.arguments,
                    cwd=scratch,
                    environment=command.environment,
                    execution_id=self._run_id,
                    on_line=self._line,
                )
            return self._follow(self._tree)
        finally:
            if self._tree is not None:
                self._tree.terminate(STOP_SECONDS)
                register_changes(self._context, self._run["StartedOn"])
            shutil.rmtree(scratch, ignore_errors=True)

    def _follow(self, tree: ProcessTree) -> Outcome:
        self._store.running(self._run_id, tree.identity)
        minutes = self._run["Timeout"]
        exit_code = tree.wait(minutes * MINUTE_SECONDS)
        if self._stopping.is_set():
            tree.wait()
            return Outcome("STOPPED", self._stop_message)
        if exit_code is None:
            tree.terminate(STOP_SECONDS)
            return Outcome("TIMEOUT", f"The job run took longer than its timeout of {minutes} min")
        if exit_code == 0:
            return Outcome("SUCCEEDED")
        return Outcome("FAILED", error_message(list(self._errors), exit_code))

    def _line(self, stream: Stream, line: str) -> None:
        if stream == "stderr":
            self._errors.append(line)
        if self._logs is not None:
            self._logs.write(stream, line)


def register_changes(context: CloudContext, since: float) -> None:
    """Make what was written on ``s3://`` paths since a moment (Unix seconds) seen by S3."""
    for bucket, folder in buckets_of(context).items():
        for prefix in changed_prefixes(folder, since):
            try:
                context.objects.register_files(bucket, prefix)
            except AwsError as error:
                logger.warning("s3://%s/%s was not registered: %s", bucket, prefix, error)


class _RunLogs:
    """The output of one run: a file with all, and the streams that Glue has for it."""

    def __init__(
        self, context: CloudContext, control: ControlPlane, job: Document, run_id: str
    ) -> None:
        self._file = LogFile(context.state_dir / "logs" / "glue" / job["Name"] / f"{run_id}.log")
        self._streams: dict[str, LogStream] = {}
        for stream, group in (("stdout", "output"), ("stderr", "error")):
            name = f"{LOG_GROUP}/{group}"
            try:
                ensure_log_group(control.logs, name)
                self._streams[stream] = LogStream(control.logs, name, run_id)
            except (BotoCoreError, ClientError) as error:
                # The file still has it all: a run does not fail because of its log.
                logger.warning("no log stream %s %s: %s", name, run_id, error)

    def write(self, stream: Stream, line: str) -> None:
        """Keep a line."""
        self._file.write(line)
        if stream in self._streams:
            self._streams[stream].write(line)

    def close(self) -> None:
        """Send and write what is left."""
        for stream in self._streams.values():
            stream.close()
        self._file.close()
