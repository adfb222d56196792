"""Ingestion: the connector fetches a window of trading days into bronze, which is then audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as calendar_date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger

from config import Settings
from errors import RequestRefusedError
from flows.names import ingestion_run
from flows.outcomes import completed, restatement, skipped
from tasks.bronze import DATASETS
from tasks.bronze_audit import BronzeAudit, audit_bronze
from tasks.cancellation import stop_what_it_started
from tasks.ingestion import Extraction, extract
from tasks.pending import find_restated
from trading_days import Window, requested_window

_SHOWN = 10


@dataclass(frozen=True)
class Ingestion:
    """What the flow found and did; `reasons` tell why it is incomplete."""

    window: Window
    extraction: Extraction
    audit: BronzeAudit
    reasons: tuple[str, ...]

    @property
    def restated(self) -> tuple[calendar_date, ...]:
        """Published dates outside of the window of which bronze holds a newer run."""
        return tuple(sorted({commit.date for commit in self.audit.restated}))


@flow(
    name="ingestion",
    flow_run_name=ingestion_run,
    on_cancellation=[stop_what_it_started],
    on_crashed=[stop_what_it_started],
    validate_parameters=True,
)
def ingestion(
    date: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    symbols: list[str] | None = None,
    datasets: list[str] | None = None,
    force: bool = False,
) -> State[Any]:
    """Fetch one date or a range (ISO dates, inclusive) into bronze; default: the clock's today.

    Dates that are complete are not fetched again unless `force` says so. Where the source
    restates history, earlier dates change too: they are audited and named in the result.
    """
    settings = Settings()
    window = requested_window(settings.market_today(), date, start_date, end_date)
    if not window.days:
        return skipped(window)
    wanted = known_datasets(datasets)
    asked = tuple(symbols or settings.symbols)
    extraction = extract(window.days[0], window.days[-1], asked, wanted if datasets else (), force)
    audit = audit_bronze(window.days, wanted, find_restated(window.days, wanted))
    reasons = incomplete_reasons(extraction)
    found = Ingestion(window, extraction, audit, reasons)
    if audit.without_manifest:
        listed = ", ".join(str(day) for day in audit.without_manifest[:_SHOWN])
        get_run_logger().warning("no prices on %d days: %s", len(audit.without_manifest), listed)
    rows = sum(audit.rows.values())
    return completed(
        f"{rows} rows of bronze for {len(window.days)} trading days{restatement(found.restated)}",
        reasons,
        found,
    )


def known_datasets(asked: list[str] | None) -> tuple[str, ...]:
    """The datasets asked for, all by default; raises RequestRefusedError for unknown ones."""
    unknown = sorted(set(asked or ()) - set(DATASETS))
    if unknown:
        raise RequestRefusedError(
            f"unknown dataset {', '.join(unknown)}: choose among {', '.join(DATASETS)}"
        )
    return tuple(asked or DATASETS)


def incomplete_reasons(extraction: Extraction) -> tuple[str, ...]:
    """Why the bronze of the window is not all that was asked for, in the connector's words.

    Only the connector can tell a symbol that was not listed yet from one that is missing.
    """
    if extraction.complete:
        return ()
    return (str(extraction.summary.get("error") or "the connector finished incompletely"),)
