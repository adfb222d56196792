"""Runs the services under supervisord: configuration, start, state and stop.

supervisord restarts what dies, keeps the logs and forwards the stop; this module renders its
configuration from `services` and talks to it over its socket.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from config.local import LocalSettings
from local.cloud.service import STACK_MARKER
from local.services import INFRASTRUCTURE, Service, services

_LONGEST_SOCKET_PATH = 100
"""Bytes of a socket's path that every Unix accepts (Linux 107, macOS 103)."""
_FOREIGN_PREFIXES = ("AWS_", "DBT_", "FINKS_", "FMP_", "PREFECT_", "PYTHON", "VIRTUAL_ENV")
"""Variables of the user's shell that would change what the services do."""
_START_SECONDS = 20
_STOP_SECONDS = 60


class SupervisorError(Exception):
    """supervisord could not be started or stopped; the message says where to look."""


@dataclass(frozen=True)
class ServiceState:
    """What supervisord knows of a service; `state` is one of its names, such as RUNNING."""

    name: str
    state: str
    pid: int
    description: str

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.state in {"STARTING", "RUNNING"}


class Supervisor:
    """The supervisord of one stack."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._folder = settings.state_dir / "supervisor"
        self._configuration = self._folder / "supervisord.conf"
        self.log = settings.logs_dir / "supervisord.log"

    @property
    def running(self) -> bool:
        """Whether supervisord answers."""
        try:
            with self._rpc() as rpc:
                rpc.supervisor.getState()
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def start(self) -> None:
        """Start supervisord with this stack's services; what runs already is left alone.

        A changed service (another port, say) is restarted with its new configuration.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._settings.logs_dir.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(self._render(), encoding="utf-8")
        if self.running:
            self._reload()
            return
        daemon = INFRASTRUCTURE / ".venv" / "bin" / "supervisord"
        result = subprocess.run(
            [str(daemon), "-c", str(self._configuration)],
            env=self._base_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self.running:
            if result.returncode != 0 or time.monotonic() > deadline:
                detail = (result.stderr or result.stdout).strip().splitlines()[-1:]
                reason = detail[0] if detail else "no answer"
                raise SupervisorError(f"supervisord did not start ({reason}); see {self.log}")
            time.sleep(0.1)

    def start_service(self, name: str) -> None:
        """Start one service if it does not run."""
        with self._rpc() as rpc:
            if not self.states()[name].running:
                rpc.supervisor.startProcess(name, False)

    def stop_service(self, name: str) -> None:
        """Stop one service; it stays down until it is started again."""
        with self._rpc() as rpc:
            rpc.supervisor.stopProcess(name)

    def states(self) -> dict[str, ServiceState]:
        """Every service by name; empty when supervisord does not run."""
        try:
            with self._rpc() as rpc:
                found = cast(list[dict[str, Any]], rpc.supervisor.getAllProcessInfo())
        except (OSError, xmlrpc.client.Error):
            return {}
        return {
            process["name"]: ServiceState(
                process["name"], process["statename"], process["pid"], process["description"]
            )
            for process in found
        }

    def stop(self) -> None:
        """Stop all services and supervisord itself; returns when it is gone."""
        if not self.running:
            return
        with self._rpc() as rpc:
            pid = cast(int, rpc.supervisor.getPID())
            rpc.supervisor.shutdown()
        deadline = time.monotonic() + _STOP_SECONDS
        while _alive(pid):
            if time.monotonic() > deadline:
                raise SupervisorError(f"supervisord (pid {pid}) does not leave; see {self.log}")
            time.sleep(0.1)

    def _reload(self) -> None:
        with self._rpc() as rpc:
            added, changed, removed = cast(list[list[list[str]]], rpc.supervisor.reloadConfig())[0]
            for group in (*changed, *removed):
                rpc.supervisor.stopProcessGroup(group)
                rpc.supervisor.removeProcessGroup(group)
            for group in (*added, *changed):
                rpc.supervisor.addProcessGroup(group)

    @property
    def _socket(self) -> Path:
        path = self._folder / "supervisor.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"finks-{digest}.sock"

    @contextlib.contextmanager
    def _rpc(self) -> Iterator[xmlrpc.client.ServerProxy]:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            yield proxy

    def _base_environment(self) -> dict[str, str]:
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN_PREFIXES)
        }
        return {
            **inherited,
            STACK_MARKER: str(self._settings.state_dir),
            "PYTHONUNBUFFERED": "1",
        }

    def _render(self) -> str:
        sections = [
            _section("unix_http_server", file=self._socket, chmod="0700"),
            _section(
                "supervisord",
                logfile=self.log,
                pidfile=self._folder / "supervisord.pid",
                childlogdir=self._settings.logs_dir,
                directory=INFRASTRUCTURE,
            ),
            _section(
                "rpcinterface:supervisor",
                **{
                    "supervisor.rpcinterface_factory": (
                        "supervisor.rpcinterface:make_main_rpcinterface"
                    )
                },
            ),
            *(self._program(service) for service in services(self._settings)),
        ]
        return "\n".join(sections)

    def _program(self, service: Service) -> str:
        return _section(
            f"program:{service.name}",
            command=" ".join(_quote(part) for part in service.command),
            directory=service.directory,
            environment=",".join(
                f"{key}={_quote(value)}" for key, value in sorted(service.environment.items())
            ),
            # A service without an address of its own needs the others first: `start_service`.
            autostart=str(service.health_url is not None).lower(),
            autorestart="true",
            startsecs=1,
            stopasgroup="true",
            killasgroup="true",
            stopwaitsecs=service.stop_seconds,
            redirect_stderr="true",
            stdout_logfile=self._settings.logs_dir / f"{service.name}.log",
            stdout_logfile_maxbytes="20MB",
            stdout_logfile_backups=2,
        )


def _section(title: str, **values: object) -> str:
    # supervisord expands %(…)s in values, so a plain per cent sign is written twice.
    lines = [f"{key}={str(value).replace('%', '%%')}" for key, value in values.items()]
    return "\n".join([f"[{title}]", *lines, ""])


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
