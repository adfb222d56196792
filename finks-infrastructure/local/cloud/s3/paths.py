"""Where the body of an object lies: keys are any text, paths are not.

Below the root each bucket is a folder and nearly every key is the path of a file in it. Keys
that cannot be a path there (``a//b``, ``folder/``, ``../x``, a name of more than 255 bytes, or
``a/b`` where ``a`` is a file) lie in a hidden folder beside the buckets, named by their hash.
The hidden names cannot collide with a bucket: bucket names do not start with a dot.
"""

from __future__ import annotations

import hashlib
import re

from local.cloud.service import AwsError

UNNAMEABLE = ".unnameable"
STAGING = ".staging"
UPLOADS = ".uploads"
MAX_KEY_BYTES = 1024
_MAX_NAME_BYTES = 255
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def check_bucket_name(bucket: str) -> None:
    """Raise InvalidBucketName for names that AWS would refuse."""
    if not _BUCKET_NAME.fullmatch(bucket) or ".." in bucket:
        raise AwsError(
            "InvalidBucketName",
            f"The specified bucket is not valid: {bucket!r}; use 3 to 63 lower-case letters,"
            " digits, dots and hyphens.",
        )


def check_key(key: str) -> None:
    """Raise for keys that AWS would refuse."""
    if not key:
        raise AwsError("InvalidRequest", "The object key is empty; give it at least one character.")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise AwsError("KeyTooLongError", f"Your key is too long; use {MAX_KEY_BYTES} bytes.")


def is_path(key: str) -> bool:
    """Whether a key can be the path of a file below its bucket's folder."""
    return "\0" not in key and all(
        segment not in ("", ".", "..") and len(segment.encode()) <= _MAX_NAME_BYTES
        for segment in key.split("/")
    )


def hidden_location(bucket: str, key: str) -> str:
    """Path, relative to the root, of an object whose key cannot be one."""
    return f"{UNNAMEABLE}/{bucket}/{hashlib.sha256(key.encode()).hexdigest()}"


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key (or prefix) of an ``s3://`` URI (``s3a://`` too)."""
    match = re.fullmatch(r"s3[an]?://([^/]+)(?:/(.*))?", uri, re.DOTALL)
    if match is None:
        raise AwsError("InvalidURI", f"{uri!r} is not an S3 location; write s3://bucket/key.")
    return match[1], match[2] or ""
