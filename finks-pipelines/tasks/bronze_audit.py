"""The audit of bronze: whether the files are there that manifests name, and are what they say."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from config import Settings
from errors import AuditError, PermanentError
from tasks.bronze import (
    ABSENT,
    HISTORICAL,
    SCHEMA_VERSION,
    BronzeFile,
    Commit,
    Manifest,
    read_manifests,
)
from tasks.common import aws_errors, in_parallel, pipeline_task

if TYPE_CHECKING:
    from botocore.response import StreamingBody

_CHUNK = 1024 * 1024
"""Bytes read at a time, and kept of a file's end: its Parquet footer has to fit."""
_SHOWN = 10
_BINARY = frozenset({"FLOAT", "DOUBLE"})
"""Parquet types that lose FMP's digits; connectors before schema version 2 wrote them."""


@dataclass(frozen=True)
class BronzeAudit:
    """What was found good, and days of the window that have no manifest."""

    commits: tuple[Commit, ...]
    """The manifests of the window."""
    restated: tuple[Commit, ...]
    """Those of other dates."""
    without_manifest: tuple[date, ...]
    """Trading days that have no end-of-day prices."""

    @property
    def rows(self) -> dict[str, int]:
        """Rows of the window by dataset."""
        total: Counter[str] = Counter()
        for commit in self.commits:
            total[commit.dataset] += commit.rows
        return dict(total)


@pipeline_task("audit bronze")
def audit_bronze(
    days: tuple[date, ...], datasets: tuple[str, ...], restated: tuple[Commit, ...] = ()
) -> BronzeAudit:
    """Compare the manifests of the days, and of restated dates, with the files that they name.

    Each file is read once, and at no time are more than a few megabytes of it in memory.
    Raises AuditError when a file is missing, has another content or another number of rows.
    """
    bucket = Settings().names.bucket("bronze")
    window = frozenset(days)
    commits: list[Commit] = []
    manifests: list[Manifest] = []
    for dataset in datasets:
        other = [c.date for c in restated if c.dataset == dataset and c.date not in window]
        found = read_manifests(bucket, dataset, [*days, *other])
        commits += [stored.commit for stored in found]
        manifests += [stored.document for stored in found]
    for manifest in manifests:
        _check_version(manifest)
    problems = _file_problems(bucket, manifests)
    bad = {
        manifest.date: problem
        for manifest in manifests
        for file in manifest.files
        if (problem := problems.get(file))
    }
    if bad:
        listed = "; ".join(f"{day}: {problem}" for day, problem in sorted(bad.items())[:_SHOWN])
        more = f"; and {len(bad) - _SHOWN} more dates" if len(bad) > _SHOWN else ""
        raise AuditError(
            f"bronze is not what its manifests say: {listed}{more}."
            " Run these dates again with force",
            tuple(sorted(bad)),
        )
    priced = {commit.date for commit in commits if commit.dataset == HISTORICAL}
    missing = tuple(d for d in days if d not in priced) if HISTORICAL in datasets else ()
    return BronzeAudit(
        tuple(commit for commit in commits if commit.date in window),
        tuple(commit for commit in commits if commit.date not in window),
        missing,
    )


def _check_version(manifest: Manifest) -> None:
    if manifest.schema_version == SCHEMA_VERSION:
        return
    remedy = (
        "deploy flows and connector of the same release"
        if manifest.schema_version > SCHEMA_VERSION
        else "run this date again with force, with the connector of this release"
    )
    raise PermanentError(
        f"the manifest of {manifest.dataset} {manifest.date} has schema version"
        f" {manifest.schema_version}, the flows read {SCHEMA_VERSION}: {remedy}"
    )


def _file_problems(bucket: str, manifests: Iterable[Manifest]) -> dict[BronzeFile, str]:
    """What is wrong with the files; manifests that disagree about one are told apart."""
    claims: dict[str, set[BronzeFile]] = {}
    for manifest in manifests:
        for file in manifest.files:
            claims.setdefault(file.key, set()).add(file)
    s3 = boto3.client("s3")

    def problems(key: str) -> list[tuple[BronzeFile, str]]:
        try:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return [(file, f"{key} is missing") for file in claims[key]]
            raise
        digest, end = _read_through(body)
        return [(file, _difference(file, digest, end)) for file in claims[key]]

    with aws_errors("read bronze files"):
        found = in_parallel(problems, claims)
    return {file: text for entries in found for file, text in entries if text}


def _read_through(body: StreamingBody) -> tuple[str, bytes]:
    """The SHA-256 of an object, and its last bytes."""
    digest, end = hashlib.sha256(), b""
    for chunk in body.iter_chunks(_CHUNK):
        digest.update(chunk)
        end = (end + chunk)[-_CHUNK:]
    return digest.hexdigest(), end


def _difference(file: BronzeFile, digest: str, end: bytes) -> str:
    if digest != file.sha256:
        return f"{file.key} has another SHA-256 than its manifest says"
    try:
        # The footer tells rows and types, and is found from the end.
        footer = pq.read_metadata(io.BytesIO(end))
    except pa.ArrowInvalid as error:
        return f"{file.key} is no Parquet file: {error}"
    if footer.num_rows != file.rows:
        return f"{file.key} has {footer.num_rows} rows instead of {file.rows}"
    columns = (footer.schema.column(number) for number in range(footer.num_columns))
    binary = [column.name for column in columns if column.physical_type in _BINARY]
    return f"{file.key} has binary fractions in {', '.join(binary)}" if binary else ""
