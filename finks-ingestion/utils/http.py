"""HTTP GETs over a pool of connections, safe for threads, with every failure told apart.

Answers are read whole and within limits: of time for the connection, for each read and for the
whole, and of size. Redirects are not followed: the key, which is in a header, would travel along.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Of an unpacked body: more than the largest bulk file."""
_CHUNK_BYTES = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_WHOLE_ANSWER_FACTOR = 4
"""The time limit counts for each read; a whole answer may take this much longer."""
_BAD_URL = (
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidURL,
    urllib3.exceptions.LocationParseError,
)
_NOT_CONNECTED = ("NewConnectionError", "NameResolutionError", "ProxyError", "SSLError")
"""How requests names, within one class of its own, that no connection came about."""


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


class _Session(requests.Session):
    """Requests would read the body of a redirect, without limits, even when it does not follow."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


class HttpClient:
    """GETs below one base URL, with some headers, over at most `connections` connections."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], *, connections: int, timeout: float
    ) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._session = _Session()
        self._session.headers.update({"accept-encoding": "gzip", **headers})
        # Looked up once: requests does it for every call.
        self._session.trust_env = False
        with suppress(ValueError):  # an address that is none, which the first call tells
            self._session.proxies = get_environ_proxies(base_url)
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        self._session.verify = bundle or True
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def get(self, path: str, parameters: Mapping[str, str]) -> Response:
        """One GET. Raises HttpError."""
        deadline = time.monotonic() + self._timeout * _WHOLE_ANSWER_FACTOR
        try:
            with self._session.get(
                f"{self._base_url}/{path}",
                params=parameters,
                stream=True,
                timeout=(self._timeout, self._timeout),
                allow_redirects=False,
            ) as response:
                body = self._body(response, deadline)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status_code, headers, body)
        except _BAD_URL as error:
            raise BadUrlError(str(error)) from error
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise TimedOutError(f"within {self._timeout:g} s") from error
        except requests.ConnectionError as error:
            if any(sign in str(error) for sign in _NOT_CONNECTED):
                raise NotConnectedError(_reason(error)) from error
            raise BrokenAnswerError(f"broke off ({error})") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise BrokenAnswerError(f"broke off ({error})") from error

    def close(self) -> None:
        """Close the connections that are idle."""
        self._session.close()

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        """The unpacked body, by what has arrived: a server that trickles meets the deadline."""
        chunks: list[bytes] = []
        size = 0
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY_BYTES or time.monotonic() > deadline:
                raise BrokenAnswerError(f"is endless ({size} bytes so far)")
        return _unpacked(b"".join(chunks), response.headers.get("content-encoding", ""))


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


def _reason(error: requests.ConnectionError) -> str:
    """The innermost reason of a failure, without the addresses that are wrapped around it."""
    cause: object = error.args[0] if error.args else error
    return str(getattr(cause, "reason", cause)).rpartition(": ")[2]
