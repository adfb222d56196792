"""The commit of a run: its manifests, in an order and under conditions that keep readers safe."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from connectors.draft import Addition, Draft
from connectors.report import DatasetReport
from utils.bronze import BronzeStore
from utils.ordered_pool import OrderedPool
from utils.wording import counted

LOG = logging.getLogger(__name__)
_WRITERS = 16
_ATTEMPTS = 3
"""To publish a date that other runs publish at the same time."""


class Fate(Enum):
    """What became of a draft."""

    PUBLISHED = "published"
    COVERED = "covered"
    """Another run published the same date, with all that this run asked for."""
    TAKEN = "taken"
    """Another run published the same date, and this run's rows cannot stand beside."""


@dataclass
class Prepared:
    """What is written of one dataset and waits for its commit."""

    report: DatasetReport
    restated: Sequence[Draft] = ()
    compared: frozenset[date] = frozenset()
    """Dates of the overlap, which are published after the other restated ones."""
    dates: Iterable[Addition] = ()


@dataclass(frozen=True)
class Publisher:
    """Publishes what was prepared; the reports say what became of it."""

    store: BronzeStore

    def commit(self, prepared: Prepared) -> None:
        """Write the manifests of one dataset: restated dates first, the new ones last of all."""
        report = prepared.report
        older = [d for d in prepared.restated if d.manifest.date not in prepared.compared]
        self._restate(older, report)
        if not report.dates_taken:
            # Else these stay as they are, so that the next run finds the difference again.
            compared = [d for d in prepared.restated if d.manifest.date in prepared.compared]
            self._restate(compared, report)
        if report.dates_taken:
            # New dates beside restated ones of the old scale would look complete.
            report.warn(
                f"another run committed {counted(len(report.dates_taken), 'date')} while this run "
                "restated them, so that its new dates are held back; run again"
            )
            return
        for (draft, addition), fate in self._each(self._drafts(prepared), self._publish):
            day = draft.manifest.date
            if fate is Fate.PUBLISHED:
                report.dates_committed.append(day)
                report.rows += addition.own.rows
            else:
                report.dates_taken.append(day)
                if fate is Fate.COVERED:
                    report.dates_complete_before.append(day)
        lost = sorted(set(report.dates_taken) - set(report.dates_complete_before))
        if lost:
            report.warn(
                f"another run committed {counted(len(lost), 'date')} from {lost[0]} to {lost[-1]} "
                "while this run worked, with a part of its symbols, and its commit stays; run again"
            )

    def _restate(self, drafts: Sequence[Draft], report: DatasetReport) -> None:
        """Publish restated dates, oldest first; what another run changed meanwhile stays."""
        for draft, fate in self._each(drafts, self._replace):
            won = fate is Fate.PUBLISHED
            (report.dates_restated if won else report.dates_taken).append(draft.manifest.date)

    def _each[T](
        self, drafts: Iterable[T], publish: Callable[[T], Fate]
    ) -> Iterator[tuple[T, Fate]]:
        """Each draft and its fate; side by side, to stay within what ECS grants after SIGTERM."""
        writers = OrderedPool(_WRITERS, "commit")
        try:
            yield from writers.map(lambda draft: (draft, publish(draft)), drafts)
        finally:
            writers.close()

    def _drafts(self, prepared: Prepared) -> Iterator[tuple[Draft, Addition]]:
        """The dates to which the run adds anything."""
        report, kept = prepared.report, list[date]()
        for addition in prepared.dates:
            if not addition.own.complete:
                report.dates_incomplete.append(addition.own.date)
            if manifest := addition.beside(addition.known):
                yield Draft(manifest, addition.known), addition
            else:
                kept.append(addition.own.date)
        if kept:
            LOG.info(
                "%s: kept what bronze has of %s from %s to %s: the run has no more",
                report.name,
                counted(len(kept), "date"),
                kept[0],
                kept[-1],
            )

    def _replace(self, draft: Draft) -> Fate:
        """Publish a draft in the place of the manifest that it was made from, and of no other."""
        new, known = draft.manifest, draft.replaces
        for _ in range(_ATTEMPTS):
            if self.store.commit(new, known):
                return Fate.PUBLISHED
            now = self.store.manifest(new.dataset, new.date)
            if now is None or known is None or now.etag != known.etag:
                break  # else S3 had two requests at once, and refused both
        return self._told(draft, Fate.TAKEN)

    def _publish(self, drafted: tuple[Draft, Addition]) -> Fate:
        """Publish what the run has of a date, beside what another run published meanwhile."""
        draft, addition = drafted
        own = addition.own
        for _ in range(_ATTEMPTS):
            if self.store.commit(draft.manifest, draft.replaces):
                return Fate.PUBLISHED
            there, before = self.store.manifest(own.dataset, own.date), draft.replaces
            changed = there is not None and (before is None or there.etag != before.etag)
            if changed and there and there.settled.issuperset(own.symbols_asked):
                return self._told(draft, Fate.COVERED)
            manifest = addition.beside(there)
            if manifest is None:
                break
            if there and there.run_id != own.run_id:
                LOG.info(
                    "%s %s: another run committed it while this run worked; this one adds to it",
                    own.dataset,
                    own.date,
                )
            draft = Draft(manifest, there)
        return self._told(draft, Fate.TAKEN)

    def _told(self, draft: Draft, fate: Fate) -> Fate:
        LOG.info(
            "%s %s: another run committed it while this run worked; its commit stays",
            draft.manifest.dataset,
            draft.manifest.date,
        )
        return fate
