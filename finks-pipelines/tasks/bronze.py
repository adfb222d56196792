"""The manifests of bronze: what was ingested for which date, and whether it is there."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import boto3
import pyarrow.parquet as pq
from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict

from config import Settings
from errors import AuditError, PermanentError
from tasks.common import aws_errors, in_parallel, pipeline_task

SCHEMA_VERSION = 1
COMPLETE = "complete"
HISTORICAL = "historical_price_eod"
DATASETS = (HISTORICAL, "quote", "company_profile")
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})


class BronzeFile(BaseModel):
    """A Parquet file of bronze; `rows` counts all dates in it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    sha256: str
    rows: int
    bytes: int


class Manifest(BaseModel):
    """The commit of one dataset and date; unknown fields belong to newer connectors."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int
    dataset: str
    date: date
    run_id: str
    status: str
    files: tuple[BronzeFile, ...]
    rows: int
    symbols_asked: tuple[str, ...] = ()
    symbols_received: tuple[str, ...] = ()
    symbols_empty: tuple[str, ...] = ()
    symbols_rejected: tuple[str, ...] = ()
    symbols_failed: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the connector got all that it asked for."""
        return self.status == COMPLETE


def manifest_key(dataset: str, day: date) -> str:
    """Where the manifest of a dataset and date lies in the bronze bucket."""
    return f"fmp/{dataset}/dt={day.isoformat()}/_manifest.json"


def read_manifests(bucket: str, dataset: str, days: Iterable[date]) -> list[Manifest]:
    """The manifests that exist among the days, in their order."""
    s3 = boto3.client("s3")

    def read(day: date) -> Manifest | None:
        try:
            answer = s3.get_object(Bucket=bucket, Key=manifest_key(dataset, day))
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return Manifest.model_validate_json(answer["Body"].read())

    with aws_errors("read manifests"):
        return [manifest for manifest in in_parallel(read, days) if manifest is not None]


@dataclass(frozen=True)
class BronzeAudit:
    """The manifests of the window that were found good, and days that have none."""

    manifests: tuple[Manifest, ...]
    without_manifest: tuple[date, ...]
    """Trading days that have no end-of-day prices."""

    @property
    def rows(self) -> dict[str, int]:
        """Rows by dataset."""
        total: Counter[str] = Counter()
        for manifest in self.manifests:
            total[manifest.dataset] += manifest.rows
        return dict(total)


@pipeline_task("audit bronze")
def audit_bronze(days: tuple[date, ...], datasets: tuple[str, ...]) -> BronzeAudit:
    """Compare the manifests of the days with the files that they name.

    Raises AuditError when a file is missing, has another content or another number of rows.
    """
    bucket = Settings().names.bucket("bronze")
    manifests = [m for dataset in datasets for m in read_manifests(bucket, dataset, days)]
    for manifest in manifests:
        if manifest.schema_version != SCHEMA_VERSION:
            raise PermanentError(
                f"the manifest of {manifest.dataset} {manifest.date} has schema version"
                f" {manifest.schema_version}, the flows read {SCHEMA_VERSION}: deploy flows and"
                " connector of the same release"
            )
    problems = _file_problems(bucket, manifests)
    bad = {
        manifest.date: problem
        for manifest in manifests
        for file in manifest.files
        if (problem := problems.get(file.key))
    }
    if bad:
        listed = "; ".join(f"{day}: {problem}" for day, problem in sorted(bad.items()))
        raise AuditError(
            f"bronze is not what its manifests say: {listed}. Run these dates again with force",
            tuple(sorted(bad)),
        )
    found = {manifest.date for manifest in manifests if manifest.dataset == HISTORICAL}
    missing = tuple(d for d in days if d not in found) if HISTORICAL in datasets else ()
    return BronzeAudit(tuple(manifests), missing)


def _file_problems(bucket: str, manifests: Iterable[Manifest]) -> dict[str, str]:
    s3 = boto3.client("s3")
    files = {file.key: file for manifest in manifests for file in manifest.files}

    def problem(file: BronzeFile) -> str:
        try:
            content = s3.get_object(Bucket=bucket, Key=file.key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return f"{file.key} is missing"
            raise
        if hashlib.sha256(content).hexdigest() != file.sha256:
            return f"{file.key} has another SHA-256 than its manifest says"
        rows = pq.ParquetFile(io.BytesIO(content)).metadata.num_rows
        return "" if rows == file.rows else f"{file.key} has {rows} rows instead of {file.rows}"

    with aws_errors("read bronze files"):
        found = in_parallel(problem, files.values())
    return {key: text for key, text in zip(files, found, strict=True) if text}
