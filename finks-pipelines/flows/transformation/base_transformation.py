"""Transformation: bronze becomes audited, published silver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as calendar_date
from datetime import timedelta
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger

from config import Settings
from errors import AuditError
from flows.ingestion.base_ingestion import known_datasets
from flows.names import transformation_run
from flows.outcomes import completed, restatement, skipped
from tasks.audit import SilverAudit, audit_silver
from tasks.cancellation import stop_what_it_started
from tasks.glue import transform
from tasks.pending import Pending, find_pending
from tasks.publish import publish
from trading_days import Window, requested_window

_SHOWN = 10
_WORTH_A_RUN = timedelta(days=90)
"""Glue transforms all dates of a run's range, in some seconds a quarter, and bills a minute."""


@dataclass(frozen=True)
class Transformation:
    """What the flow did; `changed` are the dates whose published rows are new."""

    window: Window
    changed: tuple[calendar_date, ...]
    audits: tuple[SilverAudit, ...]

    @property
    def restated(self) -> tuple[calendar_date, ...]:
        """The changed dates outside of the window."""
        return tuple(day for day in self.changed if day not in self.window.days)


@flow(
    name="transformation",
    flow_run_name=transformation_run,
    on_cancellation=[stop_what_it_started],
    on_crashed=[stop_what_it_started],
)
def transformation(
    date: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    datasets: list[str] | None = None,
    force: bool = False,
) -> State[Any]:
    """Cleanse, audit and publish one date or a range; default: the clock's today.

    Dates that are published from the newest bronze are left alone unless `force` says otherwise.
    Published dates of any time whose bronze was restated since are brought up to date as well.
    Raises AuditError for dates that did not pass; they keep what was published before, all
    others are published.
    """
    window = requested_window(Settings().market_today(), date, start_date, end_date)
    if not window.days:
        return skipped(window)
    pending = find_pending(window.days, known_datasets(datasets), force)
    if not pending:
        message = f"silver of {window} is up to date: nothing to transform"
        get_run_logger().info(message)
        return completed(message, (), Transformation(window, (), ()))
    audits: list[SilverAudit] = []
    for start, end in ranges(day for entry in pending for day in entry.dates):
        part = [entry.within(start, end) for entry in pending]
        audits += _transform(start, end, [entry for entry in part if entry.commits])
    changed = tuple(sorted({audit.date for audit in audits if audit.passed}))
    refused = [audit for audit in audits if not audit.passed]
    if refused:
        raise AuditError(_refusal(refused), tuple(sorted({audit.date for audit in refused})))
    found = Transformation(window, changed, tuple(audits))
    rows = sum(audit.rows for audit in audits)
    return completed(
        f"{rows} rows of silver on {len(changed)} dates published{restatement(found.restated)}",
        (),
        found,
    )


def ranges(days: Iterable[calendar_date]) -> list[tuple[calendar_date, calendar_date]]:
    """First and last day of each Glue run: one for all days but those far from the others."""
    found: list[tuple[calendar_date, calendar_date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] <= _WORTH_A_RUN:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def _transform(
    start: calendar_date, end: calendar_date, pending: list[Pending]
) -> list[SilverAudit]:
    """Write, audit, publish; returns all audits."""
    run_id = transform(start, end)
    audits: list[SilverAudit] = []
    for entry in pending:
        found = audit_silver(entry.table, run_id, entry.commits)
        if passed := tuple(audit for audit in found if audit.passed):
            publish(entry.table, passed)
        audits += found
    return audits


def _refusal(refused: list[SilverAudit]) -> str:
    listed = "; ".join(f"{a.table} {a.date}: {', '.join(a.problems)}" for a in refused[:_SHOWN])
    more = f"; and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
    return (
        f"{len(refused)} dates did not pass their audit and stay as they were published before:"
        f" {listed}{more}. Mend the cause and run these dates again with force"
    )
