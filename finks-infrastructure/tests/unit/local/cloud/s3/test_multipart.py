from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.conftest import REGION, RunningCloud
from tests.unit.local.cloud.s3.test_objects import code_of, read

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FIVE_MB = 5 * 1024 * 1024


def test_boto3_uploads_large_files_in_parts(s3: S3Client, bucket: str, folder: Path) -> None:
    body = os.urandom(20_000_001)
    s3.upload_fileobj(
        io.BytesIO(body), bucket, "big", ExtraArgs={"Metadata": {"a": "1"}, "ContentType": "x/y"}
    )
    assert (folder / "big").read_bytes() == body
    head = s3.head_object(Bucket=bucket, Key="big")
    assert head["ETag"].endswith('-3"')
    assert (head["Metadata"], head["ContentType"]) == ({"a": "1"}, "x/y")
    target = io.BytesIO()
    s3.download_fileobj(bucket, "big", target)
    assert target.getvalue() == body
    assert list((folder.parent / ".uploads").iterdir()) == []
    assert list((folder.parent / ".staging").iterdir()) == []


def test_parts_are_listed_replaced_and_joined_in_order(s3: S3Client, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    target = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    bodies = {2: b"end", 1: b"a" * FIVE_MB}
    s3.upload_part(**target, PartNumber=2, Body=b"replaced")  # type: ignore[arg-type]
    etags = {
        number: s3.upload_part(**target, PartNumber=number, Body=body)["ETag"]  # type: ignore[arg-type]
        for number, body in bodies.items()
    }
    parts = s3.list_parts(**target)["Parts"]  # type: ignore[arg-type]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, FIVE_MB), (2, 3)]
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["UploadId"] == upload
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="k")
    done = s3.complete_multipart_upload(
        **target,  # type: ignore[arg-type]
        MultipartUpload={"Parts": [{"PartNumber": n, "ETag": etags[n]} for n in (1, 2)]},
    )
    joined = b"".join(hashlib.md5(bodies[n]).digest() for n in (1, 2))  # noqa: S324
    assert done["ETag"] == f'"{hashlib.md5(joined).hexdigest()}-2"'  # noqa: S324
    assert read(s3, bucket, "k") == bodies[1] + bodies[2]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_what_aws_refuses(s3: S3Client, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    etags = [
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=n, Body=b"x")["ETag"]
        for n in (1, 2)
    ]

    def complete(parts: list[tuple[int, str]]) -> str:
        with pytest.raises(ClientError) as refused:
            s3.complete_multipart_upload(
                Bucket=bucket,
                Key="k",
                UploadId=upload,
                MultipartUpload={"Parts": [{"PartNumber": n, "ETag": e} for n, e in parts]},
            )
        return code_of(refused)

    assert complete([(1, etags[0]), (2, etags[1])]) == "EntityTooSmall"
    assert complete([(2, etags[1]), (1, etags[0])]) == "InvalidPartOrder"
    assert complete([(1, '"0"')]) == "InvalidPart"
    assert complete([(3, etags[0])]) == "InvalidPart"
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert complete([(1, etags[0])]) == "NoSuchUpload"


def test_conditional_completion(s3: S3Client, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"was first")
    with pytest.raises(ClientError) as refused:
        s3.complete_multipart_upload(
            Bucket=bucket,
            Key="k",
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
            IfNoneMatch="*",
        )
    assert code_of(refused) == "PreconditionFailed"
    assert read(s3, bucket, "k") == b"was first"


def test_copying_parts(s3: S3Client, bucket: str) -> None:
    source = os.urandom(FIVE_MB + 100)
    s3.put_object(Bucket=bucket, Key="source", Body=source)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    parts = []
    for number, wanted in ((1, f"bytes=0-{FIVE_MB - 1}"), (2, f"bytes={FIVE_MB}-{FIVE_MB + 99}")):
        answer = s3.upload_part_copy(
            Bucket=bucket,
            Key="k",
            UploadId=upload,
            PartNumber=number,
            CopySource=f"{bucket}/source",
            CopySourceRange=wanted,
        )
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="k",
        UploadId=upload,
        MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item]
    )
    assert read(s3, bucket, "k") == source


def test_an_upload_survives_a_kill(own_cloud: RunningCloud) -> None:
    s3 = own_cloud.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    target = {"Bucket": "lake", "Key": "k"}
    target["UploadId"] = s3.create_multipart_upload(**target)["UploadId"]
    first = s3.upload_part(**target, PartNumber=1, Body=b"a" * FIVE_MB)["ETag"]
    own_cloud.kill()
    own_cloud.start()
    second = s3.upload_part(**target, PartNumber=2, Body=b"b")["ETag"]
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]
    s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    assert read(s3, "lake", "k") == b"a" * FIVE_MB + b"b"
