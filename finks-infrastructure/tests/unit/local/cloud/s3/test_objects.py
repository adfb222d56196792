"""Operations on objects, through boto3."""

from __future__ import annotations

import base64
import hashlib
import urllib.request
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningCloud

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def read(s3: S3Client, bucket: str, key: str, **options: Any) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


def test_an_object_is_a_plain_file_with_its_attributes(
    s3: S3Client, bucket: str, folder: Path
) -> None:
    body = b"\x00prices\r\n" * 1000
    put = s3.put_object(
        Bucket=bucket,
        Key="fmp/quote/part-0.parquet",
        Body=body,
        ContentType="application/x-parquet",
        CacheControl="no-store",
        Metadata={"run-id": "r1", "under_score": "kept"},
        Tagging="zone=bronze&owner=",
    )
    assert (folder / "fmp/quote/part-0.parquet").read_bytes() == body
    head = s3.head_object(Bucket=bucket, Key="fmp/quote/part-0.parquet")
    assert head["ETag"] == put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'  # noqa: S324
    assert head["ContentLength"] == len(body)
    assert head["ContentType"] == "application/x-parquet"
    assert head["CacheControl"] == "no-store"
    assert head["Metadata"] == {"run-id": "r1", "under_score": "kept"}
    assert abs(head["LastModified"] - datetime.now(UTC)) < timedelta(minutes=1)
    tags = s3.get_object_tagging(Bucket=bucket, Key="fmp/quote/part-0.parquet")["TagSet"]
    assert tags == [{"Key": "zone", "Value": "bronze"}, {"Key": "owner", "Value": ""}]
    assert read(s3, bucket, "fmp/quote/part-0.parquet") == body


def test_tags_of_an_object_are_set_replaced_and_taken_away(s3: S3Client, bucket: str) -> None:
    def tags() -> list[tuple[str, str]]:
        found = s3.get_object_tagging(Bucket=bucket, Key="run/part-0.parquet")["TagSet"]
        return [(tag["Key"], tag["Value"]) for tag in found]

    put = s3.put_object(Bucket=bucket, Key="run/part-0.parquet", Body=b"x", Metadata={"run": "r1"})
    for pair in (("zone", "silver"), ("finks:superseded", "true")):
        s3.put_object_tagging(
            Bucket=bucket,
            Key="run/part-0.parquet",
            Tagging={"TagSet": [{"Key": pair[0], "Value": pair[1]}]},
        )
        assert tags() == [pair]
    s3.delete_object_tagging(Bucket=bucket, Key="run/part-0.parquet")
    assert tags() == []
    head = s3.head_object(Bucket=bucket, Key="run/part-0.parquet")
    assert (head["ETag"], head["Metadata"]) == (put["ETag"], {"run": "r1"})
    with pytest.raises(ClientError) as missing:
        s3.put_object_tagging(Bucket=bucket, Key="none", Tagging={"TagSet": []})
    assert code_of(missing) == "NoSuchKey"


def test_overwriting_and_deleting(s3: S3Client, bucket: str, folder: Path) -> None:
    s3.put_object(Bucket=bucket, Key="a/b/c", Body=b"one", Metadata={"old": "1"})
    s3.put_object(Bucket=bucket, Key="a/b/c", Body=b"two!")
    answer = s3.get_object(Bucket=bucket, Key="a/b/c")
    assert (answer["Body"].read(), answer["Metadata"]) == (b"two!", {})
    s3.delete_object(Bucket=bucket, Key="a/b/c")
    s3.delete_object(Bucket=bucket, Key="a/b/c")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="a/b/c")
    with pytest.raises(ClientError) as missing:
        s3.head_object(Bucket=bucket, Key="a/b/c")
    assert code_of(missing) == "404"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=90-", 90, 100), ("bytes=-5", 95, 100), ("bytes=50-999", 50, 100)],
)
def test_ranges(s3: S3Client, bucket: str, wanted: str, start: int, stop: int) -> None:
    body = bytes(range(100))
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    answer = s3.get_object(Bucket=bucket, Key="k", Range=wanted)
    assert answer["Body"].read() == body[start:stop]
    assert answer["ContentRange"] == f"bytes {start}-{stop - 1}/100"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_a_range_past_the_end_is_refused(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc")
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=3-")
    assert code_of(refused) == "InvalidRange"


def test_conditional_writes(s3: S3Client, bucket: str) -> None:
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert code_of(refused) == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=first["ETag"])
    with pytest.raises(ClientError) as stale:
        s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=first["ETag"])
    assert code_of(stale) == "PreconditionFailed"
    with pytest.raises(ClientError) as nothing:
        s3.put_object(Bucket=bucket, Key="none", Body=b"3", IfMatch=first["ETag"])
    assert code_of(nothing) == "NoSuchKey"
    assert read(s3, bucket, "k") == b"2"


