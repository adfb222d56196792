"""HTTP GETs over a pool of connections, safe for threads, with every failure told apart.

Answers are read whole and within limits: of time for the connection, for each read and for the
whole, and of size. Redirects are not followed: the key, which is in a header, would travel along.

The session is that of requests, which finds proxies and certificates. The calls are made on its
pool, by urllib3, on which requests stands: preparing every call anew takes longer than making it.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Of an unpacked body: more than the largest bulk file."""
_CHUNK_BYTES = 256 * 1024
_AGENT = "finks-ingestion"
_GZIP = 16 + zlib.MAX_WBITS
_WHOLE_ANSWER_FACTOR = 4
"""The time limit counts for each read; a whole answer may take this much longer."""
_BAD_URL = (requests.RequestException, urllib3.exceptions.LocationValueError)
_NOT_CONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ProxyError,
    urllib3.exceptions.SSLError,
    OSError,  # there are no certificates where REQUESTS_CA_BUNDLE says
)


class HttpError(Exception):
    """No usable answer; the message is the end of a sentence about the call."""


class NotConnectedError(HttpError):
    """No connection came about."""


class TimedOutError(HttpError):
    """No answer within the time limit."""


class BrokenAnswerError(HttpError):
    """An answer that ends early, has no end, or cannot be unpacked."""


class BadUrlError(HttpError):
    """The address is none."""


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """GETs below one base URL, with some headers, over at most `connections` connections."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], *, connections: int, timeout: float
    ) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._limits = urllib3.Timeout(connect=timeout, read=timeout)
        self._headers = {"user-agent": _AGENT, "accept-encoding": "gzip", **headers}
        self._session = requests.Session()
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._adapter)

    def get(self, path: str, parameters: Mapping[str, str]) -> Response:
        """One GET. Raises HttpError."""
        deadline = time.monotonic() + self._timeout * _WHOLE_ANSWER_FACTOR
        query = f"?{urlencode(parameters)}" if parameters else ""
        try:
            pool, base = self._connections
            answer = pool.urlopen(
                "GET",
                f"{base}/{path}{query}",
                headers=self._headers,
                assert_same_host=False,  # a proxy gets whole addresses
                redirect=False,
                retries=False,
                timeout=self._limits,
                preload_content=False,
                decode_content=False,
            )
            try:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, headers, _body(answer, deadline))
            finally:
                answer.close()  # the connection too, unless the whole answer was read
                answer.release_conn()
        except _BAD_URL as error:
            raise BadUrlError(str(error)) from error
        except _NOT_CONNECTED as error:
            raise NotConnectedError(_reason(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            raise TimedOutError(f"within {self._timeout:g} s") from error
        except urllib3.exceptions.HTTPError as error:
            raise BrokenAnswerError(f"broke off ({_reason(error)})") from error

    def close(self) -> None:
        """Close the connections that are idle."""
        self._session.close()

    @cached_property
    def _connections(self) -> tuple[urllib3.HTTPConnectionPool, str]:
        """The pool, and what the target of every request begins with."""
        request = self._session.prepare_request(requests.Request("GET", self._base_url))
        proxies = get_environ_proxies(self._base_url)
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        verify = bundle or True
        pool = self._adapter.get_connection_with_tls_context(request, verify, proxies=proxies)
        self._adapter.cert_verify(pool, self._base_url, verify, None)
        return pool, self._adapter.request_url(request, proxies).rstrip("/")


def _body(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The unpacked body, by what has arrived: a server that trickles meets the deadline."""
    chunks: list[bytes] = []
    size = 0
    while chunk := answer.read1(_CHUNK_BYTES, decode_content=False):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES or time.monotonic() > deadline:
            raise BrokenAnswerError(f"is endless ({size} bytes so far)")
    return _unpacked(b"".join(chunks), answer.headers.get("content-encoding", ""))


def _unpacked(packed: bytes, encoding: str) -> bytes:
    """A body without its encoding; urllib3 would take a gzip that ends early for a whole one."""
    if encoding.strip().lower() in ("", "identity"):
        return packed
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise BrokenAnswerError(f"is encoded as {encoding}, which was not asked for")
    body = b""
    while packed:
        unpacker = zlib.decompressobj(wbits=_GZIP)
        try:
            body += unpacker.decompress(packed, MAX_BODY_BYTES + 1 - len(body))
        except zlib.error as error:
            raise BrokenAnswerError(f"cannot be unpacked ({error})") from error
        if len(body) > MAX_BODY_BYTES:
            raise BrokenAnswerError(f"is endless ({len(body)} bytes unpacked so far)")
        if not unpacker.eof:
            raise BrokenAnswerError(f"ends early ({len(body)} bytes unpacked)")
        packed = unpacker.unused_data
    return body


def _reason(error: Exception) -> str:
    """The innermost reason of a failure, without the addresses that are wrapped around it."""
    cause = getattr(error, "original_error", error)
    if cause is error and len(error.args) > 1:  # urllib3 puts what it caught behind its own words
        cause = error.args[0]
    return str(cause).rpartition(": ")[2]
