"""The two servers of a run, each a process of its own: the replay, and the S3 of `make start`.

They stop with the block that started them, whatever ends it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.errors import BenchError

PROJECT = Path(__file__).resolve().parent.parent
INFRASTRUCTURE = PROJECT.parent / "finks-infrastructure"
CLOUD_PYTHON = INFRASTRUCTURE / ".venv" / "bin" / "python"
_HOST = "127.0.0.1"
_START_SECONDS = 60
_STOP_SECONDS = 10
_CALL_SECONDS = 60
_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 (a folder of its own is made in it)
"""Where Linux has it: how fast a disk flushes is not what is compared, and varies most."""


@dataclass(frozen=True)
class Replay:
    """A running replay with a scenario."""

    origin: str

    @property
    def base_url(self) -> str:
        """What FMP_BASE_URL is set to."""
        return f"{self.origin}/stable"

    def reset(self) -> None:
        """Forget the calls so far; bodies that were made are kept."""
        _local("POST", f"{self.origin}/_replay/reset")

    def calls(self) -> dict[str, Any]:
        """What /_replay/calls shows."""
        found: dict[str, Any] = json.loads(_local("GET", f"{self.origin}/_replay/calls"))
        return found


@dataclass(frozen=True)
class S3Server:
    """A running S3."""

    endpoint: str


@contextmanager
def running_replay(scenario: Path, *, today: str) -> Iterator[Replay]:
    """The replay as a process, with the scenario of a file."""
    port = _free_port()
    command = ["-m", "replay", "--host", _HOST, "--port", str(port), "--scenario", str(scenario)]
    origin = f"http://{_HOST}:{port}"
    with _process([sys.executable, *command], PROJECT, f"{origin}/health", FINKS_TODAY=today):
        yield Replay(origin)


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """The local cloud as a process: its S3 has every object on disk before it answers.

    Raises BenchError when its environment is not there.
    """
    if not CLOUD_PYTHON.exists():
        raise BenchError(f"there is no {CLOUD_PYTHON}; run 'make bench', which makes it")
    port = _free_port()
    origin = f"http://{_HOST}:{port}"
    folder = _MEMORY_DISK if os.access(_MEMORY_DISK, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=folder) as state:
        command = ["-m", "local.cloud", "--port", str(port), "--state-dir", state]
        command += ["--projects-dir", str(PROJECT.parent)]
        with _process([str(CLOUD_PYTHON), *command], INFRASTRUCTURE, f"{origin}/_finks/health"):
            yield S3Server(origin)


@contextmanager
def _process(
    command: Sequence[str], folder: Path, ready_url: str, **environment: str
) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(process, ready_url)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            _local("GET", url)
        except requests.ConnectionError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    shown = " ".join(str(part) for part in process.args)  # type: ignore[union-attr]
    raise BenchError(f"the server did not start; run it by hand to see why: {shown}")


def _local(method: str, url: str) -> bytes:
    """Ask a server of this machine, past any proxy of the environment."""
    with requests.Session() as session:
        session.trust_env = False
        response = session.request(method, url, timeout=_CALL_SECONDS)
        response.raise_for_status()
        return response.content


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_HOST, 0))
        port: int = listener.getsockname()[1]
        return port
