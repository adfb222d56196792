"""What a run would publish: a manifest per date, and what the report says of the dataset."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from connectors.coverage import Coverage
from connectors.datasets import Dataset
from connectors.errors import (
    BudgetSpentError,
    EndpointError,
    GivenUpError,
    SourceError,
    TransientSourceError,
    UnreachableError,
)
from connectors.plan import Plan
from connectors.report import DatasetReport
from utils.bronze import WrittenFile
from utils.clock import utc_now
from utils.manifests import Manifest
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
class Addition:
    """What a run has of a date: `own` is a manifest of its own files and of what it asked for.

    Its place is beside the content of `known`, the manifest when the run began; where the date is
    fetched `anew` it stands alone. `wanted` are the symbols that are asked for in general, and
    `opened` the dates of which the run has records.
    """

    own: Manifest
    known: Manifest | None
    anew: bool
    wanted: frozenset[str]
    opened: frozenset[date]

    def beside(self, there: Manifest | None) -> Manifest | None:
        """What to publish in the place of a manifest; None when it stays as it is.

        Nothing that was received or settled is ever lost, and no row comes in twice.
        """
        own = self.own
        if there is None or not there.readable:
            return own
        if not self.anew and set(own.symbols_received).isdisjoint(there.symbols_received):
            merged = self._merged(there)
            return merged if _gains(merged, there) else None
        alone = self.anew or self.known is None
        return own if alone and _covers(own, there) else None

    def _merged(self, there: Manifest) -> Manifest:
        own, before = self.own, set(there.symbols_asked)
        known = self.wanted.union(there.symbols_received, there.explained)
        stays = (before & known).difference(own.symbols_asked)  # the others nobody has or wants

        def both(new: Sequence[str], old: Sequence[str]) -> list[str]:
            return sorted([*new, *(symbol for symbol in old if symbol in stays)])

        rejected = both(own.symbols_rejected, there.symbols_rejected)
        failed = both(own.symbols_failed, there.symbols_failed)
        empty = both(own.symbols_empty, there.symbols_empty)
        not_listed = both(own.symbols_not_listed, there.explained)
        closed = {*own.dates_without_records, *there.dates_without_records} - self.opened
        return own.model_copy(
            update={
                "status": _status(rejected, failed, empty, not_listed),
                "files": [*there.files, *own.files],
                "rows": there.rows + own.rows,
                "symbols_asked": both(own.symbols_asked, there.symbols_asked),
                "symbols_received": sorted([*own.symbols_received, *there.symbols_received]),
                "symbols_empty": empty,
                "symbols_rejected": rejected,
                "symbols_failed": failed,
                "symbols_not_listed": not_listed,
                "dates_without_records": sorted(closed),
            }
        )


def _status(
    rejected: Sequence[str], failed: Sequence[str], empty: Sequence[str], not_listed: Sequence[str]
) -> Literal["complete", "incomplete"]:
    """Complete is a date on which nothing of what was asked for is missing without a reason."""
    return "incomplete" if rejected or failed or set(empty) - set(not_listed) else "complete"


def _gains(new: Manifest, old: Manifest) -> bool:
    """Whether a manifest that holds all of another one says more: a row, or that there is none."""
    return new.rows > old.rows or new.settled > old.settled or new.complete > old.complete


def _covers(new: Manifest, old: Manifest) -> bool:
    """Whether a manifest can take another's place: never what is whole by what is less."""
    received = set(old.symbols_received)
    if new.complete:
        return received <= set(new.symbols_asked)
    return received <= set(new.symbols_received) and old.settled <= new.settled


@dataclass(frozen=True)
class DraftedDates:
    """What the run adds to each date that has any record, made one by one: they can be long."""

    dataset: Dataset
    plan: Plan
    coverage: Coverage
    files: Sequence[WrittenFile]
    existing: Mapping[date, Manifest]
    run_id: str
    started_at: datetime

    def __iter__(self) -> Iterator[Addition]:
        """Oldest date first."""
        coverage, holidays = self.coverage, self._holidays()
        opened = frozenset(holidays)
        for day in coverage.dates:
            rejected, failed = coverage.rejected(day), sorted(coverage.failed_on(day))
            empty, not_listed = coverage.empty(day), coverage.not_listed(day)
            files = [file for file in self.files if file.rows[day]]
            own = Manifest(
                dataset=self.dataset.name,
                date=day,
                run_id=self.run_id,
                status=_status(rejected, failed, empty, not_listed),
                files=[file.entry for file in files],
                rows=sum(file.rows[day] for file in files),
                symbols_asked=self.plan.asked_on(day),
                symbols_received=coverage.received(day),
                symbols_empty=empty,
                symbols_rejected=rejected,
                symbols_failed=failed,
                symbols_not_listed=not_listed,
                dates_without_records=sorted(holidays[day]),
                started_at=self.started_at,
                finished_at=utc_now(),
            )
            anew = day in self.plan.anew
            yield Addition(own, self.existing.get(day), anew, self.plan.wanted, opened)

    def _holidays(self) -> dict[date, set[date]]:
        """For each date with records the days before it that are known to have none.

        That is said of the symbols which are settled on the date: one that failed may have had
        records. And a refused record without a date may have been of any day: then the run proves
        nothing beyond what was known.
        """
        dates = self.coverage.dates
        known = {
            day: set(self.existing[day].dates_without_records) if day in self.existing else set()
            for day in dates
        }
        if not self.coverage.undated_refusals:
            for empty in self.coverage.without_records:
                following = next((day for day in dates if day > empty), None)
                if following and not self._settled_elsewhere(empty, following):
                    known[following].add(empty)
        return {day: empty - known.keys() for day, empty in known.items()}

    def _settled_elsewhere(self, day: date, following: date) -> bool:
        """Whether a symbol failed on a day whose record of the following date bronze has."""
        there = self.existing.get(following)
        return there is not None and not self.coverage.failed_on(day).isdisjoint(there.settled)


def describe(
    report: DatasetReport, dataset: Dataset, plan: Plan, coverage: Coverage, symbols_from: str
) -> None:
    """Fill a report from what happened, with a warning for everything that is not whole.

    `symbols_from` is where the symbols are listed.
    """
    received = coverage.symbols_received
    report.symbols_received = sorted(received)
    elsewhere = received.union(coverage.failed, report.symbols_restated)
    report.symbols_empty = sorted(coverage.answered - elsewhere)
    report.symbols_failed = {s: str(e) for s, e in sorted(coverage.failed.items())}
    report.dates_failed = {day: str(e) for day, e in coverage.dates_failed.items()}
    errors = (*coverage.failed.values(), *coverage.dates_failed.values())
    report.transient_failure = any(isinstance(e, TransientSourceError) for e in errors)
    report.partly_there = bool(plan.beside) and all(map(_of_one_call, errors))
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


def _of_one_call(error: SourceError) -> bool:
    """Whether an error says nothing of the source as a whole."""
    if isinstance(error, EndpointError):
        return isinstance(error, BudgetSpentError)
    return not isinstance(error, GivenUpError | UnreachableError)


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
