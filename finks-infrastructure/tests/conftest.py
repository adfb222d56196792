"""A running local cloud for the tests: the real process on a free port and its own state."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

INFRASTRUCTURE = Path(__file__).resolve().parents[1]
REGION: Final = "ca-central-1"
_START_SECONDS = 60
_STOP_SECONDS = 60


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class RunningCloud:
    """A local cloud as a process of its own, which can be killed and started again."""

    def __init__(
        self, state_dir: Path, projects_dir: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.state_dir = state_dir
        self.projects_dir = projects_dir
        self.port = free_port()
        self.endpoint_url = f"http://127.0.0.1:{self.port}"
        self.log = state_dir.parent / f"{state_dir.name}.log"
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start the process and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "local.cloud", "--port", str(self.port)),
                    *("--state-dir", str(self.state_dir)),
                    *("--projects-dir", str(self.projects_dir)),
                    *arguments,
                ],
                cwd=INFRASTRUCTURE,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                if self.health()["status"] == "ready":
                    return
            except (OSError, urllib.error.URLError):
                pass
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"not ready, exit code {code}:\n{self.log.read_text()}")
            time.sleep(0.05)

    def health(self) -> dict[str, Any]:
        """What the health check answers."""
        with urllib.request.urlopen(f"{self.endpoint_url}/_finks/health", timeout=5) as answer:  # noqa: S310
            health: dict[str, Any] = json.load(answer)
        return health

    def stop(self) -> int:
        """Ask the process to end; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def client(self, service: str, **config: Any) -> Any:
        """A boto3 client of this cloud that does not retry."""
        options: dict[str, Any] = {"retries": {"total_max_attempts": 1}, **config}
        return boto3.Session().client(
            service,  # type: ignore[call-overload]  # any service
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(**options),
        )


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """One local cloud for the whole session: use names of your own in it."""
    folder = tmp_path_factory.mktemp("cloud")
    running = RunningCloud(folder / "state", INFRASTRUCTURE.parent)
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    """A local cloud for one test that kills or restarts it."""
    running = RunningCloud(tmp_path / "state", INFRASTRUCTURE.parent)
    running.start()
    yield running
    running.stop()
