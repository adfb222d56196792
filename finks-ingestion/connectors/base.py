"""The frame of every connector: plan, fetch, validate, write, and commit last of all.

A source adds its datasets with their endpoints and models, and makes the calls. Everything is
written before the first manifest is, so that a run which fails or is interrupted leaves nothing
that a reader would see. What is in memory at a time is bounded: answers under way, the rows of one
file, and one byte for each date and symbol.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from connectors.budgets import Cost
from connectors.costs import Expected, expect
from connectors.coverage import Absence, Coverage
from connectors.datasets import Dataset
from connectors.draft import DraftedDates, describe
from connectors.endpoints import Call
from connectors.errors import BudgetError, ConfigurationError, SchemaError, StorageError
from connectors.fetching import Failure, Fetcher
from connectors.overlap import Overlap
from connectors.plan import Plan, plan_dataset
from connectors.preview import Preview
from connectors.progress import Progress
from connectors.publishing import Prepared, Publisher
from connectors.quarantine import Quarantine
from connectors.report import DatasetReport, RunReport
from connectors.restatement import Restatement, Restater
from connectors.settings import RunSettings
from connectors.symbols import wanted_symbols
from utils.bronze import BronzeError, BronzeStore, RunFiles
from utils.calendar import sessions
from utils.clock import utc_now
from utils.dates import Window
from utils.latency import LatencyStatistic
from utils.manifests import Manifest
from utils.ordered_pool import OrderedPool
from utils.s3 import Bucket, S3Error
from utils.wording import counted

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Planned:
    """What is to be done for one dataset, with what bronze has of it and beside it."""

    dataset: Dataset
    plan: Plan
    existing: dict[date, Manifest]
    overlap: Overlap


@contextmanager
def _storage_errors() -> Iterator[None]:
    """Give the errors of bronze within the block an exit code."""
    try:
        yield
    except S3Error as error:
        raise StorageError(str(error), transient=error.transient) from error
    except BronzeError as error:
        raise StorageError(str(error), transient=False) from error


class Connector(ABC):
    """One data source; an instance serves one run."""

    source: ClassVar[str]
    """Name of the source: first part of every key in bronze."""
    datasets: ClassVar[tuple[Dataset, ...]]
    settings_class: ClassVar[type[RunSettings]]
    """The settings that an instance is made from."""

    def __init__(self, settings: RunSettings, bucket: Bucket | None = None) -> None:
        self.settings = settings
        self.progress = Progress()
        self._store = BronzeStore(bucket or Bucket(settings.s3_bucket), self.source)
        self._pool = OrderedPool(settings.concurrency, self.source)

    @abstractmethod
    def get[T](self, call: Call, read: Callable[[bytes], T]) -> T:
        """What `read` makes of the body of one call; from any thread.

        Limits, retries and the classification of errors are the source's. `read` raises
        UnreadableError for a body that is not what it should be. Raises SourceError: what concerns
        the whole account as AccountError, an endpoint as EndpointError.
        """

    @abstractmethod
    def admit(self, most: Cost) -> None:
        """Refuse a run that may exceed a budget of the source, before its first call.

        Raises BudgetError.
        """

    @abstractmethod
    def stop(self) -> None:
        """End all waits of all threads: no further call is made."""

    @abstractmethod
    def close(self) -> None:
        """Close connections and files; the run is over."""

    @property
    @abstractmethod
    def api_calls(self) -> int:
        """Calls made so far, attempts that failed included."""

    @property
    @abstractmethod
    def latency(self) -> LatencyStatistic:
        """How long these calls took."""

    @property
    @abstractmethod
    def retries(self) -> int:
        """Calls that repeated a failed one."""

    @property
    @abstractmethod
    def calls_per_minute(self) -> int | None:
        """The source's limit, or None when it has none."""

    def most(self, expected: Sequence[Expected]) -> Cost:
        """What a run costs at most when no call is repeated; by default its datasets' sum."""
        return sum((each.most for each in expected), Cost())

    def explain(self, dataset: Dataset, symbols: Sequence[str], window: Window) -> Absence:
        """Why symbols have no record at all; by default the source does not know them."""
        del dataset, window
        return Absence(unknown=set(symbols))

    def run(
        self,
        report: RunReport,
        commit_shield: AbstractContextManager[None] | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Run, and fill `report` on the way (also when an error ends the run).

        `commit_shield` is entered around the commit; `progress` is told of every step. Raises
        ConnectorError.
        """
        self.progress = progress or self.progress
        report.started_at = utc_now()
        report.latency = self.latency
        try:
            with _storage_errors():
                self._run(report, commit_shield or nullcontext())
        finally:
            self.stop()
            report.finished_at = utc_now()
            report.api_calls, report.retries = self.api_calls, self.retries
            self._pool.close()
            self.close()

    def preview(self) -> Preview:
        """The calls that a run would make; none is made. Raises ConnectorError."""
        settings = self.settings
        refusal = None
        try:
            with _storage_errors():
                planned = self._planned(wanted_symbols(settings.symbols, settings.symbols_uri))
            expected = [expect(p.dataset, p.plan, p.overlap.asks) for p in planned]
            most = self.most(expected)
            try:
                self.admit(most)
            except BudgetError as error:
                refusal = error
        finally:
            self._pool.close()
            self.close()
        window = (settings.window.start, settings.window.end)
        return Preview(self.source, window, expected, most, self.calls_per_minute, refusal)

    def _run(self, report: RunReport, commit_shield: AbstractContextManager[None]) -> None:
        settings = self.settings
        symbols = wanted_symbols(settings.symbols, settings.symbols_uri)
        window = settings.window
        report.window, report.today = (window.start, window.end), settings.today
        report.symbols = list(symbols)
        with report.phase("plan"):
            planned = self._planned(symbols)
        names = ", ".join(p.dataset.name for p in planned)
        LOG.info("%s: %s for %s, %s", self.source, names, counted(len(symbols), "symbol"), window)
        self.admit(self.most([expect(p.dataset, p.plan, p.overlap.asks) for p in planned]))
        fetcher = Fetcher(self, self._pool, self.progress, settings.today)
        prepared = []
        for each in planned:
            with report.phase("fetch"):
                result = self._prepare(each, fetcher)
            report.datasets.append(result.report)
            prepared.append(result)
        with commit_shield, report.phase("commit"):
            publisher = Publisher(self._store)
            for result in prepared:
                publisher.commit(result)
        report.conclude()

    def _planned(self, symbols: Sequence[str]) -> list[Planned]:
        return [self._plan(d, symbols) for d in self._selected(self.settings.datasets)]

    def _selected(self, names: str | None) -> list[Dataset]:
        known = {dataset.name: dataset for dataset in self.datasets}
        wanted = [n.strip() for n in (names or "").split(",") if n.strip()] or list(known)
        if unknown := [name for name in wanted if name not in known]:
            raise ConfigurationError(
                f"DATASETS names {', '.join(unknown)}; choose among {', '.join(known)}"
            )
        return [known[name] for name in dict.fromkeys(wanted)]

    def _plan(self, dataset: Dataset, symbols: Sequence[str]) -> Planned:
        asked, today = self.settings.window, self.settings.today
        existing: dict[date, Manifest] = {}
        if not dataset.observed:
            existing = self._store.manifests(dataset.name, asked)
        elif today in asked:
            existing = self._store.manifests(dataset.name, Window(today, today))
        plan = plan_dataset(
            dataset, asked, symbols, existing, today=today, force=self.settings.force
        )
        overlap = Overlap.of(dataset, plan, asked, existing, self._store)
        return Planned(dataset, plan, existing, overlap)

    def _prepare(self, planned: Planned, fetcher: Fetcher) -> Prepared:
        """Fetch and write one dataset, and draft its manifests with what they would replace."""
        dataset, plan, overlap = planned.dataset, planned.plan, planned.overlap
        report = DatasetReport(dataset.name)
        report.dates_complete_before = list(plan.done)
        if plan.window is None:
            report.status, report.reason = "skipped", plan.reason
            LOG.info("%s: nothing to fetch: %s", dataset.name, plan.reason)
            return Prepared(report)
        started_at, coverage = utc_now(), Coverage(dataset, plan, self.settings.today)
        overlap.load(self._store)
        files = self._files(dataset)
        quarantine = Quarantine(self._store, dataset.name, self.settings.run_id)
        restated = self._fetch(planned, fetcher, coverage, files, quarantine)
        fetched = tuple(files.written)
        restatement = Restatement()
        if restated:
            restater = Restater(dataset, self._store, fetcher, files, plan.anew)
            restatement = restater.restate(sorted(restated), started_at)
            quarantine.add(restatement.refused)
            for symbol, error in restatement.failed.items():
                coverage.fail([symbol], error)
            report.symbols_restated = sorted(restatement.symbols)
        changed = self._schema_error(dataset, coverage)
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
        self.progress.end(dataset.name)
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
            self._store,
            dataset.name,
            self.settings.run_id,
            [*order, dataset.symbol_field],
            dataset.date_field,
            self.settings.today,
        )

    def _fetch(
        self,
        planned: Planned,
        fetcher: Fetcher,
        coverage: Coverage,
        files: RunFiles,
        quarantine: Quarantine,
    ) -> set[str]:
        """Fetch and write; gives the symbols whose history the source has restated."""
        restated: set[str] = set()
        overlap = planned.overlap
        for outcome in fetcher.outcomes(planned.dataset, overlap.asks, planned.plan.lacking):
            if isinstance(outcome, Failure):
                coverage.fail(outcome.symbols, outcome.error, outcome.window)
                continue
            quarantine.add(outcome.refused)
            restated |= overlap.differs(outcome)
            new = coverage.take(outcome)
            self.progress.received(len(new))
            files.add(new)
        files.flush()
        return restated

    def _schema_error(self, dataset: Dataset, coverage: Coverage) -> SchemaError | None:
        """The error of a dataset whose records all lack a required field."""
        lost = coverage.drift.lost(dataset.model.never_null())
        if not lost:
            return None
        return SchemaError(
            f"no record of {dataset.name} has {', '.join(lost)}: the source has changed; "
            "update the connector, and look at the records in quarantine"
        )
