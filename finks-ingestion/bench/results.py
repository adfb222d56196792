"""The arithmetic: medians over the rounds, ratios between contenders, and the goals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

FINKS = "finks"
DLT = "dlt_pipeline"
BATCHED = "dlt_batches"
"""The same dlt, given the batch quotes that our connector found out to be allowed."""
PANDAS = "pandas_loop"
BARE = "bare_client"
WRITER = "bare_writer"
WITH_RECORDS = frozenset({FINKS, DLT, BATCHED, PANDAS})
"""The others write no records that could be counted."""
MANY_THREADS = 64
"""At this concurrency our time is compared with that of the bare client."""


@dataclass(frozen=True)
class Result:
    """One run of one contender.

    `process_seconds` is from the start of the process to its end, `work_seconds` without
    interpreter and imports. `calls_needed` counts the different ones among `calls_made`.
    """

    contender: str
    concurrency: int
    process_seconds: float
    work_seconds: float
    peak_bytes: int
    records: dict[str, int]
    calls_made: int
    calls_needed: int


@dataclass(frozen=True)
class Figures:
    """A contender at one concurrency: medians of its rounds."""

    contender: str
    concurrency: int
    rounds: int
    process_seconds: float
    work_seconds: float
    peak_bytes: float
    records: int
    calls_made: int
    calls_needed: int

    @property
    def records_a_second(self) -> float:
        """Over the whole process."""
        return self.records / self.process_seconds

    @property
    def records_a_second_of_work(self) -> float:
        """Without interpreter and imports."""
        return self.records / self.work_seconds


@dataclass(frozen=True)
class Goal:
    """A ratio of this run and its bound; `value` and `bound` are pure numbers, or MB in `unit`."""

    name: str
    value: float
    comparison: Literal["at least", "at most", "exactly"]
    bound: float
    unit: str = ""

    @property
    def passed(self) -> bool:
        """Whether the goal is reached."""
        if self.comparison == "at least":
            return self.value >= self.bound
        return (
            self.value <= self.bound if self.comparison == "at most" else self.value == self.bound
        )


def figures(results: Sequence[Result]) -> list[Figures]:
    """The medians, in the order in which contenders first came.

    Of records and calls the worst round counts: the fewest records, the most calls.
    """
    groups: dict[tuple[str, int], list[Result]] = {}
    for result in results:
        groups.setdefault((result.contender, result.concurrency), []).append(result)
    return [
        Figures(
            contender,
            concurrency,
            len(group),
            median(r.process_seconds for r in group),
            median(r.work_seconds for r in group),
            median(r.peak_bytes for r in group),
            min(sum(r.records.values()) for r in group),
            max(r.calls_made for r in group),
            min(r.calls_needed for r in group),
        )
        for (contender, concurrency), group in groups.items()
    ]


def goals(table: Iterable[Figures]) -> list[Goal]:
    """Every goal for which both sides ran."""
    found = {(row.contender, row.concurrency): row for row in table}
    reached: list[Goal] = []
    for (contender, concurrency), ours in found.items():
        if contender != FINKS:
            continue
        at = f"at concurrency {concurrency}"
        if dlt := found.get((DLT, concurrency)):
            speed = ours.records_a_second / dlt.records_a_second
            reached.append(Goal(f"records a second over dlt's {at}", speed, "at least", 3))
            memory = ours.peak_bytes / dlt.peak_bytes
            reached.append(Goal(f"peak memory over dlt's {at}", memory, "at most", 0.5))
        if (bare := found.get((BARE, concurrency))) and concurrency == MANY_THREADS:
            time = ours.work_seconds / bare.work_seconds
            reached.append(Goal(f"time over the bare client's {at}", time, "at most", 1.3))
        calls = ours.calls_made / ours.calls_needed
        reached.append(Goal(f"API calls made over needed {at}", calls, "exactly", 1))
    return reached


def differing_records(results: Iterable[Result]) -> str:
    """How the tables of the contenders differ in their numbers of records, or nothing."""
    by_records: dict[str, set[str]] = {}
    for result in results:
        if result.contender in WITH_RECORDS:
            by_records.setdefault(str(result.records), set()).add(result.contender)
    if len(by_records) < 2:
        return ""
    return "; ".join(f"{', '.join(sorted(names))}: {rows}" for rows, names in by_records.items())
