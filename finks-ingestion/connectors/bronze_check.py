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
    place = f"s3://{bucket.name}/{prefix}"
    trying(place)
    try:
        key = next(bucket.keys(prefix), None)
    except S3Error as error:
        return [
            _failure(f"list {place}", error),
            Finding(f"read {place}", "untried"),
            Finding(f"write {place}", "untried"),
        ]
    said = "" if key else "nothing is there yet"
    return [
        Finding(f"list {place}", "allowed", said),
        _read(bucket, key, place),
        _write(bucket, f"{prefix}_check", place),
    ]


def _read(bucket: Bucket, key: str | None, place: str) -> Finding:
    if key is None:
        return Finding(f"read {place}", "untried", "nothing is there yet")
    try:
        bucket.get(key)
    except S3Error as error:
        return _failure(f"read {place}", error)
    return Finding(f"read {place}", "allowed", key)


def _write(bucket: Bucket, key: str, place: str) -> Finding:
    try:
        honoured = bucket.may_put(key)
    except S3Error as error:
        return _failure(f"write {place}", error)
    if honoured:
        said = "tried by a put whose condition cannot hold: nothing was written"
        return Finding(f"write {place}", "allowed", said)
    return Finding(
        f"write {place}",
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
