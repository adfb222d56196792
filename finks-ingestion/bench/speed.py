"""`make bench`: the connector beside dlt, a pandas loop and a bare client, in turns."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.contenders.finks import IMAGE_PYTHON
from bench.contest import Contest, Turn
from bench.errors import BenchError
from bench.results import (
    BARE,
    BATCHED,
    DLT,
    FINKS,
    MANY_THREADS,
    PANDAS,
    WRITER,
    Result,
    differing_records,
)
from bench.servers import PROJECT, running_replay, running_s3
from bench.task import Task
from replay.clones import clone_symbols
from replay.scenario import load_scenario

SCENARIO = PROJECT / "replay" / "scenarios" / "bench.toml"
CONTENDERS = (FINKS, BARE, WRITER, DLT, BATCHED, PANDAS)
START, END = "2012-03-01", "2013-03-01"
QUICK_TURNS = 2
"""Turns in a round of the two that take a second or two, and whose ratio is the narrowest."""


@dataclass(frozen=True)
class Plan:
    """What to compare.

    `symbols` is how many of the scenario's clones; `python` is the interpreter that runs the
    connector.
    """

    symbols: int = 500
    rounds: int = 3
    concurrency: tuple[int, ...] = (8, MANY_THREADS)
    contenders: tuple[str, ...] = CONTENDERS
    python: Path = IMAGE_PYTHON

    @property
    def description(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "scenario": SCENARIO.name,
            "symbols": self.symbols,
            "window": [START, END],
            "rounds": self.rounds,
        }


def compare(plan: Plan) -> list[Result]:
    """Run everything; the results in the order of the turns.

    Raises BenchError when a contender fails, or wrote other records than the connector.
    """
    names = scenario_symbols(SCENARIO, plan.symbols)
    results: list[Result] = []
    with (
        running_replay(SCENARIO, today=END) as replay,
        running_s3() as s3,
        tempfile.TemporaryDirectory() as folder,
    ):
        contest = Contest(replay, s3, Path(folder), plan.python)
        task = Task(names, START, END, replay.base_url, "bench", s3.endpoint, MANY_THREADS)
        say("warming up")
        contest.warm_up(list(plan.contenders), task)
        for number in range(1, plan.rounds + 1):
            for concurrency in plan.concurrency:
                at = replace(task, concurrency=concurrency)
                results += _round(contest, at, plan, f"round {number} of {plan.rounds}")
        # No goal depends on these.
        if BATCHED in plan.contenders:
            for concurrency in plan.concurrency:
                at = replace(task, concurrency=concurrency, batches=True)
                results.append(_turn(contest, BATCHED, at, "once").result)
        if PANDAS in plan.contenders:
            results.append(_turn(contest, PANDAS, replace(task, concurrency=1), "once").result)
    if difference := differing_records(results):
        raise BenchError(
            f"the contenders did not write the same records ({difference}); "
            "nothing can be compared before they do"
        )
    return results


def _round(contest: Contest, task: Task, plan: Plan, label: str) -> list[Result]:
    results = []
    for _ in range(QUICK_TURNS):
        ours = _turn(contest, FINKS, task, label)
        results.append(ours.result)
        if BARE in plan.contenders:
            bare = _turn(contest, BARE, replace(task, calls=ours.calls), label)
            _require_same_answers(ours, bare)
            results.append(bare.result)
    if WRITER in plan.contenders:
        again = replace(task, objects=ours.objects)
        results.append(_turn(contest, WRITER, again, label).result)
    if DLT in plan.contenders:
        results.append(_turn(contest, DLT, task, label).result)
    return results


def _require_same_answers(ours: Turn, bare: Turn) -> None:
    if ours.statuses != bare.statuses:
        raise BenchError(
            f"the bare client got other answers ({bare.statuses}) than the connector "
            f"({ours.statuses}): take fewer symbols than the replay lists calls"
        )


def _turn(contest: Contest, contender: str, task: Task, label: str) -> Turn:
    turn = contest.turn(contender, task)
    seconds = turn.result.process_seconds
    say(f"{label}: {contender}, {task.concurrency} threads, {seconds:.1f} s")
    return turn


def scenario_symbols(scenario: Path, count: int) -> tuple[str, ...]:
    """The first clones of a scenario. Raises BenchError when it has fewer."""
    names = clone_symbols(load_scenario(scenario).clones)
    if not 1 <= count <= len(names):
        raise BenchError(f"{scenario.name} has {len(names)} symbols; take 1 to {len(names)}")
    return tuple(names[:count])


def say(line: str) -> None:
    """A line of progress, on stderr."""
    sys.stderr.write(f"bench: {line}\n")
    sys.stderr.flush()
