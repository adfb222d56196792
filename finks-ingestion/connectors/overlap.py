"""The overlap: rows of bronze beside what is asked for, which tell whether history was restated."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.answers import Answer
from connectors.datasets import Dataset
from connectors.endpoints import Ask
from connectors.plan import Plan
from utils.bronze import BronzeStore
from utils.dates import Window
from utils.manifests import FileEntry, Manifest

OVERLAP_DAYS = 5
"""Bars compared on each side of a window."""
_LOOK_DAYS = 21
"""Calendar days in which these bars are, with long holidays."""


@dataclass
class Overlap:
    """Rows of bronze on dates beside those that are asked for, symbol by symbol.

    Also those on dates that are asked for again although bronze has a row.
    """

    dataset: Dataset
    asks: tuple[Ask, ...]
    """The planned ones, extended by the overlap."""
    _compared: dict[date, set[str]] = field(default_factory=dict)
    _manifests: dict[date, Manifest] = field(default_factory=dict)
    _bars: dict[str, dict[date, tuple[Any, ...]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        plan: Plan,
        asked: Window,
        existing: Mapping[date, Manifest],
        store: BronzeStore,
    ) -> Overlap:
        """The nearest dates of bronze on both sides of each ask; none for datasets that stay.

        `existing` are the manifests of the window that the run was asked for.
        """
        overlap = cls(dataset, plan.asks)
        if not dataset.restated or plan.window is None:
            return overlap
        there = dict(existing)
        for side in _outside(asked, _around(plan.window)):
            there |= store.manifests(dataset.name, side)
        usable = {
            day: manifest
            for day, manifest in sorted(there.items())
            if manifest.readable and manifest.rows and day not in plan.anew
        }
        overlap.asks = tuple(overlap._extended(ask, usable) for ask in plan.asks)
        for day, manifest in plan.beside.items():
            overlap._compare(day, manifest, manifest.doubtful & plan.missing[day])
        return overlap

    def _extended(self, ask: Ask, usable: Mapping[date, Manifest]) -> Ask:
        window, near = ask.window, _around(ask.window)
        holding = [d for d, m in usable.items() if d in near and _holds(m, ask.symbols)]
        before = [day for day in holding if day < window.start][-OVERLAP_DAYS:]
        within = [day for day in holding if day in window][:OVERLAP_DAYS]
        after = [day for day in holding if day > window.end][:OVERLAP_DAYS]
        chosen = [*before, *within, *after]
        for day in chosen:
            held = usable[day].symbols_received
            self._compare(day, usable[day], set(ask.symbols).intersection(held))
        return Ask(ask.symbols, Window(min([window.start, *chosen]), max([window.end, *chosen])))

    def _compare(self, day: date, manifest: Manifest, symbols: Collection[str]) -> None:
        if symbols:
            self._compared.setdefault(day, set()).update(symbols)
            self._manifests[day] = manifest

    def load(self, store: BronzeStore) -> None:
        """Read the bars."""
        name, day_field = self.dataset.symbol_field, str(self.dataset.date_field)
        columns = [name, day_field, *self.dataset.restated]
        for entry, days in files_of(self._manifests):
            pairs = [(symbol, day) for day in days for symbol in self._compared[day]]
            wanted = pa.table(
                {
                    name: pa.array([symbol for symbol, _ in pairs], pa.string()),
                    day_field: pa.array([day for _, day in pairs], pa.date32()),
                }
            )
            found = store.table(entry, columns).join(wanted, [name, day_field], join_type="inner")
            for row in found.to_pylist():
                values = tuple(row[column] for column in self.dataset.restated)
                self._bars.setdefault(row[name], {})[row[day_field]] = values

    def differs(self, answer: Answer) -> set[str]:
        """The symbols of an answer whose bars are not those of bronze."""
        bars = {s: self._bars[s] for s in answer.symbols if s in self._bars}
        if not bars:
            return set()
        name, day_field = self.dataset.symbol_field, str(self.dataset.date_field)
        days = pa.array({day for some in bars.values() for day in some}, pa.date32())
        rows = answer.rows.filter(pc.is_in(answer.rows[day_field], days))
        found = set()
        for row in rows.select([name, day_field, *self.dataset.restated]).to_pylist():
            before = bars.get(row[name], {}).get(row[day_field])
            if before and before != tuple(row[column] for column in self.dataset.restated):
                found.add(row[name])
        return found

    def days(self, symbols: Collection[str]) -> frozenset[date]:
        """The dates on which some symbols were compared."""
        return frozenset(day for symbol in symbols for day in self._bars.get(symbol, ()))


def _holds(manifest: Manifest, symbols: Sequence[str]) -> bool:
    """Whether a date has a row of one of the symbols; both are sorted."""
    received = manifest.symbols_received
    return any(
        place < len(received) and received[place] == symbol
        for symbol in symbols
        for place in [bisect_left(received, symbol)]
    )


def _outside(inner: Window, outer: Window) -> Iterator[Window]:
    """What one window has before and after another one."""
    if outer.start < inner.start:
        yield Window(outer.start, inner.start - timedelta(days=1))
    if outer.end > inner.end:
        yield Window(inner.end + timedelta(days=1), outer.end)


def _around(window: Window) -> Window:
    """Where to look for bars beside a window."""
    reach = timedelta(days=_LOOK_DAYS)
    return Window(window.start - reach, window.end + reach)


def files_of(manifests: Mapping[date, Manifest]) -> list[tuple[FileEntry, list[date]]]:
    """Each file that manifests name, with the dates for which it counts."""
    found: dict[str, tuple[FileEntry, list[date]]] = {}
    for day, manifest in manifests.items():
        for entry in manifest.files:
            found.setdefault(entry.key, (entry, []))[1].append(day)
    return list(found.values())
