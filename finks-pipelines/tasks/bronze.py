"""The manifests of bronze: what was ingested for which date, by which run, into which files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated

import boto3
from botocore.exceptions import ClientError
from pydantic import AfterValidator, BaseModel, ConfigDict

from tasks.common import aws_errors, in_parallel

SCHEMA_VERSION = 2
COMPLETE = "complete"
HISTORICAL = "historical_price_eod"
DATASETS = (HISTORICAL, "quote", "company_profile")
ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
"""S3's error codes for an object that is not there."""
_DATE_OF_MANIFEST = re.compile(r"/dt=(\d{4}-\d{2}-\d{2})/_manifest\.json$")
_SHARED_FILES = 10_000


class BronzeFile(BaseModel):
    """A Parquet file of bronze; `rows` counts all dates in it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    sha256: str
    rows: int
    bytes: int


@lru_cache(_SHARED_FILES)
def _shared(file: BronzeFile) -> BronzeFile:
    """One object for equal ones: each date of a backfill names the same files again."""
    return file


class Manifest(BaseModel):
    """The commit of one dataset and date.

    Other fields are passed over: those of newer connectors, and the lists of symbols, which are
    the connector's own business and would take most of the memory.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int
    dataset: str
    date: date
    run_id: str
    status: str
    files: tuple[Annotated[BronzeFile, AfterValidator(_shared)], ...]
    rows: int


@dataclass(frozen=True)
class Commit:
    """A manifest without its files, as it goes from task to task.

    Prefect walks through all that a task is given, and a backfill's manifests name thousands of
    files.
    """

    dataset: str
    date: date
    run_id: str
    rows: int
    etag: str
    """S3's ETag of the manifest: another one means another manifest."""


@dataclass(frozen=True)
class StoredManifest:
    """A manifest as it was found in S3."""

    document: Manifest
    etag: str

    @property
    def commit(self) -> Commit:
        """What later stages need of it."""
        found = self.document
        return Commit(found.dataset, found.date, found.run_id, found.rows, self.etag)


def manifest_key(dataset: str, day: date) -> str:
    """Where the manifest of a dataset and date lies in the bronze bucket."""
    return f"fmp/{dataset}/dt={day.isoformat()}/_manifest.json"


def list_manifests(bucket: str, dataset: str) -> dict[date, str]:
    """The ETags of all manifests of a dataset by date: one request for a thousand dates."""
    pages = boto3.client("s3").get_paginator("list_objects_v2")
    found = {}
    with aws_errors("list manifests"):
        for page in pages.paginate(Bucket=bucket, Prefix=f"fmp/{dataset}/dt="):
            for entry in page.get("Contents", []):
                if match := _DATE_OF_MANIFEST.search(entry["Key"]):
                    found[date.fromisoformat(match[1])] = entry["ETag"]
    return found


def read_manifests(bucket: str, dataset: str, days: Iterable[date]) -> list[StoredManifest]:
    """The manifests that exist among the days, in their order."""
    s3 = boto3.client("s3")

    def read(day: date) -> StoredManifest | None:
        try:
            answer = s3.get_object(Bucket=bucket, Key=manifest_key(dataset, day))
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return None
            raise
        document = Manifest.model_validate_json(answer["Body"].read())
        return StoredManifest(document, answer["ETag"])

    with aws_errors("read manifests"):
        return [manifest for manifest in in_parallel(read, days) if manifest is not None]
