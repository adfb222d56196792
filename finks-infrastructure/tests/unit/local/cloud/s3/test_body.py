"""Bodies as other clients frame them, sent over plain sockets."""

from __future__ import annotations

import base64
import http.client
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.conftest import RunningCloud
from tests.unit.local.cloud.s3.test_objects import read

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BODY = bytes(range(256)) * 600
CRC32 = base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()


def _chunked(body: bytes, size: int, *, extension: str = "", trailer: str = "") -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)] + [b""]
    framed = b"".join(
        f"{len(piece):x}{extension}\r\n".encode() + piece + (b"\r\n" if piece else b"")
        for piece in pieces
    )
    return framed + trailer.encode() + b"\r\n"


def _put(cloud: RunningCloud, target: str, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    connection.request("PUT", target, body=body, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("size", [1000, 65536, 10_000_000])
@pytest.mark.parametrize(
    ("sha256", "extension"),
    [
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", ""),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ";chunk-signature=" + "0" * 64),
    ],
)
def test_aws_chunked(
    cloud: RunningCloud, s3: S3Client, bucket: str, size: int, sha256: str, extension: str
) -> None:
    headers = {
        "x-amz-content-sha256": sha256,
        "content-encoding": "aws-chunked,gzip",
        "x-amz-decoded-content-length": str(len(BODY)),
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    trailer = f"x-amz-checksum-crc32:{CRC32}\r\n"
    framed = _chunked(BODY, size, extension=extension, trailer=trailer)
    assert _put(cloud, f"/{bucket}/k", framed, headers) == 200
    answer = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert answer["Body"].read() == BODY
    assert (answer["ContentEncoding"], answer["ChecksumCRC32"]) == ("gzip", CRC32)

    wrong = _chunked(BODY + b"!", size, extension=extension, trailer=trailer)
    assert _put(cloud, f"/{bucket}/k", wrong, headers) == 400
    assert _put(cloud, f"/{bucket}/k", framed[: len(framed) // 2], headers) == 400
    assert read(s3, bucket, "k") == BODY


def test_a_body_that_ends_early_is_not_kept(cloud: RunningCloud, s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    connection.putrequest("PUT", f"/{bucket}/k")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders()
    connection.send(b"x" * 1000)
    connection.close()
    assert read(s3, bucket, "k") == b"before"


def test_the_connection_goes_on_after_a_refused_upload(cloud: RunningCloud, bucket: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    for _ in range(3):
        connection.request("PUT", "/no-such-bucket/k", body=b"x" * 3_000_000)
        answer = connection.getresponse()
        assert (answer.status, b"NoSuchBucket" in answer.read()) == (404, True)
        connection.request("PUT", f"/{bucket}/k", body=iter([b"one", b"two"]))  # chunked
        assert connection.getresponse().read() == b""
    connection.close()


@pytest.mark.parametrize("body", [b"<", b"", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_bad_xml_is_refused(cloud: RunningCloud, bucket: str, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    connection.request("POST", f"/{bucket}?delete", body=body)
    answer = connection.getresponse()
    assert (answer.status, b"MalformedXML" in answer.read()) == (400, True)
    connection.close()
