"""The real thing for tests: the local cloud with its executors, and the FMP replay.

Both are services of the sibling projects and run in those projects' environments; where these
are not set up, the tests that need them are skipped.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx

ROOT = Path(__file__).resolve().parents[2]
INFRASTRUCTURE, INGESTION = ROOT / "finks-infrastructure", ROOT / "finks-ingestion"
FAMILY = "finks-local-fmp-ingestion"
_BOOTSTRAP = (
    "from config.local import load; from local.bootstrap import bootstrap; list(bootstrap(load()))"
)
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


@dataclass
class Stack:
    """A running stack; `replay` can be killed and started again."""

    folder: Path
    cloud_port: int
    replay_port: int

    @property
    def endpoint(self) -> str:
        """The AWS endpoint."""
        return f"http://127.0.0.1:{self.cloud_port}"

    def environment(self, **more: str) -> dict[str, str]:
        """The settings of the stack for its own processes."""
        path = os.environ["PATH"]
        keep = {
            name: os.environ[name] for name in ("HOME", "LANG", "JAVA_HOME") if name in os.environ
        }
        return {
            **keep,
            "PATH": path,
            "FINKS_STATE_DIR": str(self.folder),
            "FINKS_CLOUD_PORT": str(self.cloud_port),
            "FINKS_REPLAY_PORT": str(self.replay_port),
            "FINKS_TODAY": "2013-03-01",
            "AWS_EC2_METADATA_DISABLED": "true",
            **more,
        }

    def bootstrap(self, **more: str) -> None:
        """Render the blueprint; `more` are settings such as FMP_API_KEY."""
        subprocess.run(
            [_python(INFRASTRUCTURE), "-c", _BOOTSTRAP],
            cwd=INFRASTRUCTURE,
            env=self.environment(**more),
            check=True,
        )

    @contextlib.contextmanager
    def connector_environment(self, **changes: str) -> Iterator[None]:
        """Another environment in the connector's task definition, while the context lasts."""
        ecs = boto3.client("ecs", endpoint_url=self.endpoint)
        definition = ecs.describe_task_definition(taskDefinition=FAMILY)["taskDefinition"]
        (container,) = definition["containerDefinitions"]
        environment = {e["name"]: e["value"] for e in container["environment"]} | changes
        ecs.register_task_definition(
            family=FAMILY,
            cpu=definition["cpu"],
            memory=definition["memory"],
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            executionRoleArn=definition["executionRoleArn"],
            taskRoleArn=definition["taskRoleArn"],
            containerDefinitions=[
                {
                    **container,
                    "environment": [{"name": k, "value": v} for k, v in environment.items()],
                }
            ],
        )
        try:
            yield
        finally:
            self.bootstrap()

    @contextlib.contextmanager
    def replay(self) -> Iterator[None]:
        """The FMP replay, while the context lasts."""
        command = [_python(INGESTION), "-m", "replay", "--port", str(self.replay_port)]
        with self._running("replay", command, INGESTION, f"{self.replay_port}/health"):
            yield

    @contextlib.contextmanager
    def cloud(self) -> Iterator[None]:
        """The local cloud, while the context lasts."""
        command = [
            *(_python(INFRASTRUCTURE), "-m", "local.cloud", "--port", str(self.cloud_port)),
            *("--state-dir", str(self.folder), "--projects-dir", str(ROOT)),
        ]
        health = f"{self.cloud_port}/_finks/health"
        with self._running("cloud", command, INFRASTRUCTURE, health):
            yield

    @contextlib.contextmanager
    def _running(self, name: str, command: list[str], cwd: Path, health: str) -> Iterator[None]:
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=cwd, env=self.environment(), stdout=output, stderr=output
            )
        try:
            _await(process, f"http://127.0.0.1:{health}", log)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def available() -> bool:
    """Whether the sibling projects are set up."""
    return all(Path(_python(project)).exists() for project in (INFRASTRUCTURE, INGESTION))


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _python(project: Path) -> str:
    return str(project / ".venv" / "bin" / "python")


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer; its log:\n{log.read_text()[-2000:]}")
