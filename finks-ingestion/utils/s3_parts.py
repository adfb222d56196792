"""Uploads in parts that end with a condition, which boto3 can and obstore cannot."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from utils.interruptible import StoppedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import ChecksumAlgorithmType
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, read_timeout=60
)
_CHECKSUM: ChecksumAlgorithmType = "CRC32"


class PartsError(Exception):
    """An upload failed; `code` is S3's word for it, or nothing when S3 was not reached."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


def put_parts(
    bucket: str,
    key: str,
    body: bytes,
    *,
    part_bytes: int,
    endpoint: str | None,
    stopped: Callable[[], bool],
) -> None:
    """Write an object that must not exist, in parts with a checksum each.

    Raises PartsError, and StoppedError when it was `stopped` before the last step.

    What was sent before a failure is taken back, unless the process is killed: the bucket's
    lifecycle rule removes such parts.
    """
    try:
        client = _client(endpoint, os.environ.get("AWS_REGION"))
        target = {"Bucket": bucket, "Key": key}
        started = client.create_multipart_upload(**target, ChecksumAlgorithm=_CHECKSUM)
        upload = {**target, "UploadId": started["UploadId"]}
        try:
            parts = _send(client, upload, body, part_bytes, stopped)
            client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except BaseException:
            with suppress(BotoCoreError, ClientError):
                client.abort_multipart_upload(**upload)
            raise
    except ClientError as error:
        told = error.response["Error"]
        raise PartsError(told.get("Message", str(error)), told["Code"]) from error
    except BotoCoreError as error:
        raise PartsError(str(error)) from error


def _send(
    client: S3Client,
    upload: Mapping[str, str],
    body: bytes,
    part_bytes: int,
    stopped: Callable[[], bool],
) -> list[CompletedPartTypeDef]:
    """The parts, as they have to be named at the end."""
    parts: list[CompletedPartTypeDef] = []
    for start in range(0, len(body), part_bytes):
        number = len(parts) + 1
        sent = client.upload_part(
            Bucket=upload["Bucket"],
            Key=upload["Key"],
            UploadId=upload["UploadId"],
            PartNumber=number,
            Body=body[start : start + part_bytes],
            ChecksumAlgorithm=_CHECKSUM,
        )
        part: CompletedPartTypeDef = {"PartNumber": number, "ETag": sent["ETag"]}
        if checksum := sent.get("ChecksumCRC32"):
            part["ChecksumCRC32"] = checksum
        parts.append(part)
        if stopped():
            raise StoppedError
    return parts


@cache
def _client(endpoint: str | None, region: str | None) -> Any:
    """Made once: that takes as long as to send a part."""
    return boto3.client("s3", config=_CONFIG, endpoint_url=endpoint, region_name=region)
