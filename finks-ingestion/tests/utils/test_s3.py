"""S3 by whole objects: what its errors become, against sockets that answer as S3 does."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.errors import Interrupted
from connectors.interruption import Interruption
from tests.conftest import Lake
from tests.utils.conftest import TLS_BODY
from tests.utils.raw_server import RawServer, Serve, answer, raw_server
from utils.s3 import PART_BYTES, Bucket, S3Error


def refusal(status: str, code: str, said: str = "No.") -> bytes:
    body = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>"
    return answer(body.encode(), status=status)


@contextmanager
def bucket_at(serve: Serve | bytes) -> Iterator[tuple[Bucket, RawServer]]:
    """A bucket on a server that keeps its connections, as S3 does."""

    def say(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(serve)  # type: ignore[arg-type]

    with raw_server(say if isinstance(serve, bytes) else serve) as server:
        yield Bucket("finks-bronze", server.url), server


@pytest.mark.parametrize(
    ("status", "code", "transient", "remedy"),
    [
        ("404 Not Found", "NoSuchBucket", False, "create the bucket"),
        ("403 Forbidden", "AccessDenied", False, "give the task's role access"),
        ("403 Forbidden", "InvalidAccessKeyId", False, "correct the AWS credentials"),
        ("403 Forbidden", "SignatureDoesNotMatch", False, "correct the AWS credentials"),
        ("400 Bad Request", "ExpiredToken", False, "renew the AWS credentials"),
        ("400 Bad Request", "AuthorizationHeaderMalformed", False, "set AWS_REGION"),
        ("301 Moved Permanently", "PermanentRedirect", False, "set AWS_REGION"),
        ("400 Bad Request", "RequestTimeTooSkewed", True, "run again"),
    ],
)
def test_a_refusal_says_what_to_do(status: str, code: str, transient: bool, remedy: str) -> None:
    with bucket_at(refusal(status, code)) as (bucket, _):
        for operation in (
            lambda: bucket.get("a/b"),
            lambda: bucket.put("a/b", b"1"),
            lambda: bucket.put_new("a/b", b"1"),
            lambda: bucket.put_if("a/b", b"1", "text/plain", etag=None),
            lambda: next(bucket.keys("a/"), None),
            lambda: bucket.may_put("a/b"),
        ):
            with pytest.raises(S3Error) as caught:
                operation()
            assert caught.value.transient is transient
            assert str(caught.value).startswith("cannot "), caught.value
            assert "s3://finks-bronze/a/" in str(caught.value)
            assert remedy in str(caught.value).rpartition("; ")[2]


def test_what_s3_says_is_told_and_the_signed_request_is_not() -> None:
    said = refusal("403 Forbidden", "AccessDenied", "Not for you.")
    with bucket_at(said) as (bucket, _), pytest.raises(S3Error) as caught:
        bucket.get("a")
    assert "AccessDenied: Not for you." in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "testing" not in str(caught.value)


def test_nobody_there_is_transient() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
    with pytest.raises(S3Error, match=rf"check that {url} answers, then run again") as caught:
        Bucket("finks-bronze", url).get("a")
    assert caught.value.transient


@pytest.mark.parametrize("endpoint", [None, ""])
def test_without_an_endpoint_it_is_aws(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    if endpoint is not None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with raw_server(answer(b"", status="502 Bad Gateway")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(S3Error, match="check that AWS answers"):
            Bucket("finks-bronze").get("a")
    assert proxy.requests[0].startswith(b"CONNECT s3.eu-central-1.amazonaws.com:443 ")


def test_certificates_of_ones_own(
    tls_url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(S3Error, match=f"check that {tls_url} answers"):
        Bucket("finks-bronze", tls_url).get("a")

    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    assert Bucket("finks-bronze", tls_url).get("a") == TLS_BODY

    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(S3Error, match=r"AWS_CA_BUNDLE /nowhere/ca\.pem cannot be read"):
        Bucket("finks-bronze", tls_url).get("a")


def test_the_endpoint_of_s3_alone_wins(monkeypatch: pytest.MonkeyPatch, lake: Lake) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", os.environ["AWS_ENDPOINT_URL"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    bucket = Bucket(lake.name)
    bucket.put_new("small", b"1")
    bucket.put_new("large", bytes(PART_BYTES + 1))

    assert lake.keys() == ["large", "small"]


def test_an_overload_is_tried_again() -> None:
    count = threading.Semaphore(0)

    def serve(connection: socket.socket, _head: bytes) -> None:
        count.release()
        late = count._value > 2
        connection.sendall(
            answer(b"", 'etag: "1"') if late else refusal("503 Slow Down", "SlowDown")
        )

    with bucket_at(serve) as (bucket, server):
        bucket.put_new("a", b"")
    assert len(server.requests) == 3


def test_two_requests_at_once_are_no_condition_that_failed() -> None:
    conflict = refusal("409 Conflict", "OperationAborted")
    with bucket_at(conflict) as (bucket, _), pytest.raises(S3Error, match="under way") as caught:
        bucket.put("a", b"")
    assert caught.value.transient


def test_absent_objects_are_none(lake: Lake) -> None:
    assert Bucket(lake.name).get("a") is None
    assert list(Bucket(lake.name).keys("a/")) == []


def test_keys_come_in_order_beyond_one_of_them(lake: Lake) -> None:
    bucket = Bucket(lake.name)
    names = [f"a/{n:04}" for n in range(1100)]
    for name in [*names[::100], "ab/1", "a0"]:
        bucket.put(name, b"")

    assert list(bucket.keys("a/")) == names[::100]
    assert list(bucket.keys("a/", after="a/0300")) == names[400::100]
    assert list(bucket.keys("a/", after="a/09")) == names[900::100]


def test_without_credentials_the_remedy_is_to_set_some(
    monkeypatch: pytest.MonkeyPatch, lake: Lake
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)

    with pytest.raises(S3Error, match="set AWS credentials or a task role") as caught:
        Bucket(lake.name).get("a")
    assert not caught.value.transient


def test_a_profile_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    file = tmp_path / "credentials"
    file.write_text("[dev]\naws_access_key_id = of-the-profile\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "dev")

    with bucket_at(answer(b"1", 'etag: "1"')) as (bucket, server):
        bucket.get("a")
    assert b"of-the-profile" in server.requests[0]


def test_a_signal_ends_a_wait_for_s3() -> None:
    waiting, over = threading.Event(), threading.Event()

    def serve(_connection: socket.socket, _head: bytes) -> None:
        waiting.set()
        over.wait(30)

    def interrupt() -> None:
        waiting.wait(30)
        os.kill(os.getpid(), signal.SIGTERM)

    with bucket_at(serve) as (bucket, _), Interruption().handled():
        threading.Thread(target=interrupt, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Interrupted):
            bucket.get("a")
        over.set()
    assert time.monotonic() - began < 20, "the read's own limit is a minute"
