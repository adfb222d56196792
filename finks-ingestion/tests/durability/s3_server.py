"""moto's S3 behind a front that serialises requests, and lets a test act on each of them.

moto checks a conditional put and carries it out in two steps, and its server has a thread per
connection: two puts with `If-None-Match: *` may both pass the check. S3 takes one of them. The
front's lock makes moto do so too, and a body that breaks off is refused, as S3 refuses it, where
moto would store its beginning.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True)
class S3Request:
    """A request; `run` is the application id that the process sends (AWS_SDK_UA_APP_ID)."""

    run: str
    method: str
    key: str
    query: str
    condition: str
    """`If-None-Match` or `If-Match` when the request has one."""

    @property
    def writes(self) -> str:
        """`file` when it brings a file of a run or a part of one, `manifest` when it commits."""
        if self.method in ("PUT", "POST") and "/run=" in self.key and "/_" not in self.key:
            return "file"
        return "manifest" if self.method == "PUT" and self.key.endswith("/_manifest.json") else ""


@dataclass(frozen=True)
class Fault:
    """What the client gets in place of the answer; status 0 hangs up."""

    status: int = 0
    code: str = "InternalError"


class Watcher:
    """Sees the requests of one run; it may wait, and a Fault takes the answer's place."""

    def before(self, request: S3Request) -> Fault | None:
        """Before the request is carried out, which a Fault prevents."""

    def after(self, request: S3Request) -> Fault | None:
        """When it has been carried out, before the client knows."""


class S3Server:
    """The WSGI application."""

    def __init__(self) -> None:
        self._moto = create_backend_app("s3")
        self._one_at_a_time = threading.Lock()
        self._watchers: dict[str, Watcher] = {}
        self._under_way = 0
        self._idle = threading.Condition()
        self.url = ""

    @contextmanager
    def watched(self, run: str, watcher: Watcher) -> Iterator[None]:
        """Show a watcher the requests of a run within the block."""
        self._watchers[run] = watcher
        try:
            yield
        finally:
            del self._watchers[run]

    def settle(self, seconds: float = 10) -> None:
        """Wait until nothing is under way, also of processes that are dead already."""
        with self._idle:
            if not self._idle.wait_for(lambda: not self._under_way, seconds):
                raise TimeoutError("requests hang; a watcher holds them")

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        with self._idle:
            self._under_way += 1
        try:
            return self._serve(environ, start)
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def _serve(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        if len(body) < length:
            return _fail(Fault(400, "IncompleteBody"), environ, start)
        if length:
            environ["wsgi.input"] = io.BytesIO(body)
        request = _read(environ)
        watcher = self._watchers.get(request.run)
        if watcher and (fault := watcher.before(request)):
            return _fail(fault, environ, start)
        answer = _Answer()
        with self._one_at_a_time:
            chunks = self._moto(environ, answer.keep)
            content = b"".join(chunks)
            if close := getattr(chunks, "close", None):
                close()
        if watcher and (fault := watcher.after(request)):
            return _fail(fault, environ, start)
        start(answer.status, answer.headers)
        return [content]


class _Answer:
    """What the application told about its answer, kept until the front lets it go."""

    status: str
    headers: list[tuple[str, str]]

    def keep(
        self, status: str, headers: list[tuple[str, str]], _error: object = None, /
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return lambda _data: None


def _read(environ: WSGIEnvironment) -> S3Request:
    agent = dict(
        part.split("/", 1)
        for part in environ.get("HTTP_USER_AGENT", "").split(" ")
        if part.startswith("app/")
    )
    key = unquote(environ.get("PATH_INFO", "")).lstrip("/").partition("/")[2]
    condition = next(
        (
            n
            for n in ("If-None-Match", "If-Match")
            if f"HTTP_{n.upper().replace('-', '_')}" in environ
        ),
        "",
    )
    query = environ.get("QUERY_STRING", "")
    return S3Request(agent.get("app", ""), environ["REQUEST_METHOD"], key, query, condition)


def _fail(fault: Fault, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    if not fault.status:
        connection: socket.socket = environ["werkzeug.socket"]
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the client was first
            return []
    text = f"<Error><Code>{fault.code}</Code><Message>made by a test</Message></Error>".encode()
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))]
    start(f"{fault.status or 500} {fault.code}", headers)
    return [text]


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run the server on a free port, in threads of this process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    front = S3Server()
    handler: Any = MotoRequestHandler
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    front.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
