"""HTTP requests and replies of the local cloud, between the WSGI server and its services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

Environ = dict[str, Any]
RAW_HEADERS = "finks.headers"
"""Environ key of the headers by lower-case name, underscores kept (WSGI loses them)."""


@dataclass(frozen=True)
class Request:
    """One request; `path` is still percent-encoded, header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    stream: BinaryIO
    environ: Environ

    @classmethod
    def from_environ(cls, environ: Environ) -> Request:
        """Read a WSGI environment; the body stays unread in `stream`."""
        target = str(environ.get("REQUEST_URI") or environ.get("PATH_INFO") or "/")
        if not target.startswith("/"):  # absolute form, as sent through a proxy
            parts = urlsplit(target)
            target = f"{parts.path or '/'}?{parts.query}"
        path = target.partition("?")[0]
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        return cls(
            method=environ["REQUEST_METHOD"],
            path=path,
            query=query,
            headers=environ.get(RAW_HEADERS) or _headers_of(environ),
            stream=environ["wsgi.input"],
            environ=environ,
        )

    @property
    def decoded_path(self) -> str:
        """The path with percent-encoding undone; raises UnicodeDecodeError if it is not UTF-8."""
        return unquote(self.path, errors="strict")

    @property
    def content_length(self) -> int | None:
        """Announced length of the body in bytes, None when it comes in chunks."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            return None
        try:
            return int(self.headers.get("content-length") or 0)
        except ValueError:
            return 0

    def drain(self) -> None:
        """Throw the rest of the body away, so that the connection can go on being used."""
        try:
            while self.stream.read(1 << 20):
                pass
        except (OSError, ValueError):  # cut short or not framed rightly: nothing more will come
            pass


@dataclass
class Reply:
    """One answer. `body` is sent as it is produced; give Content-Length if it is a stream."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""

    def send(self, start_response: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
        """Answer a WSGI request."""
        headers = list(self.headers)
        names = {name.lower() for name, _ in headers}
        if isinstance(self.body, bytes) and "content-length" not in names and self.status != 204:
            headers.append(("Content-Length", str(len(self.body))))
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        start_response(f"{self.status} {phrase}", headers)
        return [self.body] if isinstance(self.body, bytes) else self.body


def _headers_of(environ: Environ) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers
