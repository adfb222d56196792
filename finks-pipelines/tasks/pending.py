"""Finds what is new in bronze since silver was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from prefect.logging import get_run_logger

from config import Settings
from silver import TABLES, SilverTable
from tasks.bronze import Manifest, read_manifests
from tasks.common import pipeline_task
from tasks.publish import published


@dataclass(frozen=True)
class Pending:
    """The manifests of a table whose rows are not the published ones."""

    table: SilverTable
    manifests: tuple[Manifest, ...]

    @property
    def dates(self) -> tuple[date, ...]:
        """The dates of the manifests."""
        return tuple(manifest.date for manifest in self.manifests)


@pipeline_task("find pending dates")
def find_pending(days: tuple[date, ...], datasets: tuple[str, ...], force: bool) -> list[Pending]:
    """The tables and dates that need work, without those that have none.

    A date is done when its published partition was made from the run that its manifest names.
    A manifest without rows has nothing to transform: what was published before it stays.
    """
    bucket = Settings().names.bucket("bronze")
    found = []
    for table in TABLES:
        if table.dataset not in datasets:
            continue
        manifests = [m for m in read_manifests(bucket, table.dataset, days) if m.rows]
        done = published(table.name, [m.date for m in manifests])
        fresh = tuple(
            m
            for m in manifests
            if force or m.date not in done or done[m.date].source_run_id != m.run_id
        )
        get_run_logger().info(
            "%s: %d dates in bronze, %d to transform", table.name, len(manifests), len(fresh)
        )
        if fresh:
            found.append(Pending(table, fresh))
    return found
