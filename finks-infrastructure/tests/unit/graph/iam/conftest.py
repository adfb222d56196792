from __future__ import annotations

import pytest

from graph.iam.simulate import Simulator
from graph.model import Graph
from graph.stacks import recorded
from tests.unit.graph.iam.requests import places


@pytest.fixture(scope="session")
def dev() -> Graph:
    """The whole program for dev, deployed from GitHub."""
    return recorded("dev")


@pytest.fixture(scope="session")
def simulator(dev: Graph) -> Simulator:
    return Simulator(dev)


@pytest.fixture(scope="session")
def stands_for(dev: Graph) -> dict[str, str]:
    return places(dev)
