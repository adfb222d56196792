"""Two runs for the same dates: what has to hold, whoever wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from replay.serving import Running
from tests.durability.conftest import Bronze
from tests.durability.processes import Ended, Run
from tests.durability.reader import HISTORY, Commit, problems_of
from tests.durability.worlds import Split, World

OLD = World()
NEW = World({"AAPL": Split(Decimal("0.5")), "MSFT": Split(Decimal("0.5"))})
RESTATED = [{"symbols": ["AAPL", "MSFT"], "effect": {"kind": "restate", "factor": 0.5}}]
WINDOW = {"EXTRACTION_START": "2013-02-12", "EXTRACTION_END": "2013-02-15"}
DAYS = [date(2013, 2, day) for day in (12, 13, 14, 15)]
REFUSED_CODES = (4, 5)
"""Not everything that was asked for is there; running again helps."""


@dataclass(frozen=True)
class Rival:
    """One of two runs; its FMP lives in a world of its own."""

    run_id: str
    symbols: Sequence[str]
    replay: Running
    world: World = OLD

    def start(self, bronze: Bronze, **settings: str) -> Run:
        """Start it."""
        own = {"RUN_ID": self.run_id, "SYMBOLS": ",".join(self.symbols), "DATASETS": HISTORY}
        return bronze.start(self.replay, **(own | WINDOW | settings))

    def has(self, commits: Sequence[Commit]) -> bool:
        """Whether everything that it asked for is committed, no matter by whom."""
        wanted = set(self.symbols)
        return [c.day for c in commits if c.complete and set(c.symbols) >= wanted] == DAYS


def not_whole(bronze: Bronze, *rivals: Rival) -> list[str]:
    """Dates that are anything but what one of the runs made of them, or several side by side."""
    worlds = {rival.run_id: rival.world for rival in rivals}
    one_world = all(world is OLD for world in worlds.values())
    problems = []
    for commit in bronze.reader.commits(HISTORY):
        problems += problems_of(commit, worlds.get(commit.run, OLD))
        # Where the worlds differ, values tell a mix: restating keeps the other symbols' rows.
        if one_world and not commit.writers <= worlds.keys():
            problems.append(f"{commit.day} of {commit.run} has rows of {sorted(commit.writers)}")
    return problems


def noticed(ended: Ended) -> bool:
    """Whether a run says that another one was there first."""
    return "another run committed" in ended.told


def committed(ended: Ended) -> int:
    """The dates that a run says it committed."""
    count: int = ended.dataset(HISTORY)["dates_committed"]["count"]
    return count


def skipped(ended: Ended) -> bool:
    """Whether a run found everything complete when it began."""
    return bool(ended.dataset(HISTORY)["status"] == "skipped")
