"""The replay as a server: in the foreground, or in a thread of a test or benchmark."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from replay.access import CallLimit
from replay.app import create_app
from replay.faults import FaultServer
from replay.scenario import Scenario, load_scenario
from replay.settings import ReplaySettings
from replay.transmission import TRANSPORT

_HOST = "127.0.0.1"
_START_SECONDS = 30
_GRACE_SECONDS = 1
"""Calls that a scenario holds back do not hold back the end of the server."""


class TransportProtocol(H11Protocol):
    """uvicorn's protocol, with the connection's transport in the state of each scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the transport for the scopes of this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


def application(settings: ReplaySettings) -> ASGIApp:
    """What `python -m replay` serves. Raises ValueError for a scenario that cannot be used."""
    if settings.scenario is None:
        return create_app(settings)
    return FaultServer(settings, load_scenario(settings.scenario))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises ValueError when it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once only on sockets that say TCP: else each takes 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(
            f"cannot listen on {host}:{port} ({reason}); end what listens there, or choose another "
            "--port (0: a free one) or --host"
        ) from error
    return listener


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until interrupted."""
    with suppress(KeyboardInterrupt):  # uvicorn raises it once more when all is closed
        uvicorn.Server(_config(app)).run([listener])


@dataclass(frozen=True)
class Running:
    """A replay that runs in a thread; `url` includes /stable."""

    url: str
    app: ASGIApp

    @property
    def log(self) -> dict[str, Any]:
        """What /_replay/calls shows."""
        return self.faults.log.view()

    @property
    def faults(self) -> FaultServer:
        """The application of a scenario."""
        if not isinstance(self.app, FaultServer):
            raise TypeError("this replay has no scenario, and therefore no list of calls")
        return self.app


@contextmanager
def running_replay(
    settings: ReplaySettings | None = None,
    limit: CallLimit | None = None,
    *,
    scenario: Scenario | None = None,
) -> Iterator[Running]:
    """Run the replay on a free port, in a thread of this process, with a scenario or without.

    A scenario brings its own limit; `limit` is for the replay without one.
    """
    used = settings or ReplaySettings()
    app: ASGIApp = create_app(used, limit) if scenario is None else FaultServer(used, scenario)
    with listen(_HOST, 0) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(_config(app))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the replay did not start on {_HOST}:{port}")
            time.sleep(0.01)
        try:
            yield Running(f"http://{_HOST}:{port}/stable", app)
        finally:
            server.should_exit = True
            thread.join(10)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=TransportProtocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
