"""The commit of a run: its manifests, in an order and under conditions that keep readers safe."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from connectors.draft import Draft, is_better
from connectors.report import DatasetReport
from utils.bronze import BronzeStore
from utils.ordered_pool import OrderedPool
from utils.wording import counted

LOG = logging.getLogger(__name__)
_WRITERS = 8
_ATTEMPTS = 3
"""To publish a date that other runs publish at the same time."""


class Fate(Enum):
    """What became of a draft."""

    PUBLISHED = "published"
    COVERED = "covered"
    """Another run published the same date, complete and with all symbols of this run."""
    TAKEN = "taken"
    """Another run published the same date, with other symbols or with less."""


@dataclass
class Prepared:
    """What is written of one dataset and waits for its commit."""

    report: DatasetReport
    restated: Sequence[Draft] = ()
    compared: frozenset[date] = frozenset()
    """Dates of the overlap, which are published after the other restated ones."""
    dates: Iterable[Draft] = ()


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
        for draft, fate in self._each(self._better(prepared.dates, report), self._publish):
            day = draft.manifest.date
            if fate is Fate.PUBLISHED:
                report.dates_committed.append(day)
                report.rows += draft.manifest.rows
            else:
                report.dates_taken.append(day)
                if fate is Fate.COVERED:
                    report.dates_complete_before.append(day)
        lost = sorted(set(report.dates_taken) - set(report.dates_complete_before))
        if lost:
            report.warn(
                f"another run committed {counted(len(lost), 'date')} from {lost[0]} to {lost[-1]} "
                "while this run worked, with other symbols or with less, and its commit stays; "
                "run again"
            )

    def _restate(self, drafts: Sequence[Draft], report: DatasetReport) -> None:
        """Publish restated dates, oldest first; what another run changed meanwhile stays."""
        for draft, fate in self._each(drafts, self._replace):
            won = fate is Fate.PUBLISHED
            (report.dates_restated if won else report.dates_taken).append(draft.manifest.date)

    def _each(
        self, drafts: Iterable[Draft], publish: Callable[[Draft], Fate]
    ) -> Iterator[tuple[Draft, Fate]]:
        """Each draft and its fate; side by side, to stay within what ECS grants after SIGTERM."""
        writers = OrderedPool(_WRITERS, "commit")
        try:
            yield from writers.map(lambda draft: (draft, publish(draft)), drafts)
        finally:
            writers.close()

    def _better(self, drafts: Iterable[Draft], report: DatasetReport) -> Iterator[Draft]:
        """The drafts that may replace what is there."""
        kept: list[date] = []
        for draft in drafts:
            manifest, existing = draft.manifest, draft.replaces
            if not manifest.complete:
                report.dates_incomplete.append(manifest.date)
            if existing and not is_better(manifest, existing):
                kept.append(manifest.date)
                continue
            yield draft
        if kept:
            LOG.warning(
                "%s: kept what bronze has of %s from %s to %s, which is complete or has "
                "symbols that this run did not get",
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

    def _publish(self, draft: Draft) -> Fate:
        """Publish a draft, unless another run was there first with something as good."""
        new, known = draft.manifest, draft.replaces
        for _ in range(_ATTEMPTS):
            if self.store.commit(new, known):
                return Fate.PUBLISHED
            known = self.store.manifest(new.dataset, new.date)
            if known and known.complete and set(known.symbols_asked) >= set(new.symbols_asked):
                return self._told(draft, Fate.COVERED)
            if known and not is_better(new, known):
                break
            if known and not set(new.symbols_asked) >= set(known.symbols_asked):
                break  # the other run asked for symbols that this one would lose
        return self._told(draft, Fate.TAKEN)

    def _told(self, draft: Draft, fate: Fate) -> Fate:
        LOG.info(
            "%s %s: another run committed it while this run worked; its commit stays",
            draft.manifest.dataset,
            draft.manifest.date,
        )
        return fate
