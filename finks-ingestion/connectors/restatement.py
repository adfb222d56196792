"""Restated history: a split changes all prices of a symbol, also those that bronze has already.

Each history call overlaps a few bars that bronze holds. Where they differ the symbol's history is
fetched again for all dates that bronze has of it. The files of earlier runs that hold the symbol
are written again without it, the new bars beside them, and the manifests of these dates point to
what is new: a reader never finds a bar twice.

The dates are published oldest first, those of the overlap after all others and before the new
dates: whenever a run is killed, the next one finds the difference again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.answers import Answer, Refusal
from connectors.datasets import Dataset
from connectors.draft import Draft
from connectors.errors import SourceError
from connectors.fetching import Failure, Fetcher
from utils.bronze import BronzeStore, RunFiles, WrittenFile, count_by
from utils.clock import utc_now
from utils.dates import Window
from utils.manifests import MANIFEST_VERSION, FileEntry, Manifest
from utils.wording import counted

LOG = logging.getLogger(__name__)
OVERLAP_DAYS = 5
"""Bars compared on each side of a window."""
_LOOK_DAYS = 21
"""Calendar days in which these bars are, with long holidays."""
_REACH = Window(date(1900, 1, 1), date(2999, 12, 31))


@dataclass
class Overlap:
    """Dates beside a planned window that bronze has, and their bars by symbol and date."""

    dataset: Dataset
    window: Window
    """The planned window, extended by the overlap."""
    manifests: Mapping[date, Manifest]
    _bars: dict[tuple[str, date], tuple[Any, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        planned: Window,
        days: Collection[date],
        store: BronzeStore,
        today: date,
    ) -> Overlap:
        """The nearest dates of bronze on both sides of a window; none for datasets that stay.

        `days` are the planned dates, which are not compared: they are written anew.
        """
        if not dataset.restated:
            return cls(dataset, planned, {})
        usable = {
            day: manifest
            for day, manifest in store.manifests(dataset.name, _reach(planned, today)).items()
            if manifest.schema_version == MANIFEST_VERSION and manifest.rows and day not in days
        }
        before = [day for day in usable if day < planned.start][-OVERLAP_DAYS:]
        within = [day for day in usable if day in planned][:OVERLAP_DAYS]
        after = [day for day in usable if day > planned.end][:OVERLAP_DAYS]
        chosen = {day: usable[day] for day in (*before, *within, *after)}
        window = Window(min([planned.start, *chosen]), max([planned.end, *chosen]))
        return cls(dataset, window, chosen)

    def load(self, store: BronzeStore) -> None:
        """Read the bars."""
        if not self.manifests:
            return
        name, day_field = self.dataset.symbol_field, str(self.dataset.date_field)
        columns = [name, day_field, *self.dataset.restated]
        for entry, days in _files_of(self.manifests):
            table = store.table(entry, columns)
            named = pc.is_in(table[day_field], pa.array(days, pa.date32()))
            for row in table.filter(named).to_pylist():
                values = tuple(row[column] for column in self.dataset.restated)
                self._bars[row[name], row[day_field]] = values

    def differs(self, answer: Answer) -> set[str]:
        """The symbols of an answer whose bars are not those of bronze."""
        if not self._bars:
            return set()
        name, day_field = self.dataset.symbol_field, str(self.dataset.date_field)
        days = pa.array(list(self.manifests), pa.date32())
        rows = answer.rows.filter(pc.is_in(answer.rows[day_field], days))
        found = set()
        for row in rows.select([name, day_field, *self.dataset.restated]).to_pylist():
            before = self._bars.get((row[name], row[day_field]))
            if before and before != tuple(row[column] for column in self.dataset.restated):
                found.add(row[name])
        return found


def _files_of(manifests: Mapping[date, Manifest]) -> list[tuple[FileEntry, list[date]]]:
    """Each file that manifests name, with the dates for which it counts."""
    found: dict[str, tuple[FileEntry, list[date]]] = {}
    for day, manifest in manifests.items():
        for entry in manifest.files:
            found.setdefault(entry.key, (entry, []))[1].append(day)
    return list(found.values())


def _reach(planned: Window, today: date) -> Window:
    """Where to look for bars beside a window."""
    ahead = min(today, date.fromordinal(planned.end.toordinal() + _LOOK_DAYS))
    start = date.fromordinal(planned.start.toordinal() - _LOOK_DAYS)
    return Window(start, max(ahead, planned.end))


@dataclass
class Restatement:
    """The dates that change because some symbols were restated."""

    drafts: list[Draft] = field(default_factory=list)
    """Oldest first."""
    symbols: list[str] = field(default_factory=list)
    failed: dict[str, SourceError] = field(default_factory=dict)
    """Restated symbols whose history could not be had."""
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Restater:
    """Fetches the history of restated symbols again, and drafts the dates that bronze has of it."""

    dataset: Dataset
    store: BronzeStore
    fetcher: Fetcher
    files: RunFiles
    planned: Collection[date]
    """Dates that this run writes anyway."""

    def restate(self, symbols: Sequence[str], started_at: datetime) -> Restatement:
        """Write the new history of some symbols; nothing is published."""
        result = Restatement()
        affected = {
            day: manifest
            for day, manifest in self.store.manifests(self.dataset.name, _REACH).items()
            if day not in self.planned
            and manifest.schema_version == MANIFEST_VERSION
            and not set(symbols).isdisjoint(manifest.symbols_received)
        }
        if not affected:
            return result
        LOG.warning(
            "%s restates %s: fetching %s of bronze again",
            self.dataset.name,
            ", ".join(symbols),
            counted(len(affected), "date"),
        )
        new = self._fetch(symbols, affected, result)
        if result.symbols:
            self._draft(affected, new, started_at, result)
        return result

    def _fetch(
        self, symbols: Sequence[str], affected: Mapping[date, Manifest], result: Restatement
    ) -> list[WrittenFile]:
        self.files.flush()
        first = len(self.files.written)
        days = pa.array(list(affected), pa.date32())
        window = Window(min(affected), max(affected))
        for outcome in self.fetcher.outcomes(self.dataset, symbols, window):
            if isinstance(outcome, Failure):
                result.failed.update(dict.fromkeys(outcome.symbols, outcome.error))
                continue
            result.refused += outcome.refused
            result.symbols += outcome.symbols
            kept = pc.is_in(outcome.rows[str(self.dataset.date_field)], days)
            self.files.add(outcome.rows.filter(kept))
        self.files.flush()
        return self.files.written[first:]

    def _draft(
        self,
        affected: Mapping[date, Manifest],
        new: Sequence[WrittenFile],
        started_at: datetime,
        result: Restatement,
    ) -> None:
        without, removed = self._without(affected, result.symbols)
        received = self._received(new)
        nobody: set[str] = set()
        for day, old in sorted(affected.items()):
            kept = [without.get(entry.key, entry) for entry in old.files]
            added = [file for file in new if file.rows[day]]
            lost = [
                s
                for s in result.symbols
                if s in old.symbols_received and s not in received.get(day, nobody)
            ]
            files = [entry for entry in kept if entry] + [file.entry for file in added]
            manifest = old.model_copy(
                update={
                    "run_id": self.files.run_id,
                    "status": "incomplete" if lost else old.status,
                    "files": files,
                    "rows": old.rows - removed[day] + sum(file.rows[day] for file in added),
                    "symbols_received": [s for s in old.symbols_received if s not in lost],
                    "symbols_empty": sorted({*old.symbols_empty, *lost}),
                    "started_at": started_at,
                    "finished_at": utc_now(),
                }
            )
            result.drafts.append(Draft(manifest, old))

    def _without(
        self, affected: Mapping[date, Manifest], symbols: Sequence[str]
    ) -> tuple[dict[str, FileEntry | None], Counter[date]]:
        """The files of earlier runs without the symbols: by key what takes their place, if
        anything is left, and how many rows each date loses."""
        name, day_field = self.dataset.symbol_field, str(self.dataset.date_field)
        wanted = pa.array(list(symbols), pa.string())
        replaced: dict[str, FileEntry | None] = {}
        removed: Counter[date] = Counter()
        for entry, days in _files_of(affected):
            table = self.store.table(entry)
            gone = pc.is_in(table[name], wanted)
            in_dates = pc.is_in(table[day_field], pa.array(days, pa.date32()))
            if not pc.any(pc.and_(gone, in_dates)).as_py():
                continue
            removed.update(count_by(table.filter(pc.and_(gone, in_dates))[day_field]))
            rest = table.filter(pc.and_(pc.invert(gone), in_dates))
            replaced[entry.key] = self.files.write(rest).entry if len(rest) else None
        return replaced, removed

    def _received(self, files: Sequence[WrittenFile]) -> dict[date, set[str]]:
        """The symbols of each date in the new files."""
        found: dict[date, set[str]] = {}
        columns = [self.dataset.symbol_field, str(self.dataset.date_field)]
        for file in files:
            table = self.store.table(file.entry, columns)
            for symbol, day in zip(*(table[c].to_pylist() for c in columns), strict=True):
                found.setdefault(day, set()).add(symbol)
        return found
