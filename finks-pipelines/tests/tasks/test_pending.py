"""What is new in bronze: in the window of a run, and restated at any time."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from silver import TABLES
from tasks.audit import SilverAudit
from tasks.bronze import HISTORICAL, Commit
from tasks.pending import find_pending, find_restated
from tasks.publish import SOURCE_ETAG, publish
from tests.lake import DATABASE, FRIDAY, THURSDAY, WEDNESDAY, put_bronze, put_manifest
from tests.requests import counted

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

pytestmark = pytest.mark.usefixtures("prefect_server", "aws")
QUOTES = TABLES[0]
DAYS = (THURSDAY, FRIDAY)


def publish_bronze(*days: date, run_id: str = "b1", silver_run: str = "s1") -> None:
    """Write bronze of some days, and publish silver as made from it."""
    for day in days:
        publish_commit(put_bronze(day, run_id).commit, silver_run)


def publish_commit(commit: Commit, silver_run: str = "s1") -> None:
    publish(
        QUOTES,
        (SilverAudit(QUOTES.name, commit.date, silver_run, commit.run_id, commit.etag, 2, 2, ()),),
    )


def pending(*window: date, force: bool = False) -> tuple[date, ...]:
    """The dates of end-of-day prices that a run for the window would transform."""
    found = find_pending(window, (HISTORICAL,), force)
    assert [entry.table for entry in found] in ([], [QUOTES])
    return found[0].dates if found else ()


def test_only_dates_with_new_bronze_are_pending() -> None:
    for day in DAYS:
        put_bronze(day, "b1")
    assert pending(*DAYS) == DAYS

    publish_bronze(*DAYS)
    assert pending(*DAYS) == ()
    assert pending(*DAYS, force=True) == DAYS

    put_bronze(FRIDAY, "b2")
    assert pending(*DAYS) == (FRIDAY,)


def test_a_date_without_rows_leaves_what_was_published() -> None:
    publish_bronze(FRIDAY)
    put_bronze(FRIDAY, "b2", rows=0)
    assert pending(FRIDAY, force=True) == ()


def test_restated_dates_are_pending_whatever_the_window_is() -> None:
    publish_bronze(WEDNESDAY, THURSDAY)
    commit = put_bronze(WEDNESDAY, "b2").commit
    put_bronze(FRIDAY, "b2")
    assert pending(FRIDAY) == (WEDNESDAY, FRIDAY)
    assert pending(FRIDAY, force=True) == (WEDNESDAY, FRIDAY)
    assert find_restated((FRIDAY,), (HISTORICAL,)) == (commit,)
    assert find_restated((WEDNESDAY,), (HISTORICAL,)) == ()
    assert find_restated((FRIDAY,), ("quote",)) == ()

    publish_commit(commit, "s2")
    assert pending(FRIDAY) == (FRIDAY,)
    assert find_restated((FRIDAY,), (HISTORICAL,)) == ()


def test_what_nobody_has_asked_for_yet_stays_unpublished() -> None:
    put_bronze(WEDNESDAY)
    assert pending(FRIDAY) == ()


def test_only_manifests_that_changed_are_read() -> None:
    publish_bronze(WEDNESDAY, *DAYS)
    put_bronze(THURSDAY, "b2")
    with counted("s3", "GetObject") as asked:
        assert pending(WEDNESDAY, *DAYS) == (THURSDAY,)
    assert [params["Key"].split("/")[2] for params in asked] == [f"dt={THURSDAY}"]


def test_a_manifest_that_was_copied_is_no_restatement() -> None:
    publish_bronze(WEDNESDAY)
    stored = put_manifest(WEDNESDAY, files=[], note="copied from another bucket")
    assert stored.document.run_id == "b1"
    assert pending(FRIDAY) == ()


def test_what_was_published_without_an_etag_is_known_by_its_run(glue: GlueClient) -> None:
    publish_bronze(WEDNESDAY, FRIDAY)
    for day in (WEDNESDAY, FRIDAY):
        _forget_etag(glue, day)
    put_bronze(WEDNESDAY, "b2")
    assert pending(FRIDAY) == (WEDNESDAY,)


def _forget_etag(glue: GlueClient, day: date) -> None:
    values = [day.isoformat()]
    found = glue.get_partition(
        DatabaseName=DATABASE, TableName=QUOTES.name, PartitionValues=values
    )["Partition"]
    parameters = {k: v for k, v in found["Parameters"].items() if k != SOURCE_ETAG}
    glue.update_partition(
        DatabaseName=DATABASE,
        TableName=QUOTES.name,
        PartitionValueList=values,
        PartitionInput={
            "Values": values,
            "StorageDescriptor": found["StorageDescriptor"],
            "Parameters": parameters,
        },
    )
