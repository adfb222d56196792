"""Tries what a run does with bronze, and leaves nothing there."""

from __future__ import annotations

from connectors.errors import ExitCode
from connectors.findings import Finding, Status, Trying
from utils.s3 import Bucket, S3Error


def check_bronze(bucket: Bucket, source: str, trying: Trying) -> list[Finding]:
    """Whether the part of a source can be listed, read and written.

    Nothing is written, as nobody may delete in bronze: the put has a condition that cannot hold,
    which S3 looks at only when the put is allowed.
    """
    prefix = f"{source}/"
    trying(bronze_address(bucket, source))
    try:
        key = next(bucket.keys(prefix), None)
    except S3Error as error:
        return [
            _failure("list bronze", error),
            Finding("read bronze", "untried"),
            Finding("write bronze", "untried"),
        ]
    said = "" if key else "nothing is there yet"
    return [
        Finding("list bronze", "allowed", said),
        _read(bucket, key),
        _write(bucket, f"{prefix}_check"),
    ]


def bronze_address(bucket: Bucket, source: str) -> str:
    """Where the part of a source is."""
    return f"s3://{bucket.name}/{source}/"


def _read(bucket: Bucket, key: str | None) -> Finding:
    if key is None:
        return Finding("read bronze", "untried", "nothing is there yet")
    try:
        bucket.get(key)
    except S3Error as error:
        return _failure("read bronze", error)
    return Finding("read bronze", "allowed", "one object was read")


def _write(bucket: Bucket, key: str) -> Finding:
    try:
        honoured = bucket.may_put(key)
    except S3Error as error:
        return _failure("write bronze", error)
    if honoured:
        said = "tried by a put whose condition cannot hold: nothing was written"
        return Finding("write bronze", "allowed", said)
    return Finding(
        "write bronze",
        "failed",
        "the put was done, although its condition does not hold",
        f"runs rely on conditions of puts: use a storage that honours If-Match, and remove {key}",
        ExitCode.BAD_CONFIGURATION,
    )


def _failure(subject: str, error: S3Error) -> Finding:
    what, _, remedy = str(error).rpartition("; ")
    problem = ExitCode.TRANSIENT_ERROR if error.transient else ExitCode.BAD_CONFIGURATION
    status: Status = "failed" if error.transient else "refused"
    return Finding(subject, status, what, remedy, problem)
