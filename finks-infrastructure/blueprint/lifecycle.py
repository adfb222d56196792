"""How long objects of each bucket live, and in which storage class. Days count from creation.

What the rules mean for money, and why small files stay where they are, is in docs/aws/storage.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StorageClass = Literal["STANDARD_IA", "GLACIER_IR"]

SUPERSEDED_TAG = ("finks:superseded", "true")
"""Object tag (key, value) of silver files whose run nobody can roll back to any more.

Publishing sets it: S3 itself cannot know which run the catalog points at.
"""
ATHENA_RESULTS_PREFIX = "athena-results/"
ATHENA_RESULTS_DAYS = 7
ABORTED_UPLOAD_DAYS = 7
SMALLEST_TRANSITION: Literal["all_storage_classes_128K"] = "all_storage_classes_128K"
"""S3's own limit, stated: objects below 128 KB are billed as 128 KB in the colder classes, and a
transition costs as much as two to four writes, so they stay in Standard."""


@dataclass(frozen=True)
class Transition:
    """A move into a colder storage class at an age in days."""

    days: int
    storage_class: StorageClass


@dataclass(frozen=True)
class LifecycleRule:
    """One rule of a bucket: which objects (all, a prefix, or a tag), and what happens to them."""

    name: str
    prefix: str | None = None
    tag: tuple[str, str] | None = None
    transitions: tuple[Transition, ...] = ()
    expire_days: int | None = None
    noncurrent_days: int | None = None
    """Days that a version is kept after it was overwritten or deleted."""
    aborted_upload_days: int | None = None
    expire_delete_markers: bool = False
    """Whether markers go whose last version is gone; not together with `expire_days`."""


def lifecycle(
    zone: str, *, noncurrent_days: int, superseded_run_days: int, log_days: int
) -> tuple[LifecycleRule, ...]:
    """The rules of the bucket of a zone.

    Bronze is read again by reruns, so its coldest class is the one that answers at once.
    """
    return (
        *_of_zone(zone, superseded_run_days, log_days),
        LifecycleRule(
            name="leftovers",
            noncurrent_days=noncurrent_days,
            aborted_upload_days=ABORTED_UPLOAD_DAYS,
            expire_delete_markers=True,
        ),
    )


def _of_zone(zone: str, superseded_run_days: int, log_days: int) -> tuple[LifecycleRule, ...]:
    rules: dict[str, tuple[LifecycleRule, ...]] = {
        "bronze": (
            LifecycleRule(
                name="colder",
                transitions=(Transition(30, "STANDARD_IA"), Transition(90, "GLACIER_IR")),
            ),
        ),
        "silver": (
            LifecycleRule(name="colder", transitions=(Transition(60, "STANDARD_IA"),)),
            LifecycleRule(
                name="superseded-runs", tag=SUPERSEDED_TAG, expire_days=superseded_run_days
            ),
        ),
        "logs": (LifecycleRule(name="retention", expire_days=log_days),),
        "artifacts": (
            LifecycleRule(
                name="athena-results",
                prefix=ATHENA_RESULTS_PREFIX,
                expire_days=ATHENA_RESULTS_DAYS,
                noncurrent_days=1,
            ),
        ),
    }
    return rules.get(zone, ())
