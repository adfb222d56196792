"""A small platform that is valid: what the seeded faults are seeded in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from graph.model import Graph
from graph.recorder import record
from graph.stacks import context_of
from tests.unit.graph.checks.sample_events import SampleEvents


class Sample(SampleEvents):
    """One resource of most kinds that the platform has."""

    def create(self) -> None:
        self._network()
        self._lake()
        self._secrets()
        self._tasks()
        self._database()
        self._events()
        self._watch()

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        return {"sampleBucket": self.bucket.bucket}


def sample() -> Graph:
    """The graph of the sample, as the program of a stack would be recorded."""
    context = context_of("dev")
    return record(lambda: Sample("sample", None, context), stack="dev")
