"""Transformation: bronze becomes audited, published silver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as calendar_date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger

from config import Settings
from errors import AuditError
from flows.ingestion.base_ingestion import known_datasets
from flows.names import transformation_run
from flows.outcomes import completed, skipped
from tasks.audit import SilverAudit, audit_silver
from tasks.cancellation import stop_what_it_started
from tasks.glue import transform
from tasks.pending import Pending, find_pending
from tasks.publish import publish
from trading_days import Window, requested_window

_SHOWN = 10


@dataclass(frozen=True)
class Transformation:
    """What the flow did; `changed` are the dates whose published rows are new."""

    window: Window
    changed: tuple[calendar_date, ...]
    audits: tuple[SilverAudit, ...]


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
    audits = _transform_and_audit(pending)
    changed = _publish(pending, audits)
    refused = [audit for audit in audits if not audit.passed]
    if refused:
        raise AuditError(_refusal(refused), tuple(sorted({audit.date for audit in refused})))
    return completed(
        f"{sum(audit.rows for audit in audits)} rows of silver on {len(changed)} dates published",
        (),
        Transformation(window, changed, tuple(audits)),
    )


def _transform_and_audit(pending: list[Pending]) -> list[SilverAudit]:
    days = sorted({day for entry in pending for day in entry.dates})
    run_id = transform(days[0], days[-1])
    return [
        audit for entry in pending for audit in audit_silver(entry.table, run_id, entry.manifests)
    ]


def _publish(pending: list[Pending], audits: list[SilverAudit]) -> tuple[calendar_date, ...]:
    changed: set[calendar_date] = set()
    for entry in pending:
        passed = tuple(a for a in audits if a.table == entry.table.name and a.passed)
        if passed:
            changed.update(publish(entry.table, passed))
    return tuple(sorted(changed))


def _refusal(refused: list[SilverAudit]) -> str:
    listed = "; ".join(f"{a.table} {a.date}: {', '.join(a.problems)}" for a in refused[:_SHOWN])
    more = f"; and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
    return (
        f"{len(refused)} dates did not pass their audit and stay as they were published before:"
        f" {listed}{more}. Mend the cause and run these dates again with force"
    )
