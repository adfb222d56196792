"""A server of bare sockets: it sends the bytes that a test wants, and counts connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_TLS = b"\x16"
Serve = Callable[[socket.socket, bytes], None]


@dataclass
class RawServer:
    """What has happened so far; `requests` are the heads that came."""

    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def raw_server(serve: Serve | bytes) -> Iterator[RawServer]:
    """Call `serve` for every request of every connection, or send these bytes and hang up."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    server = RawServer(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    open_connections: list[socket.socket] = []

    def work(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while head := _head(connection):
                server.requests.append(head)
                if isinstance(serve, bytes):
                    connection.sendall(serve)
                    return
                serve(connection, head)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                open_connections.append(connection)
                thread = threading.Thread(target=work, args=(connection,), daemon=True)
                threads.append(thread)
                thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (acceptor, *threads):
            thread.join(5)


def _head(connection: socket.socket) -> bytes:
    """The head of a request, or what comes in its place with TLS; empty when the client hung up."""
    text = b""
    while b"\r\n\r\n" not in text and not text.startswith(_TLS):
        some = connection.recv(65536)
        if not some:
            return b""
        text += some
    return text


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """The bytes of an answer; `length` is what it says of its body."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"content-length: {size}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
