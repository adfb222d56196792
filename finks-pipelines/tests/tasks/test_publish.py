"""Publishing: the partition pointer, and which dates still need one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from silver import TABLES
from tasks.audit import SilverAudit
from tasks.bronze import HISTORICAL
from tasks.pending import find_pending
from tasks.publish import PREVIOUS_LOCATION, publish, published
from tests.lake import DATABASE, FRIDAY, THURSDAY, put_bronze

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

pytestmark = pytest.mark.usefixtures("prefect_server", "aws")
QUOTES = TABLES[0]
DAYS = (THURSDAY, FRIDAY)


def audit(
    day: date, run_id: str = "s1", source: str = "b1", problems: tuple[str, ...] = ()
) -> SilverAudit:
    return SilverAudit("fmp_quotes", day, run_id, source, 2, 2, problems)


def location(day: date, run_id: str) -> str:
    return f"s3://finks-local-silver/fmp_quotes/date={day}/run={run_id}/"


def test_partitions_point_at_the_audited_run_with_the_tables_columns(glue: GlueClient) -> None:
    publish(QUOTES, (audit(THURSDAY), audit(FRIDAY)))

    found = published("fmp_quotes", DAYS)
    assert {day: p.location for day, p in found.items()} == {d: location(d, "s1") for d in DAYS}
    assert {(p.run_id, p.source_run_id, p.rows) for p in found.values()} == {("s1", "b1", 2)}
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


def test_a_date_that_did_not_pass_is_never_published() -> None:
    with pytest.raises(ValueError, match="never published"):
        publish(QUOTES, (audit(THURSDAY), audit(FRIDAY, problems=("bad",))))
    assert not published("fmp_quotes", DAYS)


def test_only_dates_with_new_bronze_are_pending() -> None:
    put_bronze(THURSDAY, "b1")
    put_bronze(FRIDAY, "b1")
    (found,) = find_pending(DAYS, (HISTORICAL,), force=False)
    assert (found.table.name, found.dates) == ("fmp_quotes", DAYS)

    publish(QUOTES, (audit(THURSDAY), audit(FRIDAY)))
    assert find_pending(DAYS, (HISTORICAL,), force=False) == []
    assert find_pending(DAYS, (HISTORICAL,), force=True)[0].dates == DAYS

    put_bronze(FRIDAY, "b2")
    assert find_pending(DAYS, (HISTORICAL,), force=False)[0].dates == (FRIDAY,)


def test_a_date_without_rows_leaves_what_was_published() -> None:
    publish(QUOTES, (audit(FRIDAY),))
    put_bronze(FRIDAY, "b2", rows=0)
    assert find_pending(DAYS, (HISTORICAL,), force=True) == []
