"""Runs of the connector as processes that can be killed at any moment."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_FORKS_ARE_FINE = "ignore:This process:DeprecationWarning"
"""The starter's other threads are those of OpenBLAS and jemalloc, which both prepare for forks."""


@dataclass(frozen=True)
class Ended:
    """How a run ended; `code` is negative for a signal, `summary` None without a summary line."""

    code: int
    summary: dict[str, Any] | None
    stderr: str

    @property
    def told(self) -> str:
        """Everything that the run said, for messages and searches."""
        return f"exit {self.code}\n{json.dumps(self.summary)}\n{self.stderr}"

    @property
    def seconds(self) -> float:
        """How long the run says it took."""
        assert self.summary, self.told
        return float(self.summary["duration_seconds"])

    def dataset(self, name: str) -> dict[str, Any]:
        """The summary of a dataset."""
        assert self.summary, self.told
        found: dict[str, Any] = self.summary["datasets"][name]
        return found


class Run:
    """A run; a signal after its end is harmless, as a pidfd never means another process."""

    def __init__(self, starter: Starter, pid: int, outputs: tuple[Path, Path]) -> None:
        self._starter, self._pid, self._outputs = starter, pid, outputs
        self._handle = os.pidfd_open(pid)
        self._ended: Ended | None = None
        self._lock = threading.Lock()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        with self._lock:
            if self._ended:
                return
            try:
                signal.pidfd_send_signal(self._handle, number)
            except ProcessLookupError:
                return

    def ended_within(self, seconds: float) -> bool:
        """Wait; whether the process has ended."""
        if self._ended:
            return True
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def wait(self, seconds: float = 60) -> Ended:
        """How the run ended; one that does not is killed, with an AssertionError."""
        if not self._ended:
            in_time = self.ended_within(seconds)
            if not in_time:
                self.send(signal.SIGKILL)
            code = self._starter.reap(self._pid)
            with self._lock:
                os.close(self._handle)
                self._ended = _read(code, *self._outputs)
            assert in_time, f"no end within {seconds:g} s: {self._ended.told}"
        assert self._ended
        return self._ended


def _read(code: int, stdout: Path, stderr: Path) -> Ended:
    lines = stdout.read_text().splitlines()
    whole = [line for line in lines if line.startswith("{") and line.endswith("}")]
    return Ended(code, json.loads(whole[-1]) if whole else None, stderr.read_text())


class Starter:
    """Starts runs through tests.durability.starter; `folder` takes their outputs."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder
        self._lock = threading.Lock()
        self._runs: list[Run] = []

    def start(self, environment: Mapping[str, str], arguments: Sequence[str] = ("fmp",)) -> Run:
        """Start the connector with exactly this environment."""
        number = len(self._runs)
        outputs = self._folder / f"{number}.out", self._folder / f"{number}.err"
        order = {
            "do": "start",
            "environment": dict(environment),
            "arguments": list(arguments),
            "stdout": str(outputs[0]),
            "stderr": str(outputs[1]),
        }
        run = Run(self, self._order(order), outputs)
        self._runs.append(run)
        return run

    def reap(self, pid: int) -> int:
        """The exit code of a process that ends."""
        return self._order({"do": "reap", "pid": pid})

    def _order(self, order: dict[str, Any]) -> int:
        with self._lock:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def clear(self) -> None:
        """End what still runs."""
        for run in self._runs:
            run.send(signal.SIGKILL)
            run.wait()

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """A starter, for the time of the block."""
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "ca-central-1",
        }
        process = subprocess.Popen(
            [sys.executable, "-W", _FORKS_ARE_FINE, "-m", "tests.durability.starter"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        starter = cls(process, folder)
        try:
            yield starter
        finally:
            starter.clear()
            assert process.stdin
            assert process.stdout
            process.stdin.close()
            process.wait(30)
            process.stdout.close()
