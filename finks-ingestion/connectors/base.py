"""The frame of every connector: plan, fetch, validate, write, and commit last of all.

A source adds its datasets and `fetch`. Everything is written before the first manifest is, so
that a run which fails or is interrupted leaves nothing that a reader would see.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import ClassVar

from connectors.assembly import assemble
from connectors.datasets import Dataset, Fetched
from connectors.draft import describe, draft_manifests, is_better
from connectors.errors import ConfigurationError, StorageError
from connectors.plan import Plan, plan_dataset
from connectors.progress import NoProgress, Progress
from connectors.report import DatasetReport, RunReport
from connectors.settings import RunSettings
from connectors.symbols import wanted_symbols
from utils.bronze import BronzeError, BronzeStore, Manifest
from utils.clock import utc_now
from utils.dates import Window
from utils.s3 import Bucket, S3Error

LOG = logging.getLogger(__name__)
_Drafts = list[tuple[Manifest, Manifest | None]]
_WRITERS = 8


class Connector(ABC):
    """One data source; an instance serves one run."""

    source: ClassVar[str]
    """Name of the source: first part of every key in bronze."""
    datasets: ClassVar[tuple[Dataset, ...]]
    settings_class: ClassVar[type[RunSettings]]
    """The settings that an instance is made from."""

    def __init__(self, settings: RunSettings, bucket: Bucket | None = None) -> None:
        self.settings = settings
        self._store = BronzeStore(bucket or Bucket(settings.s3_bucket), self.source)
        self.progress: Progress = NoProgress()

    @abstractmethod
    def fetch(self, dataset: Dataset, symbols: Sequence[str], window: Window) -> Fetched:
        """Raw records of a dataset; `window` is a single day for observations.

        A failure of one symbol is told in the result; what concerns the whole account is
        raised (AccountError).
        """

    @abstractmethod
    def admit(self, plans: Sequence[tuple[Dataset, Plan]]) -> None:
        """Refuse plans that exceed a budget of the source, before the first call.

        `plans` are those with something to fetch. Raises BudgetError.
        """

    @abstractmethod
    def close(self) -> None:
        """Close connections and files; the run is over."""

    @property
    @abstractmethod
    def api_calls(self) -> int:
        """Calls made so far, attempts that failed included."""

    @property
    @abstractmethod
    def retries(self) -> int:
        """Calls that repeated a failed one."""

    @property
    @abstractmethod
    def calls_per_minute(self) -> int | None:
        """The source's limit, or None when it has none."""

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
        try:
            self._run(report, commit_shield or nullcontext())
        except S3Error as error:
            raise StorageError(str(error), transient=error.transient) from error
        except BronzeError as error:
            raise StorageError(str(error), transient=False) from error
        finally:
            report.finished_at = utc_now()
            report.api_calls, report.retries = self.api_calls, self.retries
            self.close()

    def _run(self, report: RunReport, commit_shield: AbstractContextManager[None]) -> None:
        settings = self.settings
        symbols = wanted_symbols(settings.symbols, settings.symbols_uri)
        window = settings.window
        report.window, report.today = (window.start, window.end), settings.today
        report.symbols = list(symbols)
        selected = self._selected(settings.datasets)
        LOG.info(
            "%s: %s for %d symbols, %s",
            self.source,
            ", ".join(d.name for d in selected),
            len(symbols),
            window,
        )
        planned = [self._plan(dataset, symbols, window) for dataset in selected]
        self.admit([(dataset, plan) for dataset, plan, _ in planned if plan.window])
        drafts: _Drafts = []
        for dataset, plan, existing in planned:
            if plan.window:
                self.progress.begin(dataset.name, len(plan.symbols))
            outcome, manifests = self._prepare(dataset, plan, existing)
            self.progress.end(dataset.name)
            report.datasets.append(outcome)
            drafts += manifests
        with commit_shield:
            self._commit(drafts, {d.name: d for d in report.datasets})
        report.conclude()

    def _selected(self, names: str | None) -> list[Dataset]:
        known = {dataset.name: dataset for dataset in self.datasets}
        wanted = [n.strip() for n in (names or "").split(",") if n.strip()] or list(known)
        if unknown := [name for name in wanted if name not in known]:
            raise ConfigurationError(
                f"DATASETS names {', '.join(unknown)}; choose among {', '.join(known)}"
            )
        return [known[name] for name in dict.fromkeys(wanted)]

    def _plan(
        self, dataset: Dataset, symbols: Sequence[str], asked: Window
    ) -> tuple[Dataset, Plan, dict[date, Manifest]]:
        """Plan one dataset; the manifests are those that bronze has for the window."""
        existing, settings = self._existing(dataset, asked), self.settings
        plan = plan_dataset(
            dataset, asked, symbols, existing, today=settings.today, force=settings.force
        )
        return dataset, plan, existing

    def _prepare(
        self, dataset: Dataset, plan: Plan, existing: dict[date, Manifest]
    ) -> tuple[DatasetReport, _Drafts]:
        """Fetch and write one dataset, and draft its manifests with what they would replace."""
        report, today = DatasetReport(dataset.name), self.settings.today
        report.dates_complete_before = list(plan.done)
        if plan.window is None:
            report.status, report.reason = "skipped", plan.reason
            LOG.info("%s: nothing to fetch: %s", dataset.name, plan.reason)
            return report, []
        started_at, run_id = utc_now(), self.settings.run_id
        fetched = self.fetch(dataset, plan.symbols, plan.window)
        assembled = assemble(dataset, plan, fetched, today)
        self.progress.received(len(assembled.rows))
        files = self._store.write_files(
            dataset.name, dataset.schema, assembled.rows, run_id=run_id, ingested_at=utc_now()
        )
        if assembled.refused:
            report.quarantine = self._store.quarantine(dataset.name, run_id, assembled.refused)
        report.files = [entry.key for entry, _ in files]
        describe(report, plan, fetched, assembled)
        manifests = draft_manifests(
            dataset,
            plan,
            fetched,
            assembled,
            files,
            existing,
            today=today,
            run_id=run_id,
            started_at=started_at,
        )
        return report, [(m, existing.get(m.date)) for m in manifests]

    def _existing(self, dataset: Dataset, asked: Window) -> dict[date, Manifest]:
        """The manifests that count for a window: of an observation only today's."""
        today = self.settings.today
        if not dataset.observed:
            return self._store.manifests(dataset.name, asked)
        return self._store.manifests(dataset.name, Window(today, today)) if today in asked else {}

    def _commit(self, drafts: _Drafts, reports: dict[str, DatasetReport]) -> None:
        """Write the manifests: side by side, to stay within what ECS grants after SIGTERM."""
        better = []
        for manifest, existing in drafts:
            report = reports[manifest.dataset]
            if not manifest.complete:
                report.dates_incomplete.append(manifest.date)
            if existing and not is_better(manifest, existing):
                LOG.warning(
                    "%s %s: kept the manifest of run %s, which has more than this run got",
                    manifest.dataset,
                    manifest.date,
                    existing.run_id,
                )
                continue
            better.append(manifest)
        with ThreadPoolExecutor(_WRITERS) as writers:
            for manifest, _ in zip(better, writers.map(self._store.commit, better), strict=True):
                reports[manifest.dataset].dates_committed.append(manifest.date)
                reports[manifest.dataset].rows += manifest.rows
