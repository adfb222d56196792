"""Components recorded alone: `record_component` gives the graph of what one of them makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.base import StackContext
from graph.model import Graph
from graph.recorder import record
from graph.stacks import context_of

type Make = Callable[[StackContext], object]
type RecordComponent = Callable[..., Graph]


@pytest.fixture
def record_component() -> RecordComponent:
    """Records what `make` builds in a stack: its own configuration, with `changes` on top.

    record_component(lambda context: Storage("storage", StorageArgs(...), context),
                     stack="prod", storage={"forceDestroy": True})
    """

    def recorded(make: Make, *, stack: str = "dev", **changes: Any) -> Graph:
        context = context_of(stack, changes)
        return record(lambda: make(context), stack=stack)

    return recorded
