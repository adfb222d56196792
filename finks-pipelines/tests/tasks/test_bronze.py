"""The manifests of bronze: found by one listing, read by date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.bronze import HISTORICAL, list_manifests, manifest_key, read_manifests
from tests.lake import BRONZE, FRIDAY, THURSDAY, WEDNESDAY, put_bronze, put_manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.usefixtures("aws")


def test_manifests_are_listed_by_date_and_nothing_else_is(s3: S3Client) -> None:
    stored = {day: put_bronze(day) for day in (WEDNESDAY, FRIDAY)}
    for other in ("dt=2013-02-28/note.txt", "dt=soon/_manifest.json"):
        s3.put_object(Bucket=BRONZE, Key=f"fmp/{HISTORICAL}/{other}", Body=b"")
    listed = list_manifests(BRONZE, HISTORICAL)
    assert listed == {day: manifest.etag for day, manifest in stored.items()}


def test_a_manifest_that_changes_has_another_etag() -> None:
    before = put_manifest(FRIDAY, files=[])
    assert put_manifest(FRIDAY, files=[]).etag == before.etag
    assert put_manifest(FRIDAY, "b2", files=[]).etag != before.etag


def test_days_without_a_manifest_are_left_out() -> None:
    stored = put_bronze(FRIDAY)
    assert read_manifests(BRONZE, HISTORICAL, (THURSDAY, FRIDAY)) == [stored]


def test_manifests_share_the_files_that_they_name_in_common(s3: S3Client) -> None:
    put_bronze(FRIDAY)
    found = s3.get_object(Bucket=BRONZE, Key=manifest_key(HISTORICAL, FRIDAY))["Body"].read()
    other = found.replace(FRIDAY.isoformat().encode(), THURSDAY.isoformat().encode())
    s3.put_object(Bucket=BRONZE, Key=manifest_key(HISTORICAL, THURSDAY), Body=other)
    first, second = read_manifests(BRONZE, HISTORICAL, (THURSDAY, FRIDAY))
    assert first.document.files[0] is second.document.files[0]
