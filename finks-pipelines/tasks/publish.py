"""Makes audited silver visible: one partition pointer a date in the Glue catalog.

The pointer is moved in one call, so a reader sees the run before or the run after. The location
that was published before stays in the partition's parameters, and its files stay in S3: the last
good run can be put back with one UpdatePartition. The run before that is marked for collection.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import batched
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError
from prefect.logging import get_run_logger

from config import Settings
from silver import SilverTable
from tasks.audit import SilverAudit, files_prefix
from tasks.common import aws_errors, in_parallel, pipeline_task
from tasks.superseded import mark_superseded, mark_wanted

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, StorageDescriptorOutputTypeDef

RUN_ID = "finks.run_id"
SOURCE_RUN_ID = "finks.source_run_id"
SOURCE_ETAG = "finks.source_etag"
ROWS = "finks.rows"
PREVIOUS_LOCATION = "finks.previous_location"
_BATCH = 1000


@dataclass(frozen=True)
class Published:
    """What a partition of the catalog points at."""

    location: str
    run_id: str
    source_run_id: str
    source_etag: str
    """Run and ETag of the manifest that it was made from."""
    rows: int
    previous_location: str = ""
    """What it pointed at before; empty for the first run of the date."""


def published(table: str, days: Iterable[date]) -> dict[date, Published]:
    """The partitions that exist among the days."""
    glue = boto3.client("glue")
    database = Settings().names.silver_database
    found: dict[date, Published] = {}
    with aws_errors("read partitions"):
        for batch in batched(days, _BATCH):
            answer = glue.batch_get_partition(
                DatabaseName=database,
                TableName=table,
                PartitionsToGet=[{"Values": [day.isoformat()]} for day in batch],
            )
            for partition in answer["Partitions"]:
                parameters = partition.get("Parameters", {})
                found[date.fromisoformat(partition["Values"][0])] = Published(
                    location=partition["StorageDescriptor"]["Location"],
                    run_id=parameters.get(RUN_ID, ""),
                    source_run_id=parameters.get(SOURCE_RUN_ID, ""),
                    source_etag=parameters.get(SOURCE_ETAG, ""),
                    rows=int(parameters.get(ROWS, 0)),
                    previous_location=parameters.get(PREVIOUS_LOCATION, ""),
                )
    return found


@pipeline_task("publish {table.name}")
def publish(table: SilverTable, audits: tuple[SilverAudit, ...]) -> list[date]:
    """Point the partitions of the audited dates at their run; returns the dates.

    A second call with the same audits changes nothing.
    """
    refused = [audit.date for audit in audits if not audit.passed]
    if refused:
        raise ValueError(f"dates that did not pass their audit are never published: {refused}")
    names = Settings().names
    glue = boto3.client("glue")
    before = published(table.name, [audit.date for audit in audits])
    with aws_errors("publish partitions"):
        found = glue.get_table(DatabaseName=names.silver_database, Name=table.name)
        descriptor = found["Table"]["StorageDescriptor"]

        def point(audit: SilverAudit) -> str | None:
            """Move one pointer; the location that nothing leads to any more, if there is one."""
            prefix = files_prefix(table.name, audit.date, audit.run_id)
            location = f"s3://{names.bucket('silver')}/{prefix}"
            old = before.get(audit.date)
            if old is not None and old.location == location:
                return None
            if old is not None and audit.run_id < old.run_id:
                # Run ids begin with their time: an older run comes back, and may be marked.
                mark_wanted(location)
            entry = _partition(descriptor, location, audit, old)
            _put(glue, names.silver_database, entry, table.name, exists=old is not None)
            return _superseded(old, location)

        left = in_parallel(point, audits)
    logger = get_run_logger()
    for problem in mark_superseded([location for location in left if location is not None]):
        logger.warning(problem)
    logger.info("%s: %d dates published", table.name, len(audits))
    return [audit.date for audit in audits]


def _superseded(old: Published | None, location: str) -> str | None:
    """The run before the last: neither published now nor the one to roll back to."""
    if old is None or old.previous_location in {"", old.location, location}:
        return None
    return old.previous_location


def _partition(
    descriptor: StorageDescriptorOutputTypeDef,
    location: str,
    audit: SilverAudit,
    old: Published | None,
) -> PartitionInputTypeDef:
    parameters = {
        RUN_ID: audit.run_id,
        SOURCE_RUN_ID: audit.source_run_id,
        SOURCE_ETAG: audit.source_etag,
        ROWS: str(audit.rows),
    }
    if old is not None:
        parameters[PREVIOUS_LOCATION] = old.location
    return {
        "Values": [audit.date.isoformat()],
        "StorageDescriptor": {**descriptor, "Location": location},
        "Parameters": parameters,
    }


def _put(
    glue: GlueClient, database: str, entry: PartitionInputTypeDef, table: str, *, exists: bool
) -> None:
    if not exists:
        try:
            glue.create_partition(DatabaseName=database, TableName=table, PartitionInput=entry)
        except ClientError as error:
            # A repetition of a call whose answer was lost.
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise
        else:
            return
    glue.update_partition(
        DatabaseName=database,
        TableName=table,
        PartitionValueList=list(entry["Values"]),
        PartitionInput=entry,
    )
