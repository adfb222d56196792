"""A stack of its own for the end-to-end tests: free ports, a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from config.local import LocalSettings
from local.processes import of_stack, port_holder

_INFRASTRUCTURE = Path(__file__).parents[2]
_COMMAND_SECONDS = 600


@dataclass(frozen=True)
class Stack:
    """A running stack and the output of the start that brought it up."""

    settings: LocalSettings
    environment: dict[str, str]
    start_output: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line (``python -m local …``) on this stack."""
        return _run(self.environment, "local", *arguments)

    def module(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run another module in the stack's environment."""
        return _run(self.environment, name)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack after ``make start``: services up, demo done. Stopping it has to leave nothing."""
    state_dir = tmp_path_factory.mktemp("stack") / "state"
    cloud, prefect, replay = _free_ports(3)
    overrides = {
        "FINKS_STATE_DIR": str(state_dir),
        "FINKS_CLOUD_PORT": str(cloud),
        "FINKS_PREFECT_PORT": str(prefect),
        "FINKS_REPLAY_PORT": str(replay),
    }
    environment = {**os.environ, "COLUMNS": "200", **overrides}
    settings = LocalSettings.model_validate(overrides)
    started = _run(environment, "local", "start")
    print(started.stdout)
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        yield Stack(settings, environment, started.stdout)
    finally:
        stopped = _run(environment, "local", "stop")
        left = [
            process for process in of_stack(state_dir) if process.status() != psutil.STATUS_ZOMBIE
        ]
        print(stopped.stdout)
    assert stopped.returncode == 0, stopped.stderr
    assert left == []
    assert [port_holder(port) for port in (cloud, prefect, replay)] == [None, None, None]


def _run(
    environment: dict[str, str], module: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=_INFRASTRUCTURE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_COMMAND_SECONDS,
        check=False,
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
