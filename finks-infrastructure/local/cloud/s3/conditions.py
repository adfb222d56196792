"""Conditional requests: If-Match and its like, on reads, writes and copies."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.http import parse_date

from local.cloud.s3.index import StoredObject
from local.cloud.s3.store import Condition, no_such_key
from local.cloud.service import AwsError


class NotModifiedError(Exception):
    """The reader already has what there is: status 304."""


def check_read(headers: Mapping[str, str], item: StoredObject, prefix: str = "") -> None:
    """Raise AwsError PreconditionFailed, or NotModifiedError, as RFC 9110 orders the headers.

    `prefix` is ``x-amz-copy-source-`` for the source of a copy, which is never "not modified".
    """
    modified = int(item.last_modified)
    match = headers.get(f"{prefix}if-match")
    unmodified_since = _seconds(headers.get(f"{prefix}if-unmodified-since"))
    if match is not None:
        if not _matches(match, item):
            raise failed("If-Match")
    elif unmodified_since is not None and modified > unmodified_since:
        raise failed("If-Unmodified-Since")
    none_match = headers.get(f"{prefix}if-none-match")
    modified_since = _seconds(headers.get(f"{prefix}if-modified-since"))
    if none_match is not None:
        not_modified = _matches(none_match, item)
    else:
        not_modified = modified_since is not None and modified <= modified_since
    if not_modified:
        raise failed("If-None-Match") if prefix else NotModifiedError


def write_condition(headers: Mapping[str, str]) -> Condition | None:
    """The condition of a write or delete, to be checked while nothing else can change the key."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match is None and none_match is None:
        return None

    def check(current: StoredObject | None) -> None:
        if match is not None:
            if current is None:
                raise no_such_key()
            if not _matches(match, current):
                raise failed("If-Match")
        if none_match is not None and current is not None and _matches(none_match, current):
            raise failed("If-None-Match")

    return check


def failed(condition: str) -> AwsError:
    """What S3 answers when a condition does not hold."""
    return AwsError(
        "PreconditionFailed",
        f"At least one of the pre-conditions you specified did not hold: {condition};"
        " read the object again and decide anew.",
        412,
    )


def _matches(condition: str, item: StoredObject) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in condition.split(",")]
    return "*" in tags or item.etag in tags


def _seconds(text: str | None) -> float | None:
    moment = parse_date(text)
    return None if moment is None else moment.timestamp()
