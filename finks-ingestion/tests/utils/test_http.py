"""HTTP over real sockets: every way in which an answer may fail, and what a client gives away."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from tests.utils.conftest import TLS_BODY
from tests.utils.raw_server import RawServer, answer, raw_server
from utils import http
from utils.http import (
    BadUrlError,
    BrokenAnswerError,
    HttpClient,
    HttpError,
    NotConnectedError,
    Response,
    TimedOutError,
)

KEY = "secret-key"
ROWS = b"symbol,price\n" + b"".join(b"S%d,%d\n" % (n, n * 7919) for n in range(3000))
PACKED = gzip.compress(ROWS)
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
GZIP = "content-encoding: gzip"


def client(url: str, *, timeout: float = 5, connections: int = 4) -> HttpClient:
    return HttpClient(url, {"apikey": KEY}, connections=connections, timeout=timeout)


def get(server: RawServer, *, timeout: float = 5) -> Response:
    source = client(server.url, timeout=timeout)
    try:
        return source.get("stable/quote", {"symbol": "BRK-B"})
    finally:
        source.close()


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (answer(ROWS), ROWS),
        (answer(b""), b""),
        (answer(PACKED, GZIP), ROWS),
        (answer(PACKED, "content-encoding: X-GZIP"), ROWS),
        (answer(PACKED + PACKED, GZIP), ROWS + ROWS),
        (answer(b"", GZIP), b""),
        (answer(ROWS, "content-encoding: identity"), ROWS),
        (CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"hello!"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"late"), b"late"),
    ],
)
def test_whole_answers(sent: bytes, body: bytes) -> None:
    with raw_server(sent) as server:
        assert get(server).body == body


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"garbage\r\n\r\n", id="no HTTP"),
        pytest.param(answer(ROWS, length=len(ROWS) + 1), id="shorter than announced"),
        pytest.param(CHUNKED + b"5\r\nhello\r\n5\r\nhe", id="ends within a chunk"),
        pytest.param(CHUNKED + b"5\r\nhello\r\n", id="ends between chunks"),
        pytest.param(CHUNKED + b"zz\r\nhello\r\n", id="no chunk"),
        pytest.param(answer(PACKED[: len(PACKED) // 2], GZIP), id="gzip cut in the middle"),
        pytest.param(answer(PACKED[:-1], GZIP), id="gzip cut at its end"),
        pytest.param(answer(PACKED[:5], GZIP), id="gzip cut at its beginning"),
        pytest.param(answer(PACKED + PACKED[:50], GZIP), id="second gzip cut"),
        pytest.param(
            f"HTTP/1.1 200 OK\r\n{GZIP}\r\n\r\n".encode() + PACKED[:-20], id="gzip cut by closing"
        ),
        pytest.param(answer(PACKED[:-8] + b"12345678", GZIP), id="wrong checksum"),
        pytest.param(answer(PACKED[:500] + b"\xff" * 20 + PACKED[520:], GZIP), id="broken gzip"),
        pytest.param(answer(ROWS, GZIP), id="no gzip"),
        pytest.param(answer(ROWS, "content-encoding: br"), id="another encoding"),
        pytest.param(answer(b"hello", "content-length: 6"), id="two lengths"),
        pytest.param(answer(b"hello", f"x: {'a' * 70_000}"), id="endless header"),
    ],
)
def test_broken_answers(sent: bytes) -> None:
    with raw_server(sent) as server, pytest.raises(BrokenAnswerError):
        get(server)


def test_an_endless_body_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 1_000_000)

    def pour(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(CHUNKED)
        while True:
            connection.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")

    with raw_server(pour) as server, pytest.raises(BrokenAnswerError, match="endless"):
        get(server)


def test_a_small_body_that_unpacks_to_a_large_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 1_000_000)
    bomb = gzip.compress(b"a" * 50_000_000)

    with (
        raw_server(answer(bomb, GZIP)) as server,
        pytest.raises(BrokenAnswerError, match=r"endless \(1000001 bytes"),
    ):
        get(server)


def test_a_body_that_drips_meets_the_time_limit_of_the_whole() -> None:
    """Every single read is in time."""
    stop = threading.Event()

    def drip(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(answer(b"", length=10**6))
        while not stop.wait(0.02):
            connection.sendall(b"a")

    with raw_server(drip) as server:
        with pytest.raises(BrokenAnswerError, match="endless"):
            get(server, timeout=0.1)
        stop.set()


@pytest.mark.parametrize("sent", [b"", answer(b"", length=5), CHUNKED, b"HTTP/1.1 200 OK\r\nx: "])
def test_silence_meets_the_time_limit_of_a_read(sent: bytes) -> None:
    stop = threading.Event()

    def be_silent(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(sent)
        stop.wait(10)

    with raw_server(be_silent) as server:
        with pytest.raises(TimedOutError, match=r"within 0\.1 s"):
            get(server, timeout=0.1)
        stop.set()


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refused_connection(scheme: str) -> None:
    with pytest.raises(NotConnectedError):
        client(f"{scheme}://127.0.0.1:{unused_port()}").get("quote", {})


def test_tls_to_a_server_without() -> None:
    with raw_server(answer(b"[]")) as server, pytest.raises(NotConnectedError):
        client(server.url.replace("http:", "https:")).get("quote", {})


def test_tls_with_a_certificate_that_is_trusted(
    tls_url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    source = client(tls_url)
    bodies = [source.get("quote", {}).body for _ in range(2)]
    source.close()

    assert bodies == [TLS_BODY, TLS_BODY]


def test_tls_with_a_certificate_that_nobody_trusts(tls_url: str) -> None:
    with pytest.raises(NotConnectedError, match="certificate"):
        client(tls_url).get("quote", {})


def test_certificates_that_are_not_there(tls_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(NotConnectedError, match=r"/nowhere/ca\.pem"):
        client(tls_url).get("quote", {})


@pytest.mark.parametrize(
    "url",
    [
        *("http://", "ftp://host", "http://[::1", "http://a b", "http://host:99999"),
        *("http://host:port", f"http://{'a' * 70}.com", "http://*", "http://.x"),
    ],
)
def test_an_address_that_is_none_is_told_by_the_first_call(url: str) -> None:
    with pytest.raises(BadUrlError):
        client(url).get("quote", {})


@pytest.mark.parametrize("target", ["/elsewhere", "http://127.0.0.1:{port}/", "http://[bad", "//"])
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed_and_the_key_stays(target: str, status: str) -> None:
    with raw_server(answer(b"[]")) as other:
        location = f"location: {target.format(port=other.port)}"
        with raw_server(answer(b"moved", location, status=status)) as server:
            found = get(server)

            assert (found.status, found.body) == (int(status[:3]), b"moved")
            assert len(server.requests) == 1
        assert other.connections == 0


def test_the_body_of_a_redirect_has_limits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 1_000_000)
    poured = count()

    def pour(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nlocation: /x\r\n\r\n")
        while next(poured) < 1000:
            connection.sendall(b"a" * 65536)

    with raw_server(pour) as server, pytest.raises(BrokenAnswerError, match="endless"):
        get(server)
    assert next(poured) < 1000


def test_the_key_is_in_a_header_and_nowhere_else() -> None:
    with raw_server(answer(b"[]")) as server:
        get(server)

    (head,) = server.requests
    line, *headers = head.decode().split("\r\n")
    assert line == "GET /stable/quote?symbol=BRK-B HTTP/1.1"
    assert f"apikey: {KEY}" in headers
    assert head.count(KEY.encode()) == 1


def test_what_a_server_wants_remembered_is_forgotten() -> None:
    def serve(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(answer(b"[]", "set-cookie: session=1; path=/"))

    with raw_server(serve) as server:
        source = client(server.url)
        for _ in range(2):
            source.get("quote", {})
        source.close()

    assert len(server.requests) == 2
    assert all(b"cookie" not in head.lower() for head in server.requests)


def test_headers_of_an_answer_have_lower_case_names() -> None:
    with raw_server(answer(b"", "Retry-After: 7", status="429 Slow down")) as server:
        found = get(server)

    assert (found.status, found.headers["retry-after"]) == (429, "7")


def test_threads_share_connections_and_keep_them() -> None:
    """As many as there are threads, however many calls are made."""
    together = threading.Barrier(4)

    def serve(connection: socket.socket, head: bytes) -> None:
        if b"first" in head:
            together.wait(5)
        connection.sendall(answer(head.split(b" ")[1]))

    with raw_server(serve) as server, ThreadPoolExecutor(4) as threads:
        source = client(server.url)
        list(threads.map(lambda n: source.get(f"first/{n}", {}), range(4)))
        bodies = list(threads.map(lambda n: source.get(f"next/{n}", {}).body, range(60)))
        source.close()

    assert bodies == [f"/next/{n}".encode() for n in range(60)]
    assert server.connections == 4


def test_a_connection_that_the_server_closed_meanwhile_is_made_again() -> None:
    closed = threading.Event()

    def serve(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(answer(b"[]"))
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with raw_server(serve) as server:
        source = client(server.url)
        for _ in range(3):
            assert source.get("quote", {}).body == b"[]"
            assert closed.wait(5)
            closed.clear()
        source.close()

    assert server.connections == 3


def test_a_failed_answer_leaves_no_connection_that_would_mix_answers_up() -> None:
    """What is left of a broken answer would be read as the next one."""
    numbers = count()

    def serve(connection: socket.socket, _head: bytes) -> None:
        if next(numbers) == 0:
            connection.sendall(answer(PACKED[:100] + ROWS, GZIP))
        else:
            connection.sendall(answer(b"right"))

    with raw_server(serve) as server:
        source = client(server.url)
        with pytest.raises(BrokenAnswerError):
            source.get("quote", {})
        assert source.get("quote", {}).body == b"right"
        source.close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    with raw_server(lambda c, _: c.sendall(answer(b"by the proxy"))) as server:
        monkeypatch.setenv("http_proxy", server.url)
        yield server


def test_a_proxy_of_the_environment_is_looked_up_once(
    proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = client("http://source.invalid/stable")
    bodies = [source.get("quote", {}).body]
    monkeypatch.delenv("http_proxy")
    bodies.append(source.get("quote", {}).body)
    source.close()

    assert bodies == [b"by the proxy"] * 2
    assert proxy.requests[0].startswith(b"GET http://source.invalid/stable/quote HTTP/1.1")


def test_what_needs_no_proxy_takes_none(proxy: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with raw_server(answer(b"direct")) as server:
        assert get(server).body == b"direct"
    assert proxy.connections == 0


def test_a_proxy_that_is_not_there_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")

    with pytest.raises(NotConnectedError):
        client("http://source.invalid").get("quote", {})


@pytest.mark.parametrize("kind", [NotConnectedError, TimedOutError, BrokenAnswerError, BadUrlError])
def test_one_root_for_all_failures(kind: type[Exception]) -> None:
    assert issubclass(kind, HttpError)
