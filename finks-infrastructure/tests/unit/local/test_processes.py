from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import processes
from local.cloud.service import STACK_MARKER

STUBBORN = (
    "import signal, sys, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True);"
    "time.sleep(60)"
)


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of the stack in tmp_path that ignores SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN],
        env={**os.environ, STACK_MARKER: str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_port_is_named_with_the_process_that_holds_it() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        holder = processes.port_holder(listener.getsockname()[1])
    assert holder is not None
    assert holder.pid == os.getpid()
    assert f"pid {os.getpid()}" in holder.phrase


def test_a_free_port_has_no_holder() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert processes.port_holder(port) is None


def test_only_processes_of_the_same_stack_are_found(
    marked: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert [process.pid for process in processes.of_stack(tmp_path)] == [marked.pid]
    assert processes.of_stack(tmp_path / "another") == []


def test_a_process_that_ignores_the_polite_signal_is_killed(
    marked: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_LEAVE_SECONDS", 0.5)
    processes.end([psutil.Process(marked.pid)])
    assert not psutil.pid_exists(marked.pid)
