"""The stacks' graphs, recorded once for all tests and in one process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exported import Resource, load
from tests.infrastructure import run

STACKS = ("dev", "staging", "prod", "local", "dev in economy")
_RECORD = """
import sys
from pathlib import Path
from graph.stacks import record_stack
for name in sys.argv[2:]:
    stack, _, economy = name.partition(" in ")
    changes = {"economy": True} if economy else {}
    record_stack(stack, changes).save(Path(sys.argv[1]) / f"{name}.json")
"""

type Recorded = Callable[[str], list[Resource]]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The resources of a stack, by its name in STACKS."""
    folder = tmp_path_factory.mktemp("graphs")
    run("-c", _RECORD, str(folder), *STACKS)
    graphs = {name: load(folder / f"{name}.json") for name in STACKS}
    return graphs.__getitem__
