"""Two runs for the same dates at once: each date is one of the two, whole, and the loser knows.

Where they asked for other symbols each date is both, as if one had run after the other.
"""

from __future__ import annotations

import random
from typing import Literal

import pytest

from tests.durability.conftest import Bronze, NewBronze, Serve
from tests.durability.gates import FailOnce, Gate
from tests.durability.reader import HISTORY, problems_of
from tests.durability.rivals import (
    DAYS,
    NEW,
    OLD,
    REFUSED_CODES,
    RESTATED,
    WINDOW,
    Rival,
    committed,
    not_whole,
    noticed,
    skipped,
)
from tests.durability.s3_server import Fault

Kind = Literal["file", "manifest"]
ABOUT_TO_COMMIT = "is about to commit"
GATES: dict[str, tuple[Kind, int]] = {
    "has fetched": ("file", 0),
    ABOUT_TO_COMMIT: ("manifest", 0),
    "has committed one date": ("manifest", 1),
}
CONTENTS = {
    "the same symbols restated": (("AAPL", "IBM", "MSFT"), ("AAPL", "IBM", "MSFT")),
    "more symbols": (("AAPL", "IBM"), ("AAPL", "IBM", "MSFT")),
    "fewer symbols": (("AAPL", "IBM", "MSFT"), ("AAPL",)),
    "other symbols": (("AAPL", "IBM"), ("GOOG", "MSFT")),
}
RACES = 20


def rivals(content: str, serve: Serve) -> tuple[Rival, Rival]:
    """The run that is first to commit, and the one that is late."""
    first, late = CONTENTS[content]
    restated = "restated" in content
    replay = serve()
    return (
        Rival("run-first", first, replay),
        Rival(
            "run-late",
            late,
            serve(rules=RESTATED) if restated else replay,
            NEW if restated else OLD,
        ),
    )


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize(
    ("gate", "before"), [*((gate, "nothing") for gate in GATES), (ABOUT_TO_COMMIT, "an older run")]
)
def test_another_run_commits_while_this_one(
    gate: str, content: str, before: str, bronze: Bronze, serve: Serve
) -> None:
    first, late = rivals(content, serve)
    force = {"FORCE": "false" if before == "nothing" else "true"}
    if before == "an older run":
        assert Rival("run-older", ("IBM",), first.replay).start(bronze).wait().code == 0
    kind, passing = GATES[gate]
    held = Gate(kind, passing=passing)

    with bronze.s3.watched(late.run_id, held):
        late_run = late.start(bronze, **force)
        held.wait()
        first_ended = first.start(bronze, **force).wait()
        assert not late_run.ended_within(0), late_run.wait().told
        held.open()
        late_ended = late_run.wait()

    commits = bronze.reader.commits(HISTORY)
    assert not_whole(bronze, first, late) == []
    assert [commit.day for commit in commits] == DAYS
    assert {commit.run for commit in commits} <= {first.run_id, late.run_id}
    assert first_ended.code == 0, first_ended.told
    assert first.has(commits), "what the first run committed is lost"
    won = [commit.run == late.run_id for commit in commits]
    assert all(won) or noticed(late_ended), late_ended.told
    expected = (0,) if late.has(commits) else REFUSED_CODES
    assert late_ended.code in expected, late_ended.told
    # What it committed before it was held may have been replaced by the first run, rightly.
    assert sum(won) <= committed(late_ended) <= sum(won) + passing, late_ended.told

    again = Rival("run-again", late.symbols, first.replay).start(bronze).wait()
    assert again.code == 0, again.told
    assert first.has(bronze.reader.commits(HISTORY))
    assert late.has(bronze.reader.commits(HISTORY))


