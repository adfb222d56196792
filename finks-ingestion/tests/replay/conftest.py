"""Replays with scenarios, which stop with the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from replay.scenario import parse_scenario
from replay.serving import running_replay
from tests.replay.client import Start


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a replay with the tables of a scenario."""
    with ExitStack() as stack:
        yield lambda **tables: stack.enter_context(running_replay(scenario=parse_scenario(tables)))
