"""The stacks' graphs, recorded once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from exported import Resource, load
from tests.infrastructure import run

type Recorded = Callable[..., list[Resource]]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The resources of a stack: recorded("dev", "economy=true")."""
    folder = tmp_path_factory.mktemp("graphs")

    @cache
    def record(stack: str, *changes: str) -> list[Resource]:
        graph = folder / f"{'-'.join((stack, *changes))}.json"
        settings = [argument for change in changes for argument in ("--set", change)]
        run("-m", "graph", "export", "--stack", stack, *settings, "--out", str(graph))
        return load(graph)

    return record
