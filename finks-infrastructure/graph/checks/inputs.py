"""Inputs against the provider's classes: nothing missing, nothing unknown, types that fit.

Nested blocks may be plain dictionaries in a Pulumi program, and a key that is misspelled in one
of them is refused by the provider alone, in the middle of a deployment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from graph.checks import sdk
from graph.checks.finding import Finding, finding, shown
from graph.checks.json_schema import has_type
from graph.model import Graph, Resource
from graph.recorder import MASK

_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string"}
_PROVIDERS = "pulumi:providers:"


def check_inputs(graph: Graph) -> Iterator[Finding]:
    """Inputs that the provider's class refuses."""
    for resource in graph.resources:
        if not resource.custom or resource.type.startswith(_PROVIDERS):
            continue
        known = sdk.inputs_of(resource.type)
        if known is None:
            yield finding(
                resource,
                "type",
                f"no provider of the program has a type {resource.type}",
                "name a type of pulumi_aws, pulumi_random or pulumi_docker_build",
            )
            continue
        required = sdk.required_inputs(resource.type)
        yield from _block(resource, resource.inputs, known, required, "")


def _block(
    resource: Resource,
    values: dict[str, Any],
    known: dict[str, Any],
    required: frozenset[str],
    path: str,
) -> Iterator[Finding]:
    for name in sorted(required - values.keys()):
        yield finding(
            resource, f"{path}{name}", "is missing", f"{resource.type} cannot be made without it"
        )
    for name, value in values.items():
        if name.startswith("__"):
            continue
        if name not in known:
            yield finding(
                resource,
                f"{path}{name}",
                "is no property that the provider knows",
                f"known are {', '.join(sorted(known)[:15])}",
            )
            continue
        if value != MASK:
            yield from _value(resource, value, known[name], f"{path}{name}")


def _value(resource: Resource, value: Any, kind: Any, path: str) -> Iterator[Finding]:
    nested = sdk.nested_types(kind)
    unwrapped = sdk.unwrapped(kind)
    if nested is not None:
        if isinstance(value, dict):
            yield from _block(resource, value, nested, sdk.nested_required(kind), f"{path}.")
        else:
            yield finding(resource, path, f"is {shown(value)}, no block", "write a block")
        return
    origin = str(getattr(unwrapped, "__origin__", unwrapped))
    if "Sequence" in origin:
        if not isinstance(value, list):
            yield finding(resource, path, f"is {shown(value)}, no list", "write a list")
            return
        for index, entry in enumerate(value):
            yield from _value(resource, entry, get_args(unwrapped)[0], f"{path}[{index}]")
    elif "Mapping" in origin:
        if not isinstance(value, dict):
            yield finding(resource, path, f"is {shown(value)}, no map", "write a map")
            return
        for name, entry in value.items():
            yield from _value(resource, entry, get_args(unwrapped)[1], f"{path}.{name}")
    elif unwrapped in _KINDS and not has_type(value, _KINDS[unwrapped]):
        yield finding(
            resource,
            path,
            f"is {shown(value)}, no {_KINDS[unwrapped]}",
            f"write a value of type {_KINDS[unwrapped]}",
        )
