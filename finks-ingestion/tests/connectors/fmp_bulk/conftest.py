"""The second connector, run as the first one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from replay.scenario import parse_scenario
from replay.serving import Running, running_replay
from replay.settings import ReplaySettings
from tests.conftest import KEY, Extract, Lake, Outcome


@pytest.fixture(scope="session")
def bulk_replay() -> Iterator[Running]:
    """The replay of an account whose plan has the bulk files."""
    scenario = parse_scenario({"plan": {"bulk": True}})
    with running_replay(ReplaySettings(api_keys=frozenset({KEY})), scenario=scenario) as replay:
        yield replay


@pytest.fixture
def bulk_lake(lake: Lake) -> Lake:
    return replace(lake, source="fmp_bulk")


@pytest.fixture
def bulk(extract: Extract, bulk_replay: Running) -> Callable[..., Outcome]:
    """Run the connector; by default one day, all symbols."""

    def run(*flags: str, **settings: str) -> Outcome:
        fmp = partial(extract, *flags, connector="fmp_bulk")
        return fmp(**({"FMP_BASE_URL": bulk_replay.url} | settings))

    return run
