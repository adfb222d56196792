"""What a run still has to fetch: the asked window less what bronze already has.

Bronze is known by symbol and date: a symbol is settled on a date when the date's manifest has its
record, or knows that there is none. Only what is not settled is asked for, so that a run goes on
where an earlier one ended, whatever ended it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from connectors.datasets import Dataset
from connectors.endpoints import Ask
from utils.calendar import sessions
from utils.dates import Window
from utils.manifests import Manifest


@dataclass(frozen=True)
class Plan:
    """What to fetch of one dataset.

    `missing` has for each date that is to be committed, oldest first, the symbols that are not
    settled; `asks` cover each of these symbols once, for the span of its gaps, because one call
    costs less than one for each gap. A date on which nothing is missing is among them when it is
    incomplete only for symbols that are not `wanted` any more: it needs no call.

    `beside` are the manifests whose content stays beside what is fetched; `anew` are the dates
    whose manifests are replaced as a whole. `done` are the dates with nothing to do. When there is
    nothing to do at all, that is so for `reason`.
    """

    missing: Mapping[date, frozenset[str]] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
    asks: tuple[Ask, ...] = ()
    beside: Mapping[date, Manifest] = field(default_factory=dict)
    anew: frozenset[date] = frozenset()
    done: tuple[date, ...] = ()
    reason: str = ""

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The dates with something to do, oldest first."""
        return tuple(self.missing)

    @cached_property
    def dates_to_ask(self) -> frozenset[date]:
        """Those of them on which a symbol is missing."""
        return frozenset(day for day, symbols in self.missing.items() if symbols)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that are asked for, sorted."""
        return tuple(sorted(s for ask in self.asks for s in ask.symbols))

    def asked_on(self, day: date) -> list[str]:
        """The symbols that are asked for on a date, sorted."""
        missing = self.missing[day]
        if len(missing) == len(self.symbols):
            return list(self.symbols)
        return [symbol for symbol in self.symbols if symbol in missing]

    @property
    def window(self) -> Window | None:
        """From the first date to the last."""
        return Window(self.dates[0], self.dates[-1]) if self.dates else None


def plan_dataset(
    dataset: Dataset,
    asked: Window,
    symbols: Sequence[str],
    manifests: Mapping[date, Manifest],
    *,
    today: date,
    force: bool,
) -> Plan:
    """Plan one dataset; `manifests` are those of the asked window."""
    if dataset.observed:
        if today not in asked:
            return Plan(
                reason=f"only today ({today}) can be observed, and the window ends before it"
            )
        candidates = [today]
        if dataset.sessions_only and not any(sessions(Window(today, today))):
            return Plan(reason=f"no trading day: {today}")
    else:
        candidates = list(sessions(asked))
    usable = {d: m for d, m in manifests.items() if m.readable and not force}
    wanted = frozenset(symbols)
    closed = _closed(usable.values())
    missing: dict[date, frozenset[str]] = {}
    shared: dict[frozenset[str], frozenset[str]] = {}  # years of thousands are gigabytes
    for day in candidates:
        if day in usable:
            lacking = wanted - usable[day].settled
        elif day in manifests:  # written anew, and a narrower run must not lose the others
            lacking = wanted.union(manifests[day].symbols_received)
        else:
            lacking = wanted - closed.get(day, frozenset())
        if lacking or (day in usable and _completed_by_less(usable[day])):
            missing[day] = shared.setdefault(lacking, lacking)
    done = tuple(d for d in candidates if d in usable and d not in missing)
    if not missing:
        reason = "no trading day"
        if done:
            reason = "complete already; FORCE fetches it again"
        elif candidates:
            reason = "bronze knows that there are no records"
        return Plan(done=done, reason=reason)
    beside = {day: usable[day] for day in missing if day in usable}
    anew = frozenset(missing.keys() & (manifests.keys() - usable.keys()))
    return Plan(missing, wanted, _asks(dataset, missing), beside, anew, done)


def _completed_by_less(manifest: Manifest) -> bool:
    """Whether a manifest is complete without the symbols that it has not got."""
    return not manifest.complete and not manifest.doubtful


def _closed(manifests: Iterable[Manifest]) -> dict[date, set[str]]:
    """For days without records, the symbols of which that is known."""
    closed: dict[date, set[str]] = {}
    for manifest in manifests:
        for day in manifest.dates_without_records:
            closed.setdefault(day, set()).update(manifest.settled)
    return closed


def _asks(dataset: Dataset, missing: Mapping[date, frozenset[str]]) -> tuple[Ask, ...]:
    """Each missing symbol once, together with those whose gaps have the same span."""
    days = [day for day, some in missing.items() if some]
    if dataset.endpoints[-1].by_span:  # a call for a day brings all symbols
        everyone = frozenset().union(*missing.values())
        return (Ask(tuple(sorted(everyone)), Window(days[0], days[-1])),) if everyone else ()
    # By groups first: most days lack the same symbols, and these are thousands.
    groups: dict[frozenset[str], Window] = {}
    for day, some in missing.items():
        groups[some] = Window(groups[some].start if some in groups else day, day)
    spans: dict[str, Window] = {}
    for some, span in groups.items():
        for symbol in some:
            known = spans.get(symbol, span)
            spans[symbol] = Window(min(known.start, span.start), max(known.end, span.end))
    together: dict[Window, list[str]] = {}
    for symbol, span in spans.items():
        together.setdefault(span, []).append(symbol)
    ordered = sorted(together.items(), key=lambda item: (item[0].start, item[0].end))
    return tuple(Ask(tuple(sorted(some)), span) for span, some in ordered)
