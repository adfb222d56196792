"""Finds what is new in bronze since silver was published.

That is decided by what lies in bronze and in the catalog, never by what a run remembers: whatever
a crash has left undone, the next run finds. Bronze is listed as a whole, because a source that
restates history (a split, a correction) changes dates far from the window of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from prefect.logging import get_run_logger

from config import Settings
from silver import TABLES, SilverTable
from tasks.bronze import Commit, list_manifests, read_manifests
from tasks.common import pipeline_task
from tasks.publish import published


@dataclass(frozen=True)
class Pending:
    """The manifests of a table whose rows are not the published ones."""

    table: SilverTable
    commits: tuple[Commit, ...]

    @property
    def dates(self) -> tuple[date, ...]:
        """The dates of the manifests."""
        return tuple(commit.date for commit in self.commits)

    def within(self, start: date, end: date) -> Pending:
        """The part that lies in a range, which may be empty."""
        return Pending(self.table, tuple(c for c in self.commits if start <= c.date <= end))


@pipeline_task("find pending dates")
def find_pending(days: tuple[date, ...], datasets: tuple[str, ...], force: bool) -> list[Pending]:
    """The tables and dates that need work, without those that have none.

    Dates of the window that are not published, and dates of any time that are published from
    another run than their manifest names. A manifest without rows has nothing to transform:
    what was published before it stays.
    """
    window = frozenset(days)
    found = []
    for table in TABLES:
        if table.dataset not in datasets:
            continue
        fresh = _unpublished(table, window, force)
        get_run_logger().info(
            "%s: %d dates to transform, %d of them outside of the window",
            table.name,
            len(fresh),
            sum(commit.date not in window for commit in fresh),
        )
        if fresh:
            found.append(Pending(table, fresh))
    return found


@pipeline_task("find restated dates")
def find_restated(days: tuple[date, ...], datasets: tuple[str, ...]) -> tuple[Commit, ...]:
    """The manifests of published dates outside of the days whose bronze is a newer one."""
    window = frozenset(days)
    return tuple(
        commit
        for table in TABLES
        if table.dataset in datasets
        for commit in _unpublished(table, frozenset(), force=False)
        if commit.date not in window
    )


def _unpublished(table: SilverTable, window: frozenset[date], force: bool) -> tuple[Commit, ...]:
    """The manifests with rows that are not published: in the window, or restated.

    Only manifests whose ETag is not the published one are read.
    """
    bucket = Settings().names.bucket("bronze")
    etags = list_manifests(bucket, table.dataset)
    done = published(table.name, etags)

    def may_be_new(day: date) -> bool:
        if day not in done:
            return day in window
        return done[day].source_etag != etags[day] or (force and day in window)

    found = read_manifests(bucket, table.dataset, filter(may_be_new, sorted(etags)))
    return tuple(
        commit
        for commit in (stored.commit for stored in found)
        if commit.rows
        and (
            commit.date not in done
            or done[commit.date].source_run_id != commit.run_id
            or (force and commit.date in window)
        )
    )
