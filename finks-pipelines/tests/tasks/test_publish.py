"""Publishing: the partition pointer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from silver import TABLES
from tasks.audit import SilverAudit
from tasks.publish import PREVIOUS_LOCATION, publish, published
from tests.lake import DATABASE, FRIDAY, SILVER, THURSDAY, bar, put_silver

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.usefixtures("prefect_server", "aws")
QUOTES = TABLES[0]
DAYS = (THURSDAY, FRIDAY)


def audit(
    day: date, run_id: str = "s1", source: str = "b1", problems: tuple[str, ...] = ()
) -> SilverAudit:
    return SilverAudit("fmp_quotes", day, run_id, source, "etag", 2, 2, problems)


def location(day: date, run_id: str) -> str:
    return f"s3://finks-local-silver/fmp_quotes/date={day}/run={run_id}/"


def test_partitions_point_at_the_audited_run_with_the_tables_columns(glue: GlueClient) -> None:
    publish(QUOTES, (audit(THURSDAY), audit(FRIDAY)))

    found = published("fmp_quotes", DAYS)
    assert {day: p.location for day, p in found.items()} == {d: location(d, "s1") for d in DAYS}
    assert {(p.run_id, p.source_run_id, p.source_etag, p.rows) for p in found.values()} == {
        ("s1", "b1", "etag", 2)
    }
    partition = glue.get_partition(
        DatabaseName=DATABASE, TableName="fmp_quotes", PartitionValues=["2013-03-01"]
    )["Partition"]
    assert len(partition["StorageDescriptor"]["Columns"]) == 10


def test_a_new_run_moves_the_pointer_and_remembers_the_old_one(glue: GlueClient) -> None:
    publish(QUOTES, (audit(FRIDAY, "s1"),))
    publish(QUOTES, (audit(FRIDAY, "s2"),))
    publish(QUOTES, (audit(FRIDAY, "s2"),))

    assert published("fmp_quotes", DAYS)[FRIDAY].location == location(FRIDAY, "s2")
    partition = glue.get_partition(
        DatabaseName=DATABASE, TableName="fmp_quotes", PartitionValues=["2013-03-01"]
    )["Partition"]
    assert partition["Parameters"][PREVIOUS_LOCATION] == location(FRIDAY, "s1")


def run_once(day: date, run_id: str) -> None:
    put_silver(day, [bar("AAPL")], run_id)
    publish(QUOTES, (audit(day, run_id),))


def superseded(s3: S3Client, day: date) -> set[str]:
    """Runs of a date whose files are marked; each run has one file."""
    prefix = f"fmp_quotes/date={day}/"
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=SILVER, Prefix=prefix)["Contents"]]
    marked = {}
    for key in keys:
        tags = s3.get_object_tagging(Bucket=SILVER, Key=key)["TagSet"]
        assert tags in ([], [{"Key": "finks:superseded", "Value": "true"}])
        marked[key.split("run=")[1].split("/")[0]] = bool(tags)
    return {run_id for run_id, tagged in marked.items() if tagged}


def test_only_the_run_that_nobody_can_roll_back_to_is_marked(s3: S3Client) -> None:
    run_once(THURSDAY, "s1")
    for run_id, marked in (("s1", set()), ("s2", set()), ("s3", {"s1"}), ("s4", {"s1", "s2"})):
        run_once(FRIDAY, run_id)
        assert superseded(s3, FRIDAY) == marked
    assert superseded(s3, THURSDAY) == set()


def test_publishing_again_marks_nothing_more(s3: S3Client) -> None:
    for run_id in ("s1", "s2", "s2", "s2"):
        run_once(FRIDAY, run_id)
    assert superseded(s3, FRIDAY) == set()


def test_a_run_that_comes_back_is_no_longer_marked(s3: S3Client) -> None:
    for run_id in ("s1", "s2", "s3"):
        run_once(FRIDAY, run_id)
    publish(QUOTES, (audit(FRIDAY, "s1"),))
    assert published("fmp_quotes", DAYS)[FRIDAY].location == location(FRIDAY, "s1")
    assert superseded(s3, FRIDAY) == {"s2"}


def test_a_run_that_was_put_back_by_hand_is_not_marked(s3: S3Client, glue: GlueClient) -> None:
    for run_id in ("s1", "s2"):
        run_once(FRIDAY, run_id)
    partition = glue.get_partition(
        DatabaseName=DATABASE, TableName="fmp_quotes", PartitionValues=["2013-03-01"]
    )["Partition"]
    descriptor = {**partition["StorageDescriptor"], "Location": location(FRIDAY, "s1")}
    glue.update_partition(
        DatabaseName=DATABASE,
        TableName="fmp_quotes",
        PartitionValueList=["2013-03-01"],
        PartitionInput={
            "Values": ["2013-03-01"],
            "StorageDescriptor": descriptor,  # type: ignore[typeddict-item]
            "Parameters": partition["Parameters"],
        },
    )
    run_once(FRIDAY, "s3")
    assert superseded(s3, FRIDAY) == set()


def test_a_tag_that_cannot_be_set_does_not_undo_the_publishing(
    s3: S3Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for run_id in ("s1", "s2"):
        run_once(FRIDAY, run_id)
    real = boto3.client

    def refusing(service: str, **options: object) -> object:
        client = real(service, **options)  # type: ignore[call-overload]
        if service == "s3":

            def refuse(**_: object) -> None:
                error = {"Error": {"Code": "AccessDenied", "Message": "not allowed"}}
                raise ClientError(error, "PutObjectTagging")  # type: ignore[arg-type]

            client.put_object_tagging = refuse
        return client

    put_silver(FRIDAY, [bar("AAPL")], "s3")
    monkeypatch.setattr(boto3, "client", refusing)
    with caplog.at_level("WARNING"):
        assert publish(QUOTES, (audit(FRIDAY, "s3"),)) == [FRIDAY]
    assert published("fmp_quotes", DAYS)[FRIDAY].location == location(FRIDAY, "s3")
    assert f"{location(FRIDAY, 's1')} was not tagged finks:superseded=true" in caplog.text
    assert superseded(s3, FRIDAY) == set()


def test_a_date_that_did_not_pass_is_never_published() -> None:
    with pytest.raises(ValueError, match="never published"):
        publish(QUOTES, (audit(THURSDAY), audit(FRIDAY, problems=("bad",))))
    assert not published("fmp_quotes", DAYS)
