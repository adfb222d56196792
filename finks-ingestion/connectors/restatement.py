"""Restated history: a split changes all prices of a symbol, also those that bronze has already.

Each history call overlaps a few bars that bronze holds. Where they differ the symbol's history is
fetched again for all dates that bronze has of it. The files of earlier runs that hold the symbol
are written again without it, the new bars beside them, and the manifests of these dates point to
what is new: a reader never finds a bar twice.

The new bars of a symbol whose history cannot be had are held back: beside the old ones they would
look like a crash of the price.

The dates are published oldest first, those of the overlap after all others and before the new
dates: whenever a run is killed, the next one finds the difference again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from connectors.answers import Refusal
from connectors.datasets import Dataset
from connectors.draft import Draft
from connectors.endpoints import Ask
from connectors.errors import SourceError
from connectors.fetching import Failure, Fetcher
from connectors.overlap import files_of
from utils.bronze import BronzeStore, RunFiles, WrittenFile, count_by
from utils.clock import utc_now
from utils.dates import Window
from utils.manifests import FileEntry, Manifest
from utils.wording import counted

LOG = logging.getLogger(__name__)
_REACH = Window(date(1900, 1, 1), date(2999, 12, 31))


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
    anew: Collection[date]
    """Dates that this run writes anew, whatever bronze has of them."""

    def restate(self, symbols: Sequence[str], started_at: datetime) -> Restatement:
        """Write the new history of some symbols; nothing is published."""
        result = Restatement()
        affected = {
            day: manifest
            for day, manifest in self.store.manifests(self.dataset.name, _REACH).items()
            if day not in self.anew
            and manifest.readable
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

    def without(
        self, files: Sequence[WrittenFile], symbols: Collection[str]
    ) -> tuple[WrittenFile, ...]:
        """Files of this run without some symbols: those that hold one are written again."""
        unwanted = pa.array(list(symbols), pa.string())
        kept = []
        for file in files:
            table = self.store.table(file.entry)
            stays = pc.invert(pc.is_in(table[self.dataset.symbol_field], unwanted))
            if pc.all(stays).as_py():
                kept.append(file)
            elif len(rest := table.filter(stays)):
                kept.append(self.files.write(rest))
        return tuple(kept)

    def _fetch(
        self, symbols: Sequence[str], affected: Mapping[date, Manifest], result: Restatement
    ) -> list[WrittenFile]:
        self.files.flush()
        first = len(self.files.written)
        days = pa.array(list(affected), pa.date32())
        window = Window(min(affected), max(affected))
        for outcome in self.fetcher.outcomes(self.dataset, [Ask(tuple(symbols), window)]):
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
        for entry, days in files_of(affected):
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
