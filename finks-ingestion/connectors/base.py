"""The frame of every connector: plan, fetch, validate, write, and commit last of all.

A source adds its datasets with their endpoints and models, and makes the calls. Everything is
written before the first manifest is, so that a run which fails or is interrupted leaves nothing
that a reader would see. What is in memory at a time is bounded: answers under way, the rows of one
file, and one byte for each date and symbol.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import ClassVar

from connectors.budgets import Cost
from connectors.costs import Expected, expect
from connectors.coverage import Absence
from connectors.datasets import Dataset
from connectors.endpoints import Call
from connectors.errors import BudgetError, ConfigurationError, StorageError
from connectors.extraction import Extraction, Planned
from connectors.fetching import Fetcher
from connectors.overlap import Overlap
from connectors.plan import plan_dataset
from connectors.preview import Preview
from connectors.progress import Progress
from connectors.publishing import Prepared, Publisher
from connectors.report import RunReport
from connectors.settings import RunSettings
from connectors.symbols import wanted_symbols
from utils.bronze import BronzeError, BronzeStore
from utils.clock import utc_now
from utils.dates import Window
from utils.latency import LatencyStatistic
from utils.manifests import Manifest
from utils.ordered_pool import OrderedPool
from utils.relay import relay
from utils.s3 import Bucket, S3Error
from utils.wording import counted

LOG = logging.getLogger(__name__)


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
        before_commit: Callable[[], None] = lambda: None,
        progress: Progress | None = None,
    ) -> None:
        """Run, and fill `report` on the way (also when an error ends the run).

        `before_commit` is called when all is written; `progress` is told of every step. Raises
        ConnectorError.
        """
        self.progress = progress or self.progress
        report.started_at = utc_now()
        report.latency = self.latency
        try:
            with _storage_errors():
                self._run(report, before_commit)
        finally:
            self.stop()
            self._store.stop()
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
            expected = self._expected(planned)
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

    def _run(self, report: RunReport, before_commit: Callable[[], None]) -> None:
        settings = self.settings
        symbols = wanted_symbols(settings.symbols, settings.symbols_uri)
        window = settings.window
        report.window, report.today = (window.start, window.end), settings.today
        report.symbols = list(symbols)
        with report.phase("plan"):
            planned = self._planned(symbols)
        names = ", ".join(p.dataset.name for p in planned)
        LOG.info("%s: %s for %s, %s", self.source, names, counted(len(symbols), "symbol"), window)
        self.admit(self.most(self._expected(planned)))
        fetcher = Fetcher(self, self._pool, self.progress, settings.today)
        extraction = Extraction(self._store, settings, fetcher, self.explain)
        prepared = []
        with report.phase("fetch"):
            for fetched in relay(extraction.fetch, planned):
                result = extraction.prepare(fetched)
                report.datasets.append(result.report)
                prepared.append(result)
        before_commit()
        with report.phase("commit"):
            self._commit(prepared)
        report.conclude()

    def _commit(self, prepared: Sequence[Prepared]) -> None:
        publisher = Publisher(self._store)
        for position, result in enumerate(prepared):
            try:
                publisher.commit(result)
            except (S3Error, BronzeError):
                for unfinished in prepared[position:]:
                    unfinished.report.warn("S3 failed before all its dates were committed")
                raise

    def _planned(self, symbols: Sequence[str]) -> list[Planned]:
        return [self._plan(d, symbols) for d in self._selected(self.settings.datasets)]

    @staticmethod
    def _expected(planned: Iterable[Planned]) -> list[Expected]:
        return [expect(each.dataset, each.plan, each.overlap.asks) for each in planned]

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
