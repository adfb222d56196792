"""Keys that are no good as paths lose nothing and stay inside."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import AwsError
from tests.conftest import RunningCloud
from tests.unit.local.cloud.s3.test_objects import code_of, read

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AWKWARD = [
    "folder/",
    "a//b",
    "/leading",
    "..",
    "../escaped",
    "../../../../../../tmp/escaped",
    "a/../../escaped",
    "./here",
    "a/./b",
    "x" * 300,
    "ümläut/日本語.parquet",
    "a b+c&d=e?f#g%2Fh",
    "100%",
    "quote'\"<>&",
    "tab\tand\rreturn",
    ".hidden",
    "x.crc",
    "trailing.",
    "~tilde",
    "back\\slash",
]


@pytest.mark.parametrize("key", AWKWARD)
def test_awkward_keys_are_kept_and_listed(
    s3: S3Client, bucket: str, cloud: RunningCloud, key: str
) -> None:
    outside = {path for path in cloud.state_dir.parent.rglob("*") if "state" not in path.parts}
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert read(s3, bucket, key) == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    after = {path for path in cloud.state_dir.parent.rglob("*") if "state" not in path.parts}
    assert {p for p in after - outside if "escaped" in p.name} == set()
    assert not Path("/tmp/escaped").exists()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("order", [["a", "a/b", "a/b/c"], ["a/b/c", "a/b", "a"]])
def test_a_key_may_be_an_object_and_a_prefix(s3: S3Client, bucket: str, order: list[str]) -> None:
    for key in order:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in order:
        assert read(s3, bucket, key) == key.encode()
    for key in order:
        s3.put_object(Bucket=bucket, Key=key, Body=b"again " + key.encode())
    s3.delete_object(Bucket=bucket, Key="a/b")
    assert read(s3, bucket, "a") == b"again a"
    assert read(s3, bucket, "a/b/c") == b"again a/b/c"


def test_a_raw_path_cannot_leave_the_root(cloud: RunningCloud, bucket: str) -> None:
    (cloud.state_dir.parent / "victim").write_text("safe")
    for target in (
        f"/{bucket}/../../../victim",
        f"/{bucket}/%2e%2e/%2e%2e/%2e%2e/victim",
        "/../victim",
        "/..%2fvictim/x",
        "/.staging/x",
        "/.unnameable/x",
        "//victim",
    ):
        for method in ("GET", "PUT", "DELETE"):
            connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=5)
            connection.request(method, target, body=b"evil" if method == "PUT" else None)
            answer = connection.getresponse()
            assert b"safe" not in answer.read()
            connection.close()
    assert (cloud.state_dir.parent / "victim").read_text() == "safe"


def test_a_path_that_is_not_utf8_is_refused(cloud: RunningCloud, bucket: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=5)
    connection.request("PUT", f"/{bucket}/%ff", body=b"x")
    assert connection.getresponse().status == 400
    connection.close()


def test_limits(s3: S3Client, bucket: str) -> None:
    with pytest.raises(ClientError) as too_long:
        s3.put_object(Bucket=bucket, Key="x" * 1025, Body=b"")
    assert code_of(too_long) == "KeyTooLongError"


def test_path_of(store: DiskObjectStore) -> None:
    root = store.root
    assert store.path_of("s3://lake/a/b.parquet") == root / "lake/a/b.parquet"
    assert store.path_of("s3://lake/a/b/") == root / "lake/a/b"
    assert store.path_of("s3://lake") == store.path_of("s3://lake/") == root / "lake"
    for uri in ("s3://lake/../x", "s3://../x", "s3://lake//etc/passwd", "/etc/passwd", "s3://"):
        with pytest.raises(AwsError):
            store.path_of(uri)
