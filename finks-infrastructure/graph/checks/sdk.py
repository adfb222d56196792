"""The provider's classes in Pulumi's SDK: which inputs a resource has and which it needs."""

from __future__ import annotations

import importlib
import inspect
import sys
from functools import lru_cache
from typing import Any, get_args, get_origin

from pulumi import _types

_PACKAGES = {"aws": "pulumi_aws", "random": "pulumi_random", "docker-build": "pulumi_docker_build"}
_MODULES = {"lambda": "lambda_", "index": ""}


@lru_cache(maxsize=300)
def inputs_of(token: str) -> dict[str, Any] | None:
    """Inputs of a resource type by name, with their types; None for a type the SDK lacks."""
    args = _arguments(token)
    return None if args is None else dict(_types.input_type_types(args))


@lru_cache(maxsize=300)
def required_inputs(token: str) -> frozenset[str]:
    """Names of the inputs that a resource type cannot be without."""
    return _required(_arguments(token))


def nested_types(kind: Any) -> dict[str, Any] | None:
    """Properties of a nested block's type; None for what is no block."""
    block = _block(kind)
    return None if block is None else dict(_types.input_type_types(block))


def nested_required(kind: Any) -> frozenset[str]:
    """Properties that a nested block cannot be without."""
    return _required(_block(kind))


def unwrapped(kind: Any) -> Any:
    """A type without what may be an output, may be awaited or may be missing."""
    members = [
        member
        for member in get_args(kind)
        if member is not type(None)
        and "Output" not in str(get_origin(member) or member)
        and "Awaitable" not in str(get_origin(member) or member)
    ]
    if "Union" in str(get_origin(kind)) and members:
        return unwrapped(members[0])
    return kind


def _block(kind: Any) -> type | None:
    kind = unwrapped(kind)
    return kind if isinstance(kind, type) and _types.is_input_type(kind) else None


@lru_cache(maxsize=300)
def _arguments(token: str) -> type | None:
    package, module, name = token.split(":")
    if package not in _PACKAGES:
        return None
    place = module.partition("/")[0]
    place = _MODULES.get(place, place)
    try:
        imported = importlib.import_module(
            ".".join(part for part in (_PACKAGES[package], place) if part)
        )
    except ModuleNotFoundError:
        return None
    resource = getattr(imported, name, None)
    # A nested block may have the name of the resource's own arguments: look beside the resource.
    own = sys.modules[resource.__module__] if isinstance(resource, type) else None
    found = getattr(own, f"{name}InitArgs", None) or getattr(own, f"{name}Args", None)
    return found if isinstance(found, type) else None


@lru_cache(maxsize=300)
def takes_tags(token: str) -> bool:
    """Whether a resource type has tags."""
    return "tags" in (inputs_of(token) or {})


@lru_cache(maxsize=2000)
def _required(args: type | None) -> frozenset[str]:
    if args is None:
        return frozenset()
    names = _types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args).parameters
    return frozenset(
        pulumi
        for python, pulumi in names.items()
        if python in parameters and parameters[python].default is inspect.Parameter.empty
    )
