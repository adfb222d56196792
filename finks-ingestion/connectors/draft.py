"""What a run would publish: a manifest per date, and what the report says of the dataset."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connectors.coverage import Coverage
from connectors.datasets import Dataset
from connectors.errors import TransientSourceError
from connectors.plan import Plan
from connectors.report import DatasetReport
from utils.bronze import WrittenFile
from utils.clock import utc_now
from utils.manifests import MANIFEST_VERSION, Manifest
from utils.wording import counted, listed

LOG = logging.getLogger(__name__)
_SHOWN = 5
"""Different errors in a message."""


@dataclass(frozen=True)
class Draft:
    """A manifest that is to be published, and the one that it replaces, if there is any."""

    manifest: Manifest
    replaces: Manifest | None


@dataclass(frozen=True)
class DraftedDates:
    """The manifests of the dates that have any record, made one by one: they can be long.

    A date is complete when every symbol has a record or is known not to have been traded yet.
    """

    dataset: Dataset
    plan: Plan
    coverage: Coverage
    files: Sequence[WrittenFile]
    existing: Mapping[date, Manifest]
    run_id: str
    started_at: datetime

    def __iter__(self) -> Iterator[Draft]:
        """Oldest date first."""
        coverage, holidays = self.coverage, self._holidays()
        for day in coverage.dates:
            rejected, failed = coverage.rejected(day), coverage.failed_on(day)
            whole = not (failed or rejected or coverage.unexplained(day))
            files = [file for file in self.files if file.rows[day]]
            manifest = Manifest(
                dataset=self.dataset.name,
                date=day,
                run_id=self.run_id,
                status="complete" if whole else "incomplete",
                files=[file.entry for file in files],
                rows=sum(file.rows[day] for file in files),
                symbols_asked=list(self.plan.symbols),
                symbols_received=coverage.received(day),
                symbols_empty=coverage.empty(day),
                symbols_rejected=rejected,
                symbols_failed=sorted(failed),
                dates_without_records=sorted(holidays[day]),
                started_at=self.started_at,
                finished_at=utc_now(),
            )
            yield Draft(manifest, self.existing.get(day))

    def _holidays(self) -> dict[date, set[date]]:
        """For each date with records the days before it that are known to have none.

        A symbol that failed may have had records, and a refused record without a date may have
        been of any day: then the run proves nothing beyond what was known.
        """
        dates = self.coverage.dates
        known = {
            day: set(self.existing[day].dates_without_records) if day in self.existing else set()
            for day in dates
        }
        if not (self.coverage.failed or self.coverage.undated_refusals):
            for empty in self.coverage.without_records:
                if following := next((d for d in dates if d > empty), None):
                    known[following].add(empty)
        return {day: empty - known.keys() for day, empty in known.items()}


def is_better(new: Manifest, old: Manifest) -> bool:
    """Whether a manifest may replace another: never what is whole by what is less.

    One of an older version is of no use to readers any more.
    """
    if old.schema_version != MANIFEST_VERSION:
        return True
    received, before = set(new.symbols_received), set(old.symbols_received)
    return new.complete or received > before or (received == before and not old.complete)


def describe(
    report: DatasetReport, dataset: Dataset, plan: Plan, coverage: Coverage, symbols_from: str
) -> None:
    """Fill a report from what happened, with a warning for everything that is not whole.

    `symbols_from` is where the symbols are listed.
    """
    received = coverage.symbols_received
    report.symbols_received = sorted(received)
    report.symbols_empty = sorted(coverage.answered - received)
    report.symbols_failed = {s: str(e) for s, e in sorted(coverage.failed.items())}
    report.dates_failed = {day: str(e) for day, e in coverage.dates_failed.items()}
    report.transient_failure = any(
        isinstance(e, TransientSourceError)
        for e in (*coverage.failed.values(), *coverage.dates_failed.values())
    )
    report.dates_without_records = coverage.without_records
    report.records_rejected = coverage.refused
    report.drift = coverage.drift.described(dataset.model.model_fields)
    for difference in report.drift:
        LOG.warning("%s has drifted: %s", dataset.name, difference)
    _warn(report, coverage, symbols_from)
    if report.status == "incomplete":
        LOG.warning("%s is incomplete: %s", report.name, report.reason)
    else:
        LOG.info("%s: %s in %s", report.name, counted(len(coverage.dates), "date"), plan.window)


def _warn(report: DatasetReport, coverage: Coverage, symbols_from: str) -> None:
    failures = report.symbols_failed | {str(d): e for d, e in report.dates_failed.items()}
    errors = list(dict.fromkeys(failures.values()))
    for error in errors[:_SHOWN]:
        hit = [name for name, e in failures.items() if e == error]
        report.warn(f"{listed(hit)}: {error}")
    if len(errors) > _SHOWN:
        report.warn(f"and {counted(len(errors) - _SHOWN, 'more error')}, see the log")
    unknown, not_looked_up = coverage.absence.unknown, coverage.absence.not_looked_up
    if unknown:
        report.warn(
            f"unknown symbols: {listed(sorted(unknown))}; correct them or take them out of "
            f"{symbols_from}"
        )
    if not_looked_up:
        report.warn(
            f"no record of {listed(sorted(not_looked_up))}, and not looked up why; run these alone "
            f"to learn it, or take them out of {symbols_from}"
        )
    late = {s for day in coverage.dates for s in coverage.unexplained(day)}
    if late := late - unknown - not_looked_up:
        report.warn(
            f"no record of {listed(sorted(late))} on some trading days; run again when the "
            f"source has them, or take a delisted symbol out of {symbols_from}"
        )
    pending = coverage.pending
    if pending and not coverage.failed and coverage.answered - unknown:
        days = listed([str(day) for day in pending])
        report.warn(
            f"no symbol has a record on {days}; if the exchange was closed, leave the day out, "
            "else run again when the source has published it"
        )
    if coverage.harmful_refusals:
        report.warn(
            f"{counted(coverage.harmful_refusals, 'record')} refused; see the reasons in "
            f"{report.quarantine}"
        )