@pytest.mark.timeout(240)
def test_a_free_race_has_a_whole_result_and_a_loser_who_knows(
    new_bronze: NewBronze, serve: Serve
) -> None:
    chance = random.Random(7)
    served = {content: rivals(content, serve) for content in CONTENTS}
    overlaps, unnoticed = 0, []
    for race in range(RACES):
        content = list(CONTENTS)[race % len(CONTENTS)]
        bronze, pair = new_bronze(), served[content]
        runs = [pair[0].start(bronze)]
        runs[0].ended_within(chance.uniform(0, 0.05))
        runs.append(pair[1].start(bronze))
        while not all(run.ended_within(0.01) for run in runs):
            assert not_whole(bronze, *pair) == [], f"race {race}, {content}"
        ended = [run.wait() for run in runs]
        told = f"race {race}, {content}: {[end.told for end in ended]}"
        commits = bronze.reader.commits(HISTORY)
        assert not_whole(bronze, *pair) == [], told
        assert [commit.day for commit in commits] == DAYS, told
        for rival, end in zip(pair, ended, strict=True):
            assert end.code in ((0,) if rival.has(commits) else REFUSED_CODES), told
        if not any(skipped(end) for end in ended):
            overlaps += 1
            winners = {commit.run for commit in commits}
            if len(winners) > 1 or committed(ended[0]) + committed(ended[1]) == len(DAYS):
                unnoticed += [] if any(noticed(end) for end in ended) else [told]
    print(f"{RACES} races, {overlaps} overlaps")  # noqa: T201
    assert not unnoticed, unnoticed[0]
    assert overlaps, "the runs never met"


@pytest.mark.parametrize("before", ["nothing", "an older run"])
@pytest.mark.parametrize(
    ("kind", "fault", "done"),
    [
        pytest.param("manifest", Fault(), True, id="a commit's answer is lost"),
        pytest.param("manifest", Fault(), False, id="a commit is lost"),
        pytest.param("manifest", Fault(503, "SlowDown"), False, id="S3 is slow"),
        pytest.param(
            "manifest",
            Fault(409, "ConditionalRequestConflict"),
            False,
            id="S3 has a conflict",
        ),
        pytest.param("file", Fault(), True, id="a file's answer is lost"),
        pytest.param("file", Fault(500, "InternalError"), False, id="a file is lost"),
    ],
)
def test_a_run_is_no_rival_of_itself(
    kind: Kind, fault: Fault, done: bool, before: str, bronze: Bronze, serve: Serve
) -> None:
    """What was done without an answer is done again, and the condition fails for no rival."""
    alone = Rival("run-alone", ("AAPL", "IBM"), serve())
    if before == "an older run":
        assert Rival("run-older", ("IBM",), alone.replay).start(bronze).wait().code == 0
    failing = FailOnce(kind, 1, fault, done=done)

    with bronze.s3.watched(alone.run_id, failing):
        ended = alone.start(bronze, FORCE="true").wait()

    assert failing.failed
    assert ended.code == 0, ended.told
    assert committed(ended) == len(DAYS)
    commits = bronze.reader.commits(HISTORY)
    assert not_whole(bronze, alone) == []
    assert {commit.run for commit in commits} == {alone.run_id}


@pytest.mark.parametrize("gate", GATES)
def test_one_run_id_twice_at_once(gate: str, bronze: Bronze, serve: Serve) -> None:
    """A flow starts a task again while the first one is still alive: they share RUN_ID."""
    kind, passing = GATES[gate]
    held = Gate(kind, passing=passing)
    one = Rival("run-twice", ("AAPL", "IBM"), serve())
    other = Rival("run-twice", ("AAPL", "IBM"), serve(rules=RESTATED), NEW)

    with bronze.s3.watched("late", held):
        late_run = one.start(bronze, APP="late")
        held.wait()
        ended = other.start(bronze, APP="first").wait()
        held.open()
        late_ended = late_run.wait()

    assert ended.code == 0, ended.told
    assert late_ended.code in (0, *REFUSED_CODES), late_ended.told
    for commit in bronze.reader.commits(HISTORY):
        whole = [world for world in (OLD, NEW) if not problems_of(commit, world)]
        assert whole, f"{commit.day} is a mix of both"
    again = bronze.start(
        other.replay, RUN_ID="run-twice", SYMBOLS="AAPL,IBM", DATASETS=HISTORY, **WINDOW
    )
    assert again.wait().code == 0
    assert one.has(bronze.reader.commits(HISTORY))
