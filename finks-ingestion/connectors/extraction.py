"""One dataset of a run, from what is planned to what waits for its commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from connectors.coverage import Absence, Coverage
from connectors.datasets import Dataset
from connectors.draft import DraftedDates, describe
from connectors.errors import SchemaError
from connectors.fetching import Failure, Fetcher
from connectors.overlap import Overlap
from connectors.plan import Plan
from connectors.publishing import Prepared
from connectors.quarantine import Quarantine
from connectors.report import DatasetReport
from connectors.restatement import Restatement, Restater
from connectors.settings import RunSettings
from utils.bronze import BronzeStore, RunFiles
from utils.calendar import sessions
from utils.clock import utc_now
from utils.dates import Window
from utils.manifests import Manifest

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Planned:
    """What is to be done for one dataset, with what bronze has of it and beside it."""

    dataset: Dataset
    plan: Plan
    existing: Mapping[date, Manifest]
    overlap: Overlap


@dataclass(frozen=True)
class Fetched:
    """What one dataset's calls have brought; its files are written."""

    planned: Planned
    started_at: datetime
    coverage: Coverage
    files: RunFiles
    quarantine: Quarantine
    restated: frozenset[str] = frozenset()
    """Symbols whose history the source has restated."""

    @property
    def leaves_calls(self) -> bool:
        """Whether the answers have left something to ask: a history, or why there is none."""
        return bool(self.restated or self.coverage.without_any)


@dataclass(frozen=True)
class Extraction:
    """Fetches and writes for one run; `explain` tells why symbols have no record at all."""

    store: BronzeStore
    settings: RunSettings
    fetcher: Fetcher
    explain: Callable[[Dataset, Sequence[str], Window], Absence]

    def fetch(self, planned: Planned, all_asked: Callable[[], None]) -> Fetched:
        """Fetch and write one dataset; `all_asked` is called when its last call is under way.

        Datasets may be fetched side by side.
        """
        dataset, plan = planned.dataset, planned.plan
        coverage = Coverage(dataset, plan, self.settings.today)
        quarantine = Quarantine(self.store, dataset.name, self.settings.run_id)
        fetched = Fetched(planned, utc_now(), coverage, self._files(dataset), quarantine)
        if plan.window is None:
            LOG.info("%s: nothing to fetch: %s", dataset.name, plan.reason)
            return fetched
        planned.overlap.load(self.store)
        fetched = replace(fetched, restated=frozenset(self._receive(fetched, all_asked)))
        fetched.files.flush()
        if not fetched.leaves_calls:
            self.fetcher.progress.end(dataset.name)
        return fetched

    def prepare(self, fetched: Fetched) -> Prepared:
        """Draft the manifests of one dataset, with what they would replace.

        Makes the calls that the answers of all datasets have left to make.
        """
        planned, coverage, files = fetched.planned, fetched.coverage, fetched.files
        dataset, plan, restated = planned.dataset, planned.plan, fetched.restated
        report = DatasetReport(dataset.name)
        report.dates_complete_before = list(plan.done)
        if plan.window is None:
            report.status, report.reason = "skipped", plan.reason
            return Prepared(report)
        written = tuple(files.written)
        restatement = Restatement()
        if restated:
            restater = Restater(dataset, self.store, self.fetcher, files, plan.anew)
            restatement = restater.restate(sorted(restated), fetched.started_at)
            fetched.quarantine.add(restatement.refused)
            if restatement.failed:
                written = restater.without(written, restatement.failed)
            for symbol, error in restatement.failed.items():
                coverage.take_back(symbol, error)
            report.symbols_restated = sorted(restatement.symbols)
        changed = _schema_error(dataset, coverage)
        if changed:
            coverage.fail(coverage.answered, changed)
        elif empty := coverage.without_any:
            coverage.absence = self.explain(dataset, empty, plan.window)
        fetched.quarantine.flush()
        report.quarantine = fetched.quarantine.key
        unplanned = coverage.unplanned_days
        report.records_on_closed_days = sum(
            count for day, count in unplanned.items() if not any(sessions(Window(day, day)))
        )
        describe(report, dataset, plan, coverage, self.settings.symbols_from)
        if fetched.leaves_calls:
            self.fetcher.progress.end(dataset.name)
        report.files = [file.entry.key for file in files.written]
        if changed:
            return Prepared(report)
        drafted = DraftedDates(
            dataset,
            plan,
            coverage,
            written,
            planned.existing,
            self.settings.run_id,
            fetched.started_at,
        )
        return Prepared(report, restatement.drafts, planned.overlap.days(restated), drafted)

    def _files(self, dataset: Dataset) -> RunFiles:
        order = [dataset.date_field] if dataset.date_field else []
        return RunFiles(
            self.store,
            dataset.name,
            self.settings.run_id,
            [*order, dataset.symbol_field],
            dataset.date_field,
            self.settings.today,
        )

    def _receive(self, fetched: Fetched, all_asked: Callable[[], None]) -> set[str]:
        """Fetch and write; gives the symbols whose history the source has restated."""
        restated: set[str] = set()
        planned, coverage = fetched.planned, fetched.coverage
        dataset, overlap = planned.dataset, planned.overlap
        for outcome in self.fetcher.outcomes(
            dataset, overlap.asks, planned.plan.dates_to_ask, all_asked
        ):
            if isinstance(outcome, Failure):
                coverage.fail(outcome.symbols, outcome.error, outcome.window)
                continue
            fetched.quarantine.add(outcome.refused)
            restated |= overlap.differs(outcome)
            new = coverage.take(outcome)
            self.fetcher.progress.received(dataset.name, len(new))
            fetched.files.add(new)
        return restated


def _schema_error(dataset: Dataset, coverage: Coverage) -> SchemaError | None:
    """The error of a dataset whose records all lack a required field."""
    lost = coverage.drift.lost(dataset.model.never_null())
    if not lost:
        return None
    return SchemaError(
        f"no record of {dataset.name} has {', '.join(lost)}: the source has changed; "
        "update the connector, and look at the records in quarantine"
    )
