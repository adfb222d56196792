"""A command in a session of its own, whose whole tree of processes ends with it.

Every process carries two markers in its environment: the state folder of the local cloud, and
the execution that it belongs to. Children inherit them, so what a child leaves behind (in a
session of its own, after its parent has gone, after the local cloud itself was killed) can
still be told from the rest of the machine and be ended.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import psutil

logger = logging.getLogger(__name__)

STATE_MARKER = "FINKS_STATE_DIR"
EXECUTION_MARKER = "FINKS_EXECUTION_ID"

Stream = Literal["stdout", "stderr"]
LineHandler = Callable[[Stream, str], None]

_CHUNK_BYTES = 65_536
_LINE_BYTES = 262_144
"""Longest line that is handed on in one piece: the size limit of a CloudWatch Logs event."""
_DRAIN_SECONDS = 5.0
"""How long output is still read after the last process of a tree was killed."""


@dataclass(frozen=True)
class ProcessIdentity:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    created: float
    """When the process began, as the system tells it (Unix seconds)."""


class ProcessTree:
    """A running command, the leader of its own session and process group.

    ``on_line`` is called from one thread, with each line of each stream in the order in which
    the command wrote them. Raises OSError when the command cannot be started.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        execution_id: str,
        on_line: LineHandler,
    ) -> None:
        self._execution_id = execution_id
        self._on_line = on_line
        self._leader_gone = threading.Event()
        self._finished = threading.Event()
        self._exit_code: int | None = None
        self._process = subprocess.Popen(
            list(arguments),
            cwd=cwd,
            env={**environment, EXECUTION_MARKER: execution_id},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.identity = ProcessIdentity(self._process.pid, _created(self._process.pid))
        self._reader = threading.Thread(target=self._read, name=f"read-{execution_id}", daemon=True)
        self._reader.start()
        threading.Thread(target=self._reap, name=f"reap-{execution_id}", daemon=True).start()

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code as a container reports it, or None when ``timeout`` seconds pass first.

        A command that a signal ended has 128 + its number. When this returns a code, no process
        of the tree is left and all of its output was handed to ``on_line``.
        """
        self._finished.wait(timeout)
        return self._exit_code if self._finished.is_set() else None

    def terminate(self, grace: float) -> int:
        """End the tree: SIGTERM, then SIGKILL after ``grace`` seconds. Returns the exit code."""
        self._signal(signal.SIGTERM)
        if not self._leader_gone.wait(grace):
            self._signal(signal.SIGKILL)
        self._finished.wait()
        return self._exit_code if self._exit_code is not None else 128 + signal.SIGKILL

    def _signal(self, number: signal.Signals) -> None:
        if not self._leader_gone.is_set():
            _signal_group(self._process.pid, number)

    def _reap(self) -> None:
        # Until it is waited for, a process that ended keeps its number and its group's: only so
        # long can the rest of the group be killed with no risk of hitting a stranger.
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
            self._leader_gone.set()
            _signal_group(self._process.pid, signal.SIGKILL)
            code = self._process.wait()
        else:
            code = self._process.wait()
            self._leader_gone.set()
        kill_executions({self._execution_id})
        self._reader.join(_DRAIN_SECONDS)
        self._exit_code = code if code >= 0 else 128 - code
        self._finished.set()

    def _read(self) -> None:
        pipes: list[tuple[Stream, IO[bytes] | None]] = [
            ("stdout", self._process.stdout),
            ("stderr", self._process.stderr),
        ]
        with selectors.DefaultSelector() as selector, contextlib.ExitStack() as files:
            for stream, pipe in pipes:
                if pipe is not None:
                    files.enter_context(pipe)
                    selector.register(pipe, selectors.EVENT_READ, _Lines(stream, self._on_line))
            while selector.get_map():
                for key, _ in selector.select():
                    chunk = os.read(key.fd, _CHUNK_BYTES)
                    key.data.feed(chunk)
                    if not chunk:
                        selector.unregister(key.fileobj)


class _Lines:
    """Cuts the bytes of one stream into lines."""

    def __init__(self, stream: Stream, on_line: LineHandler) -> None:
        self._stream = stream
        self._on_line = on_line
        self._rest = b""
        self._failed = False

    def feed(self, chunk: bytes) -> None:
        """Hand on the lines that are complete; at the end of the stream also the last piece."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk or len(self._rest) >= _LINE_BYTES:
            lines, self._rest = ([*lines, self._rest] if self._rest else lines), b""
        for line in lines:
            self._hand_on(line.decode("utf-8", errors="replace").removesuffix("\r"))

    def _hand_on(self, line: str) -> None:
        try:
            self._on_line(self._stream, line)
        except Exception:
            # A full disk must not fill the pipe too: the command would wait for ever.
            if not self._failed:
                logger.exception("lines of %s are lost", self._stream)
            self._failed = True


def kill_process(identity: ProcessIdentity) -> bool:
    """Kill the process group of a command that an earlier local cloud started.

    Returns whether the process was still there. A process that began at another time under the
    same number is left alone.
    """
    try:
        process = psutil.Process(identity.pid)
        if abs(process.create_time() - identity.created) > 1:
            return False
        _signal_group(identity.pid, signal.SIGKILL)
        psutil.wait_procs([process], timeout=_DRAIN_SECONDS)
    except psutil.NoSuchProcess:
        return False
    return True


def kill_executions(execution_ids: Collection[str]) -> int:
    """Kill every process that carries one of these executions in its environment.

    Returns how many there were. Repeats until none is left, since a process may have started
    another one while it was being found.
    """
    killed = 0
    deadline = time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < deadline:
        found = _marked(execution_ids)
        if not found:
            break
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
                killed += 1
        psutil.wait_procs(found, timeout=1)
    return killed


def _marked(execution_ids: Collection[str]) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        # Processes of other users, and those that have just ended, show no environment.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(EXECUTION_MARKER) in execution_ids and _alive(process):
                found.append(process)
    return found


def _alive(process: psutil.Process) -> bool:
    return process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _created(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0