def test_conditional_reads(s3: S3Client, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    assert read(s3, bucket, "k", IfMatch=etag) == b"1"
    for condition, expected in (
        ({"IfMatch": '"0"'}, "PreconditionFailed"),
        ({"IfNoneMatch": etag}, "304"),
        ({"IfModifiedSince": datetime.now(UTC)}, "304"),
        ({"IfUnmodifiedSince": datetime(2013, 3, 1, tzinfo=UTC)}, "PreconditionFailed"),
    ):
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket=bucket, Key="k", **condition)
        assert code_of(refused) == expected


def test_copy_keeps_or_replaces_attributes(s3: S3Client, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket, Key="from here", Body=b"x" * 10, Metadata={"a": "1"}, ContentType="text/csv"
    )
    source = {"Bucket": bucket, "Key": "from here"}
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source)  # type: ignore[arg-type]
    s3.copy_object(
        Bucket=bucket,
        Key="from here",
        CopySource=source,  # type: ignore[arg-type]
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
    )
    kept = s3.get_object(Bucket=bucket, Key="kept")
    assert (kept["Body"].read(), kept["Metadata"]) == (b"x" * 10, {"a": "1"})
    assert kept["ContentType"] == "text/csv"
    replaced = s3.get_object(Bucket=bucket, Key="from here")
    assert (replaced["Body"].read(), replaced["Metadata"]) == (b"x" * 10, {"b": "2"})
    with pytest.raises(ClientError) as refused:
        s3.copy_object(
            Bucket=bucket,
            Key="kept",
            CopySource={"Bucket": bucket, "Key": "kept"},
        )
    assert code_of(refused) == "InvalidRequest"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_verified_and_given_back(s3: S3Client, bucket: str, algorithm: Any) -> None:
    body = b"checked"
    s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    digest = {
        "CRC32": zlib.crc32(body).to_bytes(4, "big"),
        "SHA1": hashlib.sha1(body).digest(),  # noqa: S324
        "SHA256": hashlib.sha256(body).digest(),
    }[algorithm]
    assert head[f"Checksum{algorithm}"] == base64.b64encode(digest).decode()  # type: ignore[literal-required]
    wrong: Any = {f"Checksum{algorithm}": base64.b64encode(b"0" * len(digest)).decode()}
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=b"damaged", **wrong)
    assert code_of(refused) == "BadDigest"
    assert read(s3, bucket, "k") == body


def test_a_wrong_md5_is_refused(s3: S3Client, bucket: str, folder: Path) -> None:
    with pytest.raises(ClientError) as refused:
        s3.put_object(
            Bucket=bucket, Key="k", Body=b"x", ContentMD5=base64.b64encode(b"0" * 16).decode()
        )
    assert code_of(refused) == "BadDigest"
    assert list(folder.iterdir()) == []


def test_no_such_bucket(s3: S3Client) -> None:
    for call in (s3.get_object, s3.delete_object):
        with pytest.raises(ClientError) as refused:
            call(Bucket="no-such-bucket", Key="k")
        assert code_of(refused) == "NoSuchBucket"
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket="no-such-bucket")


def test_presigned_urls_and_overridden_headers(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b/ü", Body=b"x")
    parameters = {"Bucket": bucket, "Key": "a b/ü", "ResponseContentType": "text/plain"}
    url = s3.generate_presigned_url("get_object", Params=parameters)
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
        assert (answer.read(), answer.headers["Content-Type"]) == (b"x", "text/plain")


def test_virtual_host_addressing(cloud: RunningCloud, s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    request = urllib.request.Request(  # noqa: S310
        f"{cloud.endpoint_url}/k", headers={"Host": f"{bucket}.localhost:{cloud.port}"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        assert answer.read() == b"x"


def test_versioning_is_refused_in_plain_words(s3: S3Client, bucket: str) -> None:
    with pytest.raises(ClientError, match="no versioning of buckets") as refused:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert code_of(refused) == "NotImplemented"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError, match="unversioned"):
        s3.get_object(Bucket=bucket, Key="k", VersionId="1")


def test_reading_goes_on_from_the_old_body_while_a_new_one_is_put(
    s3: S3Client, bucket: str
) -> None:
    old, new = b"o" * 5_000_000, b"n" * 5_000_000
    s3.put_object(Bucket=bucket, Key="k", Body=old)
    stream = s3.get_object(Bucket=bucket, Key="k")["Body"]
    first = stream.read(100)
    s3.put_object(Bucket=bucket, Key="k", Body=new)
    assert first + stream.read() == old
    assert read(s3, bucket, "k") == new
