"""The audit of bronze against its manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from errors import AuditError, PermanentError
from tasks.bronze import HISTORICAL, audit_bronze
from tests.lake import BRONZE, FRIDAY, THURSDAY, put_bronze

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.usefixtures("prefect_server", "aws")
DAYS = (THURSDAY, FRIDAY)


def test_good_manifests_pass_and_days_without_one_are_named() -> None:
    put_bronze(FRIDAY, rows=3)
    audit = audit_bronze(DAYS, (HISTORICAL, "quote"))
    assert audit.rows == {HISTORICAL: 3}
    assert audit.without_manifest == (THURSDAY,)


def test_a_missing_file_fails_the_audit(s3: S3Client) -> None:
    manifest = put_bronze(FRIDAY)
    s3.delete_object(Bucket=BRONZE, Key=manifest.files[0].key)
    with pytest.raises(AuditError, match=r"2013-03-01: .*is missing.*again with force") as caught:
        audit_bronze(DAYS, (HISTORICAL,))
    assert caught.value.dates == (FRIDAY,)


def test_another_content_fails_the_audit(s3: S3Client) -> None:
    manifest = put_bronze(FRIDAY)
    s3.put_object(Bucket=BRONZE, Key=manifest.files[0].key, Body=b"x" * manifest.files[0].bytes)
    with pytest.raises(AuditError, match="another SHA-256"):
        audit_bronze(DAYS, (HISTORICAL,))


def test_another_number_of_rows_fails_the_audit() -> None:
    manifest = put_bronze(FRIDAY)
    file = manifest.files[0].model_dump() | {"rows": 7}
    put_bronze(FRIDAY, files=[file])
    with pytest.raises(AuditError, match="2 rows instead of 7"):
        audit_bronze(DAYS, (HISTORICAL,))


def test_a_newer_manifest_schema_is_refused() -> None:
    put_bronze(FRIDAY, schema_version=2)
    with pytest.raises(PermanentError, match="same release"):
        audit_bronze(DAYS, (HISTORICAL,))
