"""What a run still has to fetch: the asked window less what bronze already has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from connectors.datasets import Dataset
from utils.calendar import sessions
from utils.dates import Window
from utils.manifests import Manifest


@dataclass(frozen=True)
class Plan:
    """What to fetch of one dataset.

    `dates` will be committed; `window` spans them, because one call per symbol for the span
    costs less than one for each gap. `symbols` are those asked for, and those that a manifest
    which is about to be replaced already has: a narrower run must not lose them. `done` are
    the dates that are complete. Without dates there is nothing to fetch, for `reason`.
    """

    dates: tuple[date, ...]
    window: Window | None
    symbols: tuple[str, ...]
    done: tuple[date, ...]
    reason: str = ""

    @cached_property
    def wanted(self) -> frozenset[date]:
        """The dates, for many questions."""
        return frozenset(self.dates)


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
            reason = f"only today ({today}) can be observed, and the window ends before it"
            return Plan((), None, tuple(symbols), (), reason)
        candidates = [today]
        if dataset.sessions_only and not any(sessions(Window(today, today))):
            return Plan((), None, tuple(symbols), (), f"no trading day: {today}")
    else:
        candidates = list(sessions(asked))
    usable = {d: m for d, m in manifests.items() if not force and _covers(m, symbols)}
    done = tuple(d for d in candidates if d in usable)
    missing = [d for d in candidates if d not in usable]
    if not dataset.observed:
        holidays = {d for m in usable.values() for d in m.dates_without_records}
        missing = [d for d in missing if d in manifests or d not in holidays]
    if not missing:
        reason = "complete already; FORCE fetches it again" if done else "no trading day"
        return Plan((), None, tuple(symbols), done, reason)
    kept = {s for d in missing if d in manifests for s in manifests[d].symbols_received}
    return Plan(
        dates=tuple(missing),
        window=Window(missing[0], missing[-1]),
        symbols=tuple(sorted(kept.union(symbols))),
        done=done,
    )


def _covers(manifest: Manifest, symbols: Sequence[str]) -> bool:
    return manifest.complete and set(manifest.symbols_asked) >= set(symbols)
