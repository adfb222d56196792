"""One contender's turn: a fresh bucket, a fresh call log, one process, and what came of it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from bench.contenders import finks
from bench.errors import BenchError
from bench.measure import Measured, measure, require_success
from bench.results import BARE, BATCHED, DLT, FINKS, PANDAS, WITH_RECORDS, Result
from bench.servers import PROJECT, Replay, S3Server
from bench.task import Task
from bench.written import CREDENTIALS, REGION, create_bucket, objects_written, records_written

BENCH_PYTHON = PROJECT / "bench" / ".venv" / "bin" / "python"
"""dlt and pandas have an environment of their own (bench/requirements.lock)."""
WITH_OWN_ENVIRONMENT = frozenset({DLT, BATCHED, PANDAS})
MODULES = {BATCHED: DLT}
"""Contenders that are another one, with another task."""


@dataclass(frozen=True)
class Turn:
    """What came of a contender's turn.

    `calls` are those it made, in their order, as far as the replay lists them (the last ten
    thousand); `statuses` counts the answers; `objects` are keys and sizes of what it wrote.
    """

    result: Result
    calls: tuple[str, ...]
    statuses: dict[str, int]
    objects: tuple[tuple[str, int], ...]


class Contest:
    """Runs contenders one at a time against the same two servers.

    `folder` takes the files that they are given, and is their home; `python` runs the connector
    and the bare client.
    """

    def __init__(self, replay: Replay, s3: S3Server, folder: Path, python: Path) -> None:
        self._replay = replay
        self._s3 = s3
        self._folder = folder
        self._python = python
        self._turns = count(1)

    def turn(self, contender: str, task: Task, *, compiling: bool = False) -> Turn:
        """Let a contender do the task.

        `compiling` lets the connector keep the byte code of what it imports. Raises BenchError
        when the contender fails.
        """
        task = replace(task, bucket=f"{task.bucket}-{next(self._turns)}")
        create_bucket(self._s3, task.bucket)
        self._replay.reset()
        measured = self._run(contender, task, compiling=compiling)
        require_success(contender, measured)
        log = self._replay.calls()
        wrote = contender in WITH_RECORDS
        calls = tuple(f"{call['endpoint']}?{call['query']}" for call in log["calls"])
        result = Result(
            contender,
            task.concurrency,
            measured.wall_seconds,
            _work_seconds(contender, measured),
            measured.peak_bytes,
            records_written(self._s3, task.bucket) if wrote else {},
            log["total"],
            log["distinct"],
        )
        objects = objects_written(self._s3, task.bucket)
        return Turn(result, calls, log["by_status"], objects)

    def warm_up(self, contenders: list[str], task: Task) -> None:
        """Let the replay make its bodies, and the contenders compile what they import."""
        self.turn(BARE, replace(task, calls=task.all_calls))
        few = replace(task, symbols=task.symbols[:5])
        for contender in (name for name in contenders if name not in MODULES):
            # The connector's own calls may differ from those that the work needs.
            whole = task if contender == FINKS else replace(few, calls=few.all_calls)
            self.turn(contender, whole, compiling=True)

    def _run(self, contender: str, task: Task, *, compiling: bool) -> Measured:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._folder),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": task.s3_endpoint,
            **CREDENTIALS,
        }
        if contender == FINKS:
            command = finks.command(_existing(self._python))
            environment |= finks.environment(task, self._folder)
            if compiling:
                environment.pop(finks.NO_COMPILING, None)
        else:
            file = task.save(self._folder / "task.json")
            module = MODULES.get(contender, contender)
            python = BENCH_PYTHON if contender in WITH_OWN_ENVIRONMENT else self._python
            command = [str(_existing(python)), "-m", f"bench.contenders.{module}", str(file)]
        return measure(command, folder=PROJECT, environment=environment)


def _existing(python: Path) -> Path:
    if not python.exists():
        raise BenchError(f"there is no {python}; run 'make bench', which makes it, or 'make setup'")
    return python


def _work_seconds(contender: str, measured: Measured) -> float:
    said: dict[str, Any] = json.loads(measured.last_line)
    seconds: float = said["duration_seconds" if contender == FINKS else "seconds"]
    return seconds
