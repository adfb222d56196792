"""`make bench-memory`: the peak memory of the connector over many symbols and years.

History alone: it is what grows. The replay makes each body when it is asked for, because no one
is asked for twice, and S3 keeps what is written in a process of its own.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contenders.finks import IMAGE_PYTHON
from bench.contest import Contest
from bench.results import FINKS, Goal, Result
from bench.servers import PROJECT, running_replay, running_s3
from bench.speed import say, scenario_symbols
from bench.task import HISTORY, Task

SCENARIO = PROJECT / "replay" / "scenarios" / "bench_memory.toml"
START, END = "2008-03-01", "2013-03-01"
LIMIT_MB = 600
_MB = 1_000_000


@dataclass(frozen=True)
class Plan:
    """What to fetch.

    `symbols` is how many of the scenario's clones; `python` is the interpreter that runs the
    connector.
    """

    symbols: int = 8000
    concurrency: int = 8
    python: Path = IMAGE_PYTHON

    @property
    def description(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "scenario": SCENARIO.name,
            "symbols": self.symbols,
            "window": [START, END],
            "concurrency": self.concurrency,
        }


def extract_history(plan: Plan) -> Result:
    """Fetch five years of history of all symbols. Raises BenchError when the run fails."""
    names = scenario_symbols(SCENARIO, plan.symbols)
    with (
        running_replay(SCENARIO, today=END) as replay,
        running_s3() as s3,
        tempfile.TemporaryDirectory() as folder,
    ):
        say(f"{plan.symbols} symbols from {START} to {END}; this takes minutes")
        task = Task(
            names,
            START,
            END,
            replay.base_url,
            "bench",
            s3.endpoint,
            plan.concurrency,
            tables=(HISTORY,),
        )
        return Contest(replay, s3, Path(folder), plan.python).turn(FINKS, task).result


def memory_goals(result: Result) -> list[Goal]:
    """The goal as it stands for 8,000 symbols, and that no call was repeated."""
    peak = result.peak_bytes / _MB
    calls = result.calls_made / result.calls_needed
    return [
        Goal("peak memory", peak, "at most", LIMIT_MB, " MB"),
        Goal("API calls made over needed", calls, "exactly", 1),
    ]
