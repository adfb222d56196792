"""The audit of bronze against its manifests."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from errors import AuditError, PermanentError
from tasks.bronze import HISTORICAL, SCHEMA_VERSION
from tasks.bronze_audit import audit_bronze
from tests.lake import BRONZE, FRIDAY, THURSDAY, WEDNESDAY, put_bronze, put_manifest
from tests.requests import counted

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
    manifest = put_bronze(FRIDAY).document
    s3.delete_object(Bucket=BRONZE, Key=manifest.files[0].key)
    with pytest.raises(AuditError, match=r"2013-03-01: .*is missing.*again with force") as caught:
        audit_bronze(DAYS, (HISTORICAL,))
    assert caught.value.dates == (FRIDAY,)


def test_another_content_fails_the_audit(s3: S3Client) -> None:
    manifest = put_bronze(FRIDAY).document
    s3.put_object(Bucket=BRONZE, Key=manifest.files[0].key, Body=b"x" * manifest.files[0].bytes)
    with pytest.raises(AuditError, match="another SHA-256"):
        audit_bronze(DAYS, (HISTORICAL,))


def test_another_number_of_rows_fails_the_audit() -> None:
    manifest = put_bronze(FRIDAY).document
    file = manifest.files[0].model_dump() | {"rows": 7}
    put_manifest(FRIDAY, files=[file])
    with pytest.raises(AuditError, match="2 rows instead of 7"):
        audit_bronze(DAYS, (HISTORICAL,))


@pytest.mark.parametrize(
    ("version", "remedy"),
    [(SCHEMA_VERSION + 1, "same release"), (SCHEMA_VERSION - 1, "again with force")],
)
def test_a_manifest_of_another_schema_is_refused(version: int, remedy: str) -> None:
    put_manifest(FRIDAY, schema_version=version, files=[])
    with pytest.raises(PermanentError, match=remedy):
        audit_bronze(DAYS, (HISTORICAL,))


def test_what_is_no_parquet_file_fails_the_audit(s3: S3Client) -> None:
    file = put_bronze(FRIDAY).document.files[0]
    body = b"not Parquet" * 1000
    s3.put_object(Bucket=BRONZE, Key=file.key, Body=body)
    digest = hashlib.sha256(body).hexdigest()
    put_manifest(FRIDAY, files=[file.model_dump() | {"sha256": digest}])
    with pytest.raises(AuditError, match="is no Parquet file"):
        audit_bronze(DAYS, (HISTORICAL,))


def test_a_file_beyond_the_audits_buffer_is_read_through(s3: S3Client) -> None:
    sink = io.BytesIO()
    values = pa.array([n * 2_654_435_761 % 2**40 for n in range(500_000)])
    pq.write_table(pa.table({"n": values}), sink, row_group_size=20_000)
    body = sink.getvalue()
    assert len(body) > 3 * 1024 * 1024
    key = f"fmp/{HISTORICAL}/run=b2/part-00000.parquet"
    s3.put_object(Bucket=BRONZE, Key=key, Body=body)
    digest = hashlib.sha256(body).hexdigest()
    file = {"key": key, "sha256": digest, "rows": 500_000, "bytes": len(body)}
    put_manifest(FRIDAY, files=[file])
    assert audit_bronze((FRIDAY,), (HISTORICAL,)).rows == {HISTORICAL: 2}


def test_prices_that_lost_their_digits_fail_the_audit(s3: S3Client) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"symbol": ["S0"], "close": [10.5]}), sink)
    body, key = sink.getvalue(), f"fmp/{HISTORICAL}/run=b2/part-00000.parquet"
    s3.put_object(Bucket=BRONZE, Key=key, Body=body)
    digest = hashlib.sha256(body).hexdigest()
    file = {"key": key, "sha256": digest, "rows": 1, "bytes": len(body)}
    put_manifest(FRIDAY, files=[file])
    with pytest.raises(AuditError, match=r"binary fractions in close.*again with force"):
        audit_bronze((FRIDAY,), (HISTORICAL,))


def test_a_file_of_many_dates_is_read_once() -> None:
    files = [file.model_dump() for day in DAYS for file in put_bronze(day).document.files]
    for day in DAYS:
        put_manifest(day, files=files)
    with counted("s3", "GetObject") as asked:
        audit_bronze(DAYS, (HISTORICAL,))
    assert len(asked) == len(files) + len(DAYS)


def test_of_manifests_that_disagree_about_a_file_the_wrong_one_is_named() -> None:
    files = [file.model_dump() for file in put_bronze(THURSDAY).document.files]
    put_manifest(THURSDAY, files=[files[0] | {"rows": 9}])
    put_manifest(FRIDAY, files=files)
    with pytest.raises(AuditError) as caught:
        audit_bronze(DAYS, (HISTORICAL,))
    assert caught.value.dates == (THURSDAY,)


def test_restated_dates_are_audited_beside_the_window_and_not_counted_with_it() -> None:
    put_bronze(FRIDAY)
    restated = put_bronze(WEDNESDAY, "b2").commit
    audit = audit_bronze((FRIDAY,), (HISTORICAL,), (restated,))
    assert audit.restated == (restated,)
    assert audit.rows == {HISTORICAL: 2}

    file = put_bronze(WEDNESDAY, "b3").document.files[0].model_dump()
    wrong = put_manifest(WEDNESDAY, "b3", files=[file | {"sha256": "0"}]).commit
    with pytest.raises(AuditError) as caught:
        audit_bronze((FRIDAY,), (HISTORICAL,), (wrong,))
    assert caught.value.dates == (WEDNESDAY,)
