"""Marks the files of silver runs that nobody can roll back to any more, so that S3 collects them.

S3's lifecycle rules cannot know which run the catalog points at; they see tags. The rule and its
days belong to the infrastructure (docs/aws/storage.md there), the tag is part of the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from config import SUPERSEDED_TAG
from tasks.common import in_parallel

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def mark_superseded(locations: Iterable[str]) -> list[str]:
    """Tag every object under the locations (s3://bucket/prefix/); returns what went wrong.

    Never raises for AWS's troubles: files without the tag cost money and harm nobody.
    """
    name, value = SUPERSEDED_TAG
    s3 = boto3.client("s3")

    def mark(location: str) -> str | None:
        try:
            for bucket, key in _objects(s3, location):
                s3.put_object_tagging(
                    Bucket=bucket, Key=key, Tagging={"TagSet": [{"Key": name, "Value": value}]}
                )
        except (BotoCoreError, ClientError) as error:
            return (
                f"the superseded run {location} was not tagged {name}={value}, so S3 will keep it:"
                f" {error}. Tag its objects by hand, or delete them"
            )
        return None

    return [problem for problem in in_parallel(mark, locations) if problem is not None]


def mark_wanted(location: str) -> None:
    """Take the tag from the objects of a run that is published again.

    Raises ClientError: a run that keeps the tag would vanish while readers are pointed at it.
    """
    s3 = boto3.client("s3")
    for bucket, key in _objects(s3, location):
        s3.delete_object_tagging(Bucket=bucket, Key=key)


def _objects(s3: S3Client, location: str) -> Iterator[tuple[str, str]]:
    """Bucket and key of everything under a location."""
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            yield bucket, item["Key"]
