"""SIGTERM at any moment: nothing is half committed, and the end comes soon, whatever hangs."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from datetime import date
from typing import Any

import pytest

from replay.serving import Running
from tests.durability.conftest import Bronze, NewBronze, Serve, eventually
from tests.durability.gates import Gate
from tests.durability.kills import Killer, Moment
from tests.durability.processes import Run
from tests.durability.reader import HISTORY
from tests.durability.worlds import World

SEED = int(os.environ.get("KILL_SEED", "20130301"))
SIGNALS = 20
SOON = 10
"""Seconds: far less than what hangs, and than what ECS grants at least (30)."""
WORLD = World()
SYMBOLS = ("AAPL", "IBM", "MSFT")
WINDOW = {"EXTRACTION_START": "2013-02-14", "EXTRACTION_END": "2013-03-01"}
MANIFESTS = len(WORLD.days(SYMBOLS, date(2013, 2, 14), date(2013, 3, 1))) + 2
"""Trading days of the window, and one for each kind of observation."""
MINUTES = {"effect": {"kind": "latency", "milliseconds": 100_000}}


def start(bronze: Bronze, replay: Running, run_id: str = "run", **settings: str) -> Run:
    return bronze.start(replay, RUN_ID=run_id, SYMBOLS=",".join(SYMBOLS), **(WINDOW | settings))


def manifests(bronze: Bronze) -> int:
    return len(bronze.reader.commits())


def test_sigterm_at_any_moment(new_bronze: NewBronze, serve: Serve) -> None:
    chance = random.Random(SEED)
    replay = serve(rules=[{"effect": {"kind": "latency", "milliseconds": 5, "jitter": 30}}])
    ends: Counter[tuple[int, int]] = Counter()
    for number in range(SIGNALS):
        bronze = new_bronze()
        moment = Moment.drawn(chance, seconds=0.5, files=3, manifests=MANIFESTS)
        killer = Killer(moment, signal.SIGTERM)
        with bronze.s3.watched("run", killer):
            run = start(bronze, replay)
            killer.attack(run)
            ended = run.wait(SOON)
        told = f"seed {SEED}, {number}: {moment}: {ended.told}"
        assert bronze.reader.problems(WORLD) == [], told
        committed = manifests(bronze)
        # Before the handler is there, and after it is gone, the signal itself is the end.
        possible = {0: (MANIFESTS,), 6: (0,), -signal.SIGTERM: (0, MANIFESTS)}
        assert committed in possible.get(ended.code, ()), f"{committed} committed, {told}"
        if ended.code == 6:
            assert ended.summary, told
            assert ended.summary["exit_code"] == 6, told
            assert "run again" in ended.summary["error"], told
        ends[ended.code, committed] += 1
        if number % 5 == 0:
            again = start(bronze, replay, "again").wait()
            assert again.code == 0, again.told
            assert manifests(bronze) == MANIFESTS
    figures = f"{SIGNALS} signals: " + ", ".join(
        f"{count} exit {code} with {committed} dates" for (code, committed), count in ends.items()
    )
    print(figures)  # noqa: T201
    assert ends[6, 0], figures
    assert ends[0, MANIFESTS], figures


def test_sigterm_while_calls_hang(bronze: Bronze, serve: Serve) -> None:
    replay = serve(rules=[MINUTES])
    run = start(bronze, replay, FMP_TIMEOUT_SECONDS="100")
    eventually(lambda: replay.log["total"] > 0)

    run.send(signal.SIGTERM)

    assert run.wait(SOON).code == 6
    assert bronze.reader.keys() == {}


def test_sigterm_while_some_calls_hang(bronze: Bronze, serve: Serve) -> None:
    """What has come already is not committed either."""
    replay = serve(rules=[MINUTES | {"symbols": ["MSFT"]}])
    run = start(bronze, replay, FMP_TIMEOUT_SECONDS="100")
    eventually(lambda: replay.log["by_symbols"].get("MSFT", 0) > 0)

    run.send(signal.SIGTERM)

    assert run.wait(SOON).code == 6
    assert manifests(bronze) == 0


@pytest.mark.parametrize(
    ("rules", "settings"),
    [
        pytest.param([{"preset": "unavailable"}], {"FMP_RETRY_SECONDS": "100"}, id="retries"),
        pytest.param([], {"FMP_CALLS_PER_MINUTE": "1"}, id="the limit"),
        pytest.param([{"preset": "rate-limit"}], {}, id="the next minute"),
    ],
)
def test_sigterm_while_it_waits_for(
    rules: list[dict[str, Any]], settings: dict[str, str], bronze: Bronze, serve: Serve
) -> None:
    replay = serve(rules=rules)
    run = start(bronze, replay, **settings)
    eventually(lambda: replay.log["total"] > 0)
    run.ended_within(0.3)

    run.send(signal.SIGTERM)

    assert run.wait(SOON).code == 6
    assert manifests(bronze) == 0


def test_sigterm_while_an_upload_hangs(bronze: Bronze, serve: Serve) -> None:
    gate = Gate("file")
    with bronze.s3.watched("run", gate):
        run = start(bronze, serve())
        gate.wait()
        run.send(signal.SIGTERM)
        try:
            assert run.wait(SOON).code == 6
        finally:
            gate.open()
    bronze.s3.settle()
    assert manifests(bronze) == 0


@pytest.mark.parametrize("passing", [0, 1, MANIFESTS - 1])
def test_a_commit_that_began_is_finished(passing: int, bronze: Bronze, serve: Serve) -> None:
    gate = Gate("manifest", passing=passing)
    with bronze.s3.watched("run", gate):
        run = start(bronze, serve())
        gate.wait()
        run.send(signal.SIGTERM)
        assert not run.ended_within(0.3)
        run.send(signal.SIGTERM)
        gate.open()
        ended = run.wait(SOON)

    assert ended.code == 0, ended.told
    assert manifests(bronze) == MANIFESTS
    assert bronze.reader.problems(WORLD) == []


def test_more_signals_do_no_harm(bronze: Bronze, serve: Serve) -> None:
    replay = serve(rules=[MINUTES])
    run = start(bronze, replay, DATASETS=HISTORY, FMP_TIMEOUT_SECONDS="100")
    eventually(lambda: replay.log["total"] > 0)

    for _ in range(3):
        run.send(signal.SIGTERM)

    ended = run.wait(SOON)
    # One that arrives when the summary is printed may still end the process: 143 means the same.
    assert ended.code in (6, -signal.SIGTERM), ended.told
    assert "Traceback" not in ended.stderr, ended.told
    assert bronze.reader.keys() == {}
