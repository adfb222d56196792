"""One dataset of a run, from what is planned to what waits for its commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
class Extraction:
    """Fetches and writes for one run; `explain` tells why symbols have no record at all."""

    store: BronzeStore
    settings: RunSettings
    fetcher: Fetcher
    explain: Callable[[Dataset, Sequence[str], Window], Absence]

    def prepare(self, planned: Planned) -> Prepared:
        """Fetch and write one dataset, and draft its manifests with what they would replace."""
        dataset, plan, overlap = planned.dataset, planned.plan, planned.overlap
        report = DatasetReport(dataset.name)
        report.dates_complete_before = list(plan.done)
        if plan.window is None:
            report.status, report.reason = "skipped", plan.reason
            LOG.info("%s: nothing to fetch: %s", dataset.name, plan.reason)
            return Prepared(report)
        started_at, coverage = utc_now(), Coverage(dataset, plan, self.settings.today)
        overlap.load(self.store)
        files = self._files(dataset)
        quarantine = Quarantine(self.store, dataset.name, self.settings.run_id)
        restated = self._fetch(planned, coverage, files, quarantine)
        fetched = tuple(files.written)
        restatement = Restatement()
        if restated:
            restater = Restater(dataset, self.store, self.fetcher, files, plan.anew)
            restatement = restater.restate(sorted(restated), started_at)
            quarantine.add(restatement.refused)
            for symbol, error in restatement.failed.items():
                coverage.fail([symbol], error)
            report.symbols_restated = sorted(restatement.symbols)
        changed = _schema_error(dataset, coverage)
        if changed:
            coverage.fail(coverage.answered, changed)
        elif empty := coverage.without_any:
            coverage.absence = self.explain(dataset, empty, plan.window)
        quarantine.flush()
        report.quarantine = quarantine.key
        unplanned = coverage.unplanned_days
        report.records_on_closed_days = sum(
            count for day, count in unplanned.items() if not any(sessions(Window(day, day)))
        )
        describe(report, dataset, plan, coverage, self.settings.symbols_from)
        self.fetcher.progress.end(dataset.name)
        report.files = [file.entry.key for file in files.written]
        if changed:
            return Prepared(report)
        drafted = DraftedDates(
            dataset,
            plan,
            coverage,
            fetched,
            planned.existing,
            self.settings.run_id,
            started_at,
        )
        return Prepared(report, restatement.drafts, overlap.days(restated), drafted)

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

    def _fetch(
        self,
        planned: Planned,
        coverage: Coverage,
        files: RunFiles,
        quarantine: Quarantine,
    ) -> set[str]:
        """Fetch and write; gives the symbols whose history the source has restated."""
        restated: set[str] = set()
        overlap = planned.overlap
        for outcome in self.fetcher.outcomes(
            planned.dataset, overlap.asks, planned.plan.dates_to_ask
        ):
            if isinstance(outcome, Failure):
                coverage.fail(outcome.symbols, outcome.error, outcome.window)
                continue
            quarantine.add(outcome.refused)
            restated |= overlap.differs(outcome)
            new = coverage.take(outcome)
            self.fetcher.progress.received(len(new))
            files.add(new)
        files.flush()
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
