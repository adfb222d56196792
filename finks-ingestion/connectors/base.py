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
from datetime import date, datetime
from typing import ClassVar

from connectors.assembly import Assembled, assemble
from connectors.datasets import Dataset, Fetched
from connectors.errors import ConfigurationError, StorageError, TransientSourceError
from connectors.plan import Plan, plan_dataset
from connectors.report import DatasetReport, RunReport
from connectors.settings import RunSettings
from connectors.symbols import wanted_symbols
from utils.bronze import BronzeError, BronzeStore, FileEntry, Manifest
from utils.clock import utc_now
from utils.dates import Window
from utils.s3 import Bucket, S3Error
from utils.validation import Row

LOG = logging.getLogger(__name__)
_Drafts = list[tuple[Manifest, Manifest | None]]
_WRITERS = 8


class Connector(ABC):
    """One data source; an instance serves one run."""

    source: ClassVar[str]
    """Name of the source: first part of every key in bronze."""
    datasets: ClassVar[tuple[Dataset, ...]]

    def __init__(self, settings: RunSettings, bucket: Bucket | None = None) -> None:
        self.settings = settings
        self._store = BronzeStore(bucket or Bucket(settings.s3_bucket), self.source)

    @abstractmethod
    def fetch(self, dataset: Dataset, symbols: Sequence[str], window: Window) -> Fetched:
        """Raw records of a dataset; `window` is a single day for observations.

        A failure of one symbol is told in the result; what concerns the whole account is
        raised (AccountError).
        """

    @property
    @abstractmethod
    def api_calls(self) -> int:
        """Calls made so far, attempts that failed included."""

    @property
    @abstractmethod
    def retries(self) -> int:
        """Calls that repeated a failed one."""

    def run(
        self, report: RunReport, commit_shield: AbstractContextManager[None] | None = None
    ) -> None:
        """Run, and fill `report` on the way (also when an error ends the run).

        `commit_shield` is entered around the commit. Raises ConnectorError.
        """
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
        drafts: _Drafts = []
        for dataset in selected:
            outcome, manifests = self._prepare(dataset, symbols, window)
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

    def _prepare(
        self, dataset: Dataset, symbols: Sequence[str], asked: Window
    ) -> tuple[DatasetReport, _Drafts]:
        """Fetch and write one dataset, and draft its manifests with what they would replace."""
        report, today = DatasetReport(dataset.name), self.settings.today
        existing = self._store.manifests(dataset.name, asked)
        plan = plan_dataset(
            dataset, asked, symbols, existing, today=today, force=self.settings.force
        )
        report.dates_complete_before = list(plan.done)
        if plan.window is None:
            report.status, report.reason = "skipped", plan.reason
            LOG.info("%s: nothing to fetch: %s", dataset.name, plan.reason)
            return report, []
        started_at = utc_now()
        fetched = self.fetch(dataset, plan.symbols, plan.window)
        assembled = assemble(dataset, plan, fetched, today)
        files = self._store.write_files(
            dataset.name,
            dataset.schema,
            assembled.rows,
            run_id=self.settings.run_id,
            ingested_at=utc_now(),
        )
        if assembled.refused:
            report.quarantine = self._store.quarantine(
                dataset.name, self.settings.run_id, assembled.refused
            )
        report.files = [entry.key for entry, _ in files]
        _describe(report, plan, fetched, assembled)
        manifests = self._manifests(dataset, plan, fetched, assembled, files, started_at)
        return report, [(m, existing.get(m.date)) for m in manifests]

    def _manifests(
        self,
        dataset: Dataset,
        plan: Plan,
        fetched: Fetched,
        assembled: Assembled,
        files: Sequence[tuple[FileEntry, Sequence[Row]]],
        started_at: datetime,
    ) -> list[Manifest]:
        assert plan.window is not None  # noqa: S101 - the caller planned something
        entries, rows = _by_date(dataset, files, self.settings.today)
        manifests = []
        for day, state in sorted(assembled.dates.items()):
            whole = not (fetched.failed or state.rejected or state.unexplained)
            # A refused record without a date may have been of any day: then this run proves
            # nothing about days without records.
            proven = Window(day, day) if assembled.undated_refusals else plan.window
            manifests.append(
                Manifest(
                    dataset=dataset.name,
                    date=day,
                    run_id=self.settings.run_id,
                    status="complete" if whole else "incomplete",
                    files=entries.get(day, []),
                    rows=rows.get(day, 0),
                    symbols_asked=list(plan.symbols),
                    symbols_received=sorted(state.received),
                    symbols_empty=sorted(state.empty),
                    symbols_rejected=sorted(state.rejected),
                    symbols_failed=sorted(fetched.failed),
                    window_start=proven.start,
                    window_end=proven.end,
                    started_at=started_at,
                    finished_at=utc_now(),
                )
            )
        return manifests

    def _commit(self, drafts: _Drafts, reports: dict[str, DatasetReport]) -> None:
        """Write the manifests: side by side, to stay within what ECS grants after SIGTERM."""
        better = []
        for manifest, existing in drafts:
            report = reports[manifest.dataset]
            if not manifest.complete:
                report.dates_incomplete.append(manifest.date)
            if existing and not _better(manifest, existing):
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


def _better(new: Manifest, old: Manifest) -> bool:
    """Whether a manifest may replace another: never what is whole by what is less."""
    received, before = set(new.symbols_received), set(old.symbols_received)
    return new.complete or received > before or (received == before and not old.complete)


def _by_date(
    dataset: Dataset, files: Sequence[tuple[FileEntry, Sequence[Row]]], today: date
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


def _describe(report: DatasetReport, plan: Plan, fetched: Fetched, assembled: Assembled) -> None:
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
    for error in dict.fromkeys(report.symbols_failed.values()):
        hit = [s for s, e in report.symbols_failed.items() if e == error]
        report.warn(f"{', '.join(hit)}: {error}")
    if fetched.unknown:
        report.warn(
            f"unknown symbols: {', '.join(sorted(fetched.unknown))}; correct them or take them "
            "out of SYMBOLS"
        )
    late = {s for state in states for s in state.unexplained} - fetched.unknown
    if late:
        report.warn(
            f"no record of {', '.join(sorted(late))} on some trading days; run again when the "
            "source has them, or take a delisted symbol out of SYMBOLS"
        )
    if assembled.pending and not fetched.unknown and not fetched.failed:
        report.warn(
            f"no symbol has a record on {', '.join(map(str, assembled.pending))}; if it is no "
            "holiday, run again when the source has published it"
        )
    if assembled.harmful_refusals:
        report.warn(
            f"{assembled.harmful_refusals} records refused; see the reasons in {report.quarantine}"
        )
    if report.status == "incomplete":
        LOG.warning("%s is incomplete: %s", report.name, report.reason)
    else:
        LOG.info("%s: %d dates in %s", report.name, len(assembled.dates), plan.window)
