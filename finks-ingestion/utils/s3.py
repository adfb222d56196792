"""The few S3 operations of a connector, with errors that say what to do.

Plain boto3: the environment (AWS_ENDPOINT_URL, credentials, region) decides which S3 it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import ChecksumAlgorithmType
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, read_timeout=60
)
_CONFIGURATION_CODES = {
    "NoSuchBucket": "create the bucket or correct its name (S3_BUCKET)",
    "AccessDenied": "give the task's role access to the bucket",
    "403": "give the task's role access to the bucket",
    "InvalidAccessKeyId": "correct the AWS credentials",
    "SignatureDoesNotMatch": "correct the AWS credentials",
    "ExpiredToken": "renew the AWS credentials",
}


PART_BYTES = 8 * 1024 * 1024
"""Objects beyond this go in parts of it."""
_CHECKSUM: ChecksumAlgorithmType = "CRC32"
_CONDITION_FAILED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


class S3Error(Exception):
    """S3 did not do what was asked; `transient` says whether a retry can help."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class Bucket:
    """One bucket, by whole objects."""

    def __init__(self, name: str, client: S3Client | None = None) -> None:
        self.name = name
        self._client: S3Client = client or boto3.client("s3", config=_CONFIG)

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Write or replace an object."""
        try:
            self._client.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)
        except (BotoCoreError, ClientError) as error:
            raise self._explained("write", key, error) from error

    def put_new(self, key: str, body: bytes) -> None:
        """Write an object that must not exist, unless it holds exactly these bytes.

        The exception makes a retried request harmless: the first one may have arrived. Long ones
        go in parts, each with its checksum.
        """
        try:
            if len(body) > PART_BYTES:
                self._put_parts(key, body)
            else:
                self._client.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=body,
                    IfNoneMatch="*",
                    ChecksumAlgorithm=_CHECKSUM,
                )
        except ClientError as error:
            if _code(error) not in _CONDITION_FAILED:
                raise self._explained("write", key, error) from error
            if self.get(key) != body:
                raise S3Error(
                    f"s3://{self.name}/{key} was written by somebody else meanwhile: another run "
                    "uses the same RUN_ID; run again with one of its own",
                    transient=True,
                ) from error
        except BotoCoreError as error:
            raise self._explained("write", key, error) from error

    def put_if(self, key: str, body: bytes, content_type: str, *, etag: str | None) -> bool:
        """Write an object if it is still the version `etag`, or (None) still absent.

        False when it is not: somebody else wrote it. A request that is repeated may find its own
        first attempt: that counts as written.
        """
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            self._client.put_object(
                Bucket=self.name,
                Key=key,
                Body=body,
                ContentType=content_type,
                ChecksumAlgorithm=_CHECKSUM,
                **condition,  # type: ignore[arg-type]
            )
        except ClientError as error:
            if _code(error) in _CONDITION_FAILED:
                return self.get(key) == body
            raise self._explained("write", key, error) from error
        except BotoCoreError as error:
            raise self._explained("write", key, error) from error
        return True

    def may_put(self, key: str) -> bool:
        """Try whether objects may be written, and write none. Raises S3Error when they may not.

        The put has a condition that cannot hold. False when it was done all the same: this S3
        knows no conditions.
        """
        try:
            self._client.put_object(Bucket=self.name, Key=key, Body=b"", IfMatch=f'"{"0" * 32}"')
        except ClientError as error:
            if _code(error) in (*_CONDITION_FAILED, "NoSuchKey", "404"):
                return True
            raise self._explained("write", key, error) from error
        except BotoCoreError as error:
            raise self._explained("write", key, error) from error
        return False

    def _put_parts(self, key: str, body: bytes) -> None:
        target: dict[str, Any] = {"Bucket": self.name, "Key": key}
        started = self._client.create_multipart_upload(**target, ChecksumAlgorithm=_CHECKSUM)
        upload: dict[str, Any] = {**target, "UploadId": started["UploadId"]}
        try:
            parts: list[CompletedPartTypeDef] = []
            for start in range(0, len(body), PART_BYTES):
                number = len(parts) + 1
                sent = self._client.upload_part(
                    **upload,
                    PartNumber=number,
                    Body=body[start : start + PART_BYTES],
                    ChecksumAlgorithm=_CHECKSUM,
                )
                part: CompletedPartTypeDef = {"PartNumber": number, "ETag": sent["ETag"]}
                if checksum := sent.get("ChecksumCRC32"):
                    part["ChecksumCRC32"] = checksum
                parts.append(part)
            self._client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except BaseException:
            with suppress(BotoCoreError, ClientError):
                self._client.abort_multipart_upload(**upload)
            raise

    def get(self, key: str) -> bytes | None:
        """The bytes of an object, or None when there is none."""
        found = self.get_version(key)
        return found[0] if found else None

    def get_version(self, key: str) -> tuple[bytes, str] | None:
        """The bytes of an object and its ETag, or None when there is none."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
            return answer["Body"].read(), answer["ETag"]
        except ClientError as error:
            if _code(error) in ("NoSuchKey", "404"):
                return None
            raise self._explained("read", key, error) from error
        except BotoCoreError as error:
            raise self._explained("read", key, error) from error

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Keys that begin with `prefix`, in order, from the first one beyond `after`."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, StartAfter=after
        )
        try:
            for page in pages:
                for item in page.get("Contents", ()):
                    yield item["Key"]
        except (BotoCoreError, ClientError) as error:
            raise self._explained("list", prefix, error) from error

    def _explained(self, verb: str, key: str, error: BotoCoreError | ClientError) -> S3Error:
        what = f"cannot {verb} s3://{self.name}/{key}: {error}"
        code = _code(error) if isinstance(error, ClientError) else ""
        if remedy := _CONFIGURATION_CODES.get(code):
            return S3Error(f"{what}; {remedy}", transient=False)
        if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
            return S3Error(f"{what}; set AWS credentials or a task role", transient=False)
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "AWS")
        return S3Error(f"{what}; check that {endpoint} answers, then run again", transient=True)
