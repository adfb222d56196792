from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.conftest import REGION

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEYS = [
    "a",
    "b/1",
    "b/2",
    "b/deep/1",
    "b/deep/2",
    "b/x y",
    "c",
    "d/1",
    "é/1",
    "\U0001f600",
]


@pytest.fixture
def filled(s3: S3Client, bucket: str) -> str:
    for key in reversed(KEYS):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    return bucket


@pytest.mark.parametrize("page_size", [1, 2, 3, 1000])
@pytest.mark.parametrize("version", ["list_objects_v2", "list_objects"])
def test_all_pages_in_the_order_of_utf8(
    s3: S3Client, filled: str, page_size: int, version: str
) -> None:
    pages = s3.get_paginator(version).paginate(  # type: ignore[call-overload]
        Bucket=filled, PaginationConfig={"PageSize": page_size}
    )
    sizes, keys = [], []
    for page in pages:
        found = [item["Key"] for item in page.get("Contents", [])]
        sizes.append(len(found))
        keys += found
    assert keys == sorted(KEYS, key=str.encode)
    assert max(sizes) <= page_size


@pytest.mark.parametrize("page_size", [1, 2, 1000])
@pytest.mark.parametrize(
    ("prefix", "keys", "prefixes"),
    [
        ("", ["a", "c", "\U0001f600"], ["b/", "d/", "é/"]),
        ("b/", ["b/1", "b/2", "b/x y"], ["b/deep/"]),
        ("b/d", [], ["b/deep/"]),
        ("b", [], ["b/"]),
        ("none", [], []),
    ],
)
def test_delimiter_on_every_page_size(
    s3: S3Client, filled: str, page_size: int, prefix: str, keys: list[str], prefixes: list[str]
) -> None:
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(
            Bucket=filled, Prefix=prefix, Delimiter="/", PaginationConfig={"PageSize": page_size}
        )
    )
    assert [item["Key"] for page in pages for item in page.get("Contents", [])] == keys
    found = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
    assert found == prefixes
    assert all(page["KeyCount"] <= page_size for page in pages)


def test_start_after_and_no_keys(s3: S3Client, filled: str) -> None:
    listed = s3.list_objects_v2(Bucket=filled, StartAfter="b/deep/1", Prefix="b/")
    assert [item["Key"] for item in listed["Contents"]] == ["b/deep/2", "b/x y"]
    assert s3.list_objects_v2(Bucket=filled, MaxKeys=0)["KeyCount"] == 0
    with pytest.raises(ClientError, match="continuation token"):
        s3.list_objects_v2(Bucket=filled, ContinuationToken="\xff")


def test_more_than_a_thousand_deletes_are_refused_and_a_thousand_work(
    s3: S3Client, filled: str
) -> None:
    many = [{"Key": key} for key in KEYS] + [{"Key": f"none/{n}"} for n in range(990)]
    answer = s3.delete_objects(Bucket=filled, Delete={"Objects": many})  # type: ignore[typeddict-item]
    assert len(answer["Deleted"]) == 1000
    assert s3.list_objects_v2(Bucket=filled)["KeyCount"] == 0
    with pytest.raises(ClientError, match="1000"):
        s3.delete_objects(
            Bucket=filled,
            Delete={"Objects": [*many, {"Key": "x"}]},  # type: ignore[list-item]
        )


def test_buckets_are_created_listed_and_deleted_only_when_empty(s3: S3Client, filled: str) -> None:
    assert filled in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=filled)["LocationConstraint"] == REGION
    with pytest.raises(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=filled, CreateBucketConfiguration={"LocationConstraint": REGION})
    with pytest.raises(ClientError, match="not empty"):
        s3.delete_bucket(Bucket=filled)
    s3.delete_objects(Bucket=filled, Delete={"Objects": [{"Key": key} for key in KEYS]})
    s3.delete_bucket(Bucket=filled)
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=filled)


def test_versions_are_the_objects_themselves(s3: S3Client, filled: str) -> None:
    versions = s3.list_object_versions(Bucket=filled, Prefix="b/deep/")["Versions"]
    assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in versions] == [
        ("b/deep/1", "null", True),
        ("b/deep/2", "null", True),
    ]
