"""What a run would publish: a manifest per date, and what the report says of the dataset."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from connectors.assembly import Assembled
from connectors.datasets import Dataset, Fetched
from connectors.errors import TransientSourceError
from connectors.plan import Plan
from connectors.report import DatasetReport
from utils.bronze import FileEntry, Manifest
from utils.clock import utc_now
from utils.validation import Row

LOG = logging.getLogger(__name__)
_SHOWN = 5
"""Different errors in a message."""
_LISTED = 20
"""Symbols or dates in a message."""
Files = Sequence[tuple[FileEntry, Sequence[Row]]]


def draft_manifests(
    dataset: Dataset,
    plan: Plan,
    fetched: Fetched,
    assembled: Assembled,
    files: Files,
    existing: Mapping[date, Manifest],
    *,
    today: date,
    run_id: str,
    started_at: datetime,
) -> list[Manifest]:
    """The manifests of the dates that have any record, oldest first.

    A date is complete when every symbol has a record or is known not to have been traded yet.
    """
    entries, rows = _by_date(dataset, files, today)
    holidays = _holidays(fetched, assembled, existing)
    manifests = []
    for day, state in sorted(assembled.dates.items()):
        whole = not (fetched.failed or state.rejected or state.unexplained)
        manifests.append(
            Manifest(
                dataset=dataset.name,
                date=day,
                run_id=run_id,
                status="complete" if whole else "incomplete",
                files=entries.get(day, []),
                rows=rows.get(day, 0),
                symbols_asked=list(plan.symbols),
                symbols_received=sorted(state.received),
                symbols_empty=sorted(state.empty),
                symbols_rejected=sorted(state.rejected),
                symbols_failed=sorted(fetched.failed),
                dates_without_records=sorted(holidays[day]),
                started_at=started_at,
                finished_at=utc_now(),
            )
        )
    return manifests


def _holidays(
    fetched: Fetched, assembled: Assembled, existing: Mapping[date, Manifest]
) -> dict[date, set[date]]:
    """For each date with records the days before it that are known to have none.

    A symbol that failed may have had records, and a refused record without a date may have been
    of any day: then the run proves nothing beyond what was known.
    """
    known = {
        day: set(existing[day].dates_without_records) if day in existing else set()
        for day in assembled.dates
    }
    if not (fetched.failed or assembled.undated_refusals):
        for empty in assembled.without_records:
            if following := min((d for d in known if d > empty), default=None):
                known[following].add(empty)
    return {day: empty - assembled.dates.keys() for day, empty in known.items()}


def is_better(new: Manifest, old: Manifest) -> bool:
    """Whether a manifest may replace another: never what is whole by what is less."""
    received, before = set(new.symbols_received), set(old.symbols_received)
    return new.complete or received > before or (received == before and not old.complete)


def describe(report: DatasetReport, plan: Plan, fetched: Fetched, assembled: Assembled) -> None:
    """Fill a report from what happened, with a warning for everything that is not whole."""
    states = assembled.dates.values()
    report.symbols_received = sorted({s for state in states for s in state.received})
    report.symbols_empty = sorted(set(fetched.records) - set(report.symbols_received))
    report.symbols_failed = {s: str(e) for s, e in sorted(fetched.failed.items())}
    report.transient_failure = any(
        isinstance(e, TransientSourceError) for e in fetched.failed.values()
    )
    report.dates_without_records = assembled.without_records
    report.records_rejected = len(assembled.refused)
    _warn(report, fetched, assembled)
    if report.status == "incomplete":
        LOG.warning("%s is incomplete: %s", report.name, report.reason)
    else:
        LOG.info("%s: %d dates in %s", report.name, len(assembled.dates), plan.window)


def _warn(report: DatasetReport, fetched: Fetched, assembled: Assembled) -> None:
    errors = list(dict.fromkeys(report.symbols_failed.values()))
    for error in errors[:_SHOWN]:
        hit = [s for s, e in report.symbols_failed.items() if e == error]
        report.warn(f"{_listed(hit)}: {error}")
    if len(errors) > _SHOWN:
        report.warn(f"and {len(errors) - _SHOWN} more errors, see the log")
    if fetched.unknown:
        report.warn(
            f"unknown symbols: {_listed(sorted(fetched.unknown))}; correct them or take them "
            "out of SYMBOLS"
        )
    late = {s for state in assembled.dates.values() for s in state.unexplained} - fetched.unknown
    if late:
        report.warn(
            f"no record of {_listed(sorted(late))} on some trading days; run again when the "
            "source has them, or take a delisted symbol out of SYMBOLS"
        )
    if assembled.pending and not fetched.failed and set(fetched.records) - fetched.unknown:
        days = _listed([str(day) for day in assembled.pending])
        report.warn(
            f"no symbol has a record on {days}; if it is no holiday, run again when the source "
            "has published it"
        )
    if assembled.harmful_refusals:
        report.warn(
            f"{assembled.harmful_refusals} records refused; see the reasons in {report.quarantine}"
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _by_date(
    dataset: Dataset, files: Files, today: date
) -> tuple[dict[date, list[FileEntry]], dict[date, int]]:
    """For each date the files that hold rows of it, and the number of these rows."""
    entries: dict[date, list[FileEntry]] = {}
    counts: dict[date, int] = {}
    for entry, rows in files:
        for row in rows:
            day = row[dataset.date_field] if dataset.date_field else today
            named = entries.setdefault(day, [])
            if entry not in named[-1:]:
                named.append(entry)
            counts[day] = counts.get(day, 0) + 1
    return entries, counts
