"""SIGKILL at any moment: no reader ever sees a part of a date, and the next run completes it.

The kills are drawn from a seed that every message names; KILL_SEED sets another one.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date

import pytest

from replay.serving import Running
from tests.durability.conftest import Bronze, NewBronze, Serve
from tests.durability.kills import Killer, Moment, Phase, phase_of
from tests.durability.processes import Run
from tests.durability.reader import HISTORY, Commit, is_file, is_manifest, problems_of
from tests.durability.worlds import World

SEED = int(os.environ.get("KILL_SEED", "20130301"))
KILLS, KILLS_PER_BUCKET = 100, 10
WORLD = World()
TODAY = date(2013, 3, 1)
SYMBOLS = ("AAPL", "AAPL.001", "FB", "GOOG", "IBM")
FEWER, OTHERS = SYMBOLS[1:3], SYMBOLS[2:]
DAYS = WORLD.days(SYMBOLS, date(2013, 2, 11), TODAY)
WINDOW = {"EXTRACTION_START": "2013-02-11", "EXTRACTION_END": "2013-03-01"}
DATES = {HISTORY: len(DAYS), "quote": 1, "company_profile": 1}
FAULTS = [
    {"effect": {"kind": "latency", "milliseconds": 2, "jitter": 20}},
    {"probability": 0.01, "preset": "server-error"},
    {"probability": 0.01, "effect": {"kind": "truncate", "share": 0.6}},
]
Seen = dict[tuple[str, date], Commit]


class Siege:
    """Kills runs on one bucket, and judges what each leaves."""

    def __init__(self, bronze: Bronze, replay: Running, chance: random.Random, name: str) -> None:
        self._bronze, self._replay, self._chance, self._name = bronze, replay, chance, name
        self.seconds = 0.0
        """What a run takes that is not killed."""
        self._run_id = f"{name}-0"
        self._keys: dict[str, str] = {}
        self._seen: Seen = {}
        self.phases: Counter[Phase] = Counter()
        self.runs = 0

    def kill_one(self) -> bool:
        """Start a run and kill it; false when it ended first."""
        chance, bronze = self._chance, self._bronze
        symbols = chance.choices((FEWER, OTHERS, SYMBOLS), (0.2, 0.2, 0.6))[0]
        force = chance.random() < 0.3 or not any(self._planned(symbols, force=False).values())
        planned = self._planned(symbols, force=force)
        moment = Moment.drawn(
            chance,
            seconds=self.seconds,
            files=sum(1 for dates in planned.values() if dates),
            manifests=sum(planned.values()),
        )
        self.runs += 1
        if chance.random() < 0.7:
            self._run_id = f"{self._name}-{self.runs}"
        before = self._keys
        killer = Killer(moment)
        with bronze.s3.watched(self._run_id, killer):
            run = self._start(self._run_id, symbols, force=force)
            killer.attack(run)
            ended = run.wait()
            bronze.s3.settle()
        assert ended.code in (0, -9), ended.told
        self._judge(f"{moment} of {self._run_id}")
        if ended.code == 0:
            self.seconds = min(self.seconds, ended.seconds)
            return False
        new = {key for key, _ in self._keys.items() - before.items()}
        files, manifests = filter(is_file, new), list(filter(is_manifest, new))
        self.phases[phase_of(files, len(manifests), planned)] += 1
        return True

    def complete(self) -> None:
        """A last run completes every date, and one more has nothing to do."""
        bronze = self._bronze
        last = self._start(f"{self._name}-last", SYMBOLS).wait()
        assert last.code == 0, last.told
        self._judge("the last run")
        wanted = {(HISTORY, day) for day in DAYS}
        wanted |= {("quote", TODAY), ("company_profile", TODAY)}
        assert set(self._seen) == wanted
        for commit in self._seen.values():
            assert commit.complete, commit.manifest
            assert commit.symbols == list(SYMBOLS)
        again = self._start(f"{self._name}-again", SYMBOLS).wait()
        assert (again.code, again.summary and again.summary["api_calls"]) == (0, 0), again.told
        assert bronze.reader.keys() == self._keys
        self.runs += 2

    def full_run(self) -> None:
        """Measure a run over everything."""
        ended = self._start(f"{self._name}-full", SYMBOLS).wait()
        assert ended.code == 0, ended.told
        self._judge("the first run")
        self.runs += 1
        self.seconds = ended.seconds

    def _start(self, run_id: str, symbols: Sequence[str], *, force: bool = False) -> Run:
        return self._bronze.start(
            self._replay,
            RUN_ID=run_id,
            SYMBOLS=",".join(symbols),
            FORCE=str(force).lower(),
            **WINDOW,
        )

    def _planned(self, symbols: Sequence[str], *, force: bool) -> dict[str, int]:
        """How many dates a run has to commit."""
        if force:
            return dict(DATES)
        done = Counter(
            commit.dataset
            for commit in self._seen.values()
            if commit.complete and set(commit.symbols) >= set(symbols)
        )
        return {name: dates - done[name] for name, dates in DATES.items()}

    def _judge(self, what: str) -> None:
        """Nothing is wrong, and nothing that was there is lost."""
        self._keys = self._bronze.reader.keys()
        commits = self._bronze.reader.commits_of(self._keys)
        problems = [text for commit in commits for text in problems_of(commit, WORLD)]
        now = {(commit.dataset, commit.day): commit for commit in commits}
        for key, before in self._seen.items():
            if key not in now:
                problems.append(f"{key} vanished")
            elif lost := set(before.symbols) - set(now[key].symbols):
                problems.append(f"{key} lost {sorted(lost)}")
            elif before.complete and not now[key].complete:
                problems.append(f"{key} was complete")
        assert not problems, f"seed {SEED}, after {what}: {problems}"
        self._seen = now


@pytest.mark.timeout(400)
def test_kills_at_any_moment_leave_whole_dates_and_the_next_run_completes_them(
    new_bronze: NewBronze, serve: Serve
) -> None:
    replay = serve(seed=SEED, clones=10, rules=FAULTS)
    chance = random.Random(SEED)
    phases: Counter[Phase] = Counter()
    began = time.monotonic()
    first = Siege(new_bronze(), replay, chance, "s0")
    first.full_run()
    runs, seconds = first.runs, first.seconds
    while (total := phases.total()) < KILLS:
        siege = Siege(new_bronze(), replay, chance, f"s{total // KILLS_PER_BUCKET + 1}")
        siege.seconds = seconds
        while siege.phases.total() < KILLS_PER_BUCKET:
            siege.kill_one()
        siege.complete()
        seconds = siege.seconds
        phases += siege.phases
        runs += siege.runs
    by_phase = ", ".join(f"{phases[phase]} {phase}" for phase in Phase)
    figures = (
        f"{phases.total()} kills ({by_phase}), {runs} runs, "
        f"{time.monotonic() - began:.0f} s, seed {SEED}"
    )
    print(figures)  # noqa: T201
    for phase in (Phase.FETCHING, Phase.UPLOADING, Phase.COMMITTING):
        assert phases[phase], figures
