"""Progress as log events: few enough to read, and with numbers for machines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from console.events import LoggedProgress
from tests.console.clocks import Clock
from utils.json_logging import configure_logging


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(run_id="run-1", correlation_id="flow-1", stream=stream)
    yield stream
    logging.basicConfig(handlers=before, level=level, force=True)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_dataset_is_begun_and_done_in_one_line_each(log: io.StringIO) -> None:
    clock = Clock()
    with LoggedProgress(clock=clock) as progress:
        progress.begin("quote", 2)
        clock.now += 2.5
        progress.called("quote")
        progress.received("quote", 7)
        progress.begin("quote", 1)
        progress.called("quote")
        progress.end("quote")

    begun, done = lines(log)
    assert (begun["event"], begun["dataset"], begun["calls"]) == ("dataset_begun", "quote", 2)
    assert begun["message"] == "quote: 2 calls planned"
    assert done["message"] == "quote: 2 calls, 7 rows in 2.5 s"
    assert {name: done[name] for name in ("event", "calls", "calls_done", "rows")} == {
        "event": "dataset_done",
        "calls": 3,
        "calls_done": 2,
        "rows": 7,
    }
    assert done["duration_seconds"] == 2.5
    assert {(line["run_id"], line["correlation_id"]) for line in (begun, done)} == {
        ("run-1", "flow-1")
    }


def test_progress_is_logged_every_ten_seconds_and_not_more(log: io.StringIO) -> None:
    clock = Clock()
    progress = LoggedProgress(300, clock=clock)
    progress.begin("history", 100)
    for _ in range(50):
        clock.now += 0.5
        progress.called("history")

    told = [line for line in lines(log) if line["event"] == "progress"]
    assert [line["calls_done"] for line in told] == [20, 40]
    assert told[0]["message"] == "history: 20 of 100 calls"
    assert (told[0]["calls_per_minute"], told[0]["seconds_left"]) == (120, 40)


def test_waiting_is_progress_too(log: io.StringIO) -> None:
    clock = Clock()
    progress = LoggedProgress(clock=clock)
    progress.begin("history", 100)
    clock.now += 11
    with progress.counting("history"):
        progress.retried("timed out", 2)

    assert (lines(log)[-1]["event"], lines(log)[-1]["retries"]) == ("progress", 1)
