"""A valid graph, and a way to damage one value of it."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from graph.model import Graph, Resource
from tests.unit.graph.checks.sample import sample


@pytest.fixture(scope="session")
def valid() -> Graph:
    return sample()


def with_input(graph: Graph, token: str, name: str, path: str, value: Any) -> Graph:
    """The graph with one input of one resource changed.

    `token` is the end of the resource's type. `path` has dots, numbers for indexes and `!` where
    it goes on inside of a JSON document. The value `...` removes the input.
    """
    found = [each for each in graph.resources if each.name == name and each.type.endswith(token)]
    assert len(found) == 1, f"{len(found)} resources {token} {name}"
    inputs = copy.deepcopy(found[0].inputs)
    outer, bang, inner = path.partition("!")
    if bang:
        document = json.loads(_get(inputs, outer.split(".")))
        _set(document, inner.split("."), value)
        value = json.dumps(document)
    _set(inputs, outer.split("."), value)
    return with_resource(graph, found[0], replace(found[0], inputs=inputs))


def with_resource(graph: Graph, old: Resource, *new: Resource) -> Graph:
    """The graph with one resource replaced by others."""
    kept = [each for each in graph.resources if each is not old]
    return replace(graph, resources=tuple(sorted([*kept, *new], key=lambda each: each.urn)))


def one(graph: Graph, token: str, name: str) -> Resource:
    """The resource of this name whose type ends like this."""
    (found,) = (each for each in graph.resources if each.name == name and each.type.endswith(token))
    return found


def _get(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _set(value: Any, steps: list[str], new: Any) -> None:
    holder = _get(value, steps[:-1])
    key: Any = int(steps[-1]) if isinstance(holder, list) else steps[-1]
    if new is ...:
        del holder[key]
    elif isinstance(holder, list) and key == len(holder):
        holder.append(new)
    else:
        holder[key] = new
