"""Real servers for the tests, in threads of the test process, each on a free port."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from replay.access import CallLimit
from replay.serving import running_replay
from replay.settings import ReplaySettings


@contextmanager
def replay_server(
    settings: ReplaySettings | None = None, limit: CallLimit | None = None
) -> Iterator[str]:
    """The replay; yields its base URL, /stable included."""
    with running_replay(settings, limit) as replay:
        yield replay.url


class Request:
    """What a misbehaving server was asked for."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.endpoint = parts.path.removeprefix("/stable/")
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        self.headers = dict(handler.headers)
        self.raw = handler.path


Answer = tuple[int, str]
"""Status and body. A body that begins with TRUNCATED is sent shorter than announced."""
TRUNCATED = "\0truncated"


class FaultServer:
    """An FMP that answers as a test tells it to; `requests` is what it was asked for."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.url = ""

    def asked(self, endpoint: str) -> list[dict[str, str]]:
        return [r.query for r in self.requests if r.endpoint == endpoint]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # beyond it a connection waits a second for its next try

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests; everything else is a mistake in one."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def fault_server(answer: Callable[[Request], Answer]) -> Iterator[FaultServer]:
    fault = FaultServer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self)
            fault.requests.append(request)
            status, body = fault.answer(request)
            cut = body.startswith(TRUNCATED)
            data = body.removeprefix(TRUNCATED).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data) + (100 if cut else 0)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = _QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    fault.url = f"http://127.0.0.1:{server.server_port}/stable"
    try:
        yield fault
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
