"""The result as people read it, and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.results import (
    BARE,
    BATCHED,
    DLT,
    FINKS,
    PANDAS,
    WITH_RECORDS,
    WRITER,
    Figures,
    Goal,
    Result,
)

_MB = 1_000_000
_LABELS = {
    FINKS: "this connector",
    DLT: "dlt",
    BATCHED: "dlt, batch quotes",
    PANDAS: "requests + pandas",
    BARE: "bare client (calls)",
    WRITER: "bare writer (S3)",
}
_HEADINGS = (
    "contender", "threads", "process s", "work s", "records", "records/s", "peak MB", "calls",
    "needed", "rounds",
)  # fmt: skip


def render(table: Sequence[Figures], goals: Sequence[Goal]) -> str:
    """One table of the contenders, and a line for each goal."""
    rows = [_HEADINGS, *(_row(one) for one in table)]
    return "\n".join([*_aligned(rows), "", *_notes(table), *verdicts(goals)])


def verdicts(goals: Sequence[Goal]) -> list[str]:
    """A line for each goal: value, bound, and whether it is reached."""
    rows = [
        (
            "pass" if goal.passed else "MISS",
            goal.name,
            f"{goal.value:.2f}{goal.unit}",
            f"({goal.comparison} {goal.bound:g}{goal.unit})",
        )
        for goal in goals
    ]
    return _aligned(rows, left=(0, 1, 3))


def write_json(
    path: Path,
    workload: dict[str, Any],
    table: Sequence[Figures],
    goals: Sequence[Goal],
    results: Sequence[Result],
) -> None:
    """Everything that was measured, for a script."""
    content = {
        "workload": workload,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "contenders": [asdict(one) | {"records_a_second": one.records_a_second} for one in table],
        "goals": [asdict(goal) | {"passed": goal.passed} for goal in goals],
        "results": [asdict(result) for result in results],
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _row(one: Figures) -> tuple[str, ...]:
    counted = one.contender in WITH_RECORDS
    return (
        _LABELS[one.contender],
        str(one.concurrency),
        f"{one.process_seconds:.2f}",
        f"{one.work_seconds:.2f}",
        f"{one.records:,}" if counted else "",
        f"{one.records_a_second:,.0f}" if counted else "",
        f"{one.peak_bytes / _MB:.0f}",
        f"{one.calls_made:,}",
        f"{one.calls_needed:,}",
        str(one.rounds),
    )


def _notes(table: Sequence[Figures]) -> list[str]:
    lines = [
        "process: from start to end of the process, imports and children included (records/s are",
        "of it); work: without interpreter and imports; figures are medians of the rounds.",
    ]
    found = {(one.contender, one.concurrency): one for one in table}
    for (contender, threads), ours in found.items():
        if contender != FINKS:
            continue
        dlt, bare = found.get((DLT, threads)), found.get((BARE, threads))
        writer = found.get((WRITER, threads))
        lines += ["", f"At {threads} threads, for information:"]
        if dlt:
            ratio = ours.records_a_second_of_work / dlt.records_a_second_of_work
            lines.append(f"  without start-up on both sides: {ratio:.2f} times dlt's records/s")
        if batched := found.get((BATCHED, threads)):
            ratio = ours.records_a_second / batched.records_a_second
            lines.append(f"  over dlt with our batch quotes: {ratio:.2f} times its records/s")
        if dlt and bare:
            most = dlt.work_seconds / bare.work_seconds
            lines.append(
                f"  the calls alone, with nothing written: {most:.2f} times dlt's records/s"
            )
        if bare and writer:
            least = bare.work_seconds + writer.work_seconds
            ratio = ours.work_seconds / least
            lines.append(f"  time over bare client and bare writer together: {ratio:.2f}")
    return [*lines, ""]


def _aligned(rows: Sequence[tuple[str, ...]], left: tuple[int, ...] = (0,)) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index in left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
