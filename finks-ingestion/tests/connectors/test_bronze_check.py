"""The check of bronze against S3s that allow less, and that it leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.bronze_check import check_bronze
from connectors.errors import ExitCode
from connectors.findings import Finding
from tests.conftest import Lake
from utils.s3 import Bucket

EMPTY = '<?xml version="1.0"?><ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>'
DENIED = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>No</Message></Error>'
Storage = Callable[[int, int], Bucket]


@contextmanager
def s3_server(listing: int, putting: int) -> Iterator[Bucket]:
    """An S3 that answers lists and puts with these statuses."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(listing)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self._answer(putting)

        def _answer(self, status: int) -> None:
            body = (EMPTY if status == 200 else DENIED).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.send_header("etag", '"0"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Bucket("finks-bronze", f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def storage() -> Iterator[Storage]:
    with ExitStack() as stack:
        yield lambda listing, putting: stack.enter_context(s3_server(listing, putting))


def findings(bucket: Bucket) -> dict[str, Finding]:
    found = check_bronze(bucket, "fmp", lambda _what: None)
    return {finding.subject.split(" ", 1)[0]: finding for finding in found}


def test_an_empty_bucket_can_be_written_and_stays_empty(lake: Lake) -> None:
    found = findings(Bucket(lake.name))

    assert {verb: f.status for verb, f in found.items()} == {
        "list": "allowed",
        "read": "untried",
        "write": "allowed",
    }
    assert "nothing was written" in found["write"].said
    assert lake.keys() == []


def test_a_role_that_may_not_write(storage: Storage) -> None:
    write = findings(storage(200, 403))["write"]

    assert (write.status, write.problem) == ("refused", ExitCode.BAD_CONFIGURATION)
    assert write.consequence == "give the task's role access to the bucket"
    assert "AccessDenied" in write.said


def test_a_role_that_may_not_even_list(storage: Storage) -> None:
    found = findings(storage(403, 403))

    assert (found["list"].status, found["list"].problem) == ("refused", 2)
    assert {found["read"].status, found["write"].status} == {"untried"}


def test_a_storage_that_knows_no_conditions(storage: Storage) -> None:
    write = findings(storage(200, 200))["write"]

    assert (write.status, write.problem) == ("failed", ExitCode.BAD_CONFIGURATION)
    assert "honours If-Match, and remove fmp/_check" in write.consequence
