"""The stacks of this repository, recorded with their real configuration."""

from __future__ import annotations

import json
import runpy
from collections.abc import Mapping
from functools import cache
from typing import Any

from blueprint.names import PROJECT, REGION, Names
from components.base import StackContext
from config.settings import SettingsError, parse
from graph.model import Graph
from graph.recorder import record
from graph.simulation import ACCOUNT_ID
from graph.stack_file import INFRASTRUCTURE, read

STACKS = ("dev", "staging", "prod", "local")
_PREFIX = f"{PROJECT}:"
_ACCOUNT = f"{PROJECT}:accountId"
_SECRETS = {f"{PROJECT}:fmpApiKey": "simulated-key"}
"""Stand-ins for what Pulumi decrypts or ESC provides."""
_GITHUB = {"repository": "example-org/finks"}
_OWNED: dict[str, dict[str, Any]] = {
    "local": {},
    "dev": {"github": _GITHUB, "monitoring": {"emails": ["data@example.com"]}},
    "staging": {
        "github": _GITHUB,
        "storage": {"corsOrigins": ["https://console.staging.example.com"]},
        "loadBalancer": {"domain": "prefect.staging.example.com", "hostedZoneId": "Z0EXAMPLE"},
        "monitoring": {"emails": ["data@example.com"]},
    },
    "prod": {
        "github": _GITHUB,
        "storage": {"corsOrigins": ["https://console.example.com"]},
        "loadBalancer": {"domain": "prefect.example.com", "hostedZoneId": "Z0EXAMPLE"},
        "monitoring": {
            "emails": ["data@example.com"],
            "pagerDutyUrl": "https://events.pagerduty.com/integration/example/enqueue",
        },
    },
}
"""Stand-ins for what only the owner of a stack can name, by stack: nobody may deploy a committed
placeholder, but what these keys make has to be in the graph that is checked and priced."""


def configuration(stack: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The configuration in `Pulumi.<stack>.yaml`, with `changes` on top.

    `changes` has keys without `finks:`; sections add to those of the file. Raises SettingsError
    where the file cannot be read.
    """
    secrets = {} if stack == "local" else _SECRETS
    return _layered({**secrets, **read(stack)}, changes or {})


def record_stack(stack: str, changes: Mapping[str, Any] | None = None) -> Graph:
    """Run the whole program for a stack and return its graph.

    Where the file says nothing of repository, domain, console and receivers of alarms, stand-ins
    do. The account is always the simulated one; an `accountId` of the file is checked for its
    form alone. Raises SettingsError for a region that the simulation does not know.
    """
    program = str(INFRASTRUCTURE / "__main__.py")
    stated = read(stack)
    region = stated.get("aws:region", REGION)
    if region != REGION:
        raise SettingsError(
            f"Pulumi.{stack}.yaml: aws:region is {region}; graph, checks and prices know {REGION}"
            f" alone. 'make infra-preview STACK={stack}' works in every region"
        )
    context_of(stack, changes)  # what the file says by itself is judged as it stands
    stand_ins = {} if stack == "local" else _SECRETS
    config = _layered(_layered(stand_ins, _OWNED[stack]), _unprefixed(stated))
    others = {key: value for key, value in stated.items() if not key.startswith(_PREFIX)}
    if _ACCOUNT in config:
        config[_ACCOUNT] = ACCOUNT_ID
    return record(
        lambda: runpy.run_path(program, run_name="__main__"),
        project=PROJECT,
        stack=stack,
        config={**others, **_layered(config, changes or {})},
        secret_keys=tuple(_SECRETS),
    )


def recorded(stack: str, changes: Mapping[str, Any] | None = None) -> Graph:
    """What `record_stack` returns, recorded once a process: it takes seconds. Only to read."""
    return _recorded(stack, json.dumps(changes or {}, sort_keys=True))


@cache
def _recorded(stack: str, changes: str) -> Graph:
    return record_stack(stack, json.loads(changes))


def context_of(stack: str, changes: Mapping[str, Any] | None = None) -> StackContext:
    """What a component of the stack is given."""
    config = configuration(stack, changes)
    settings = parse(stack, _unprefixed(config), str(config.get("aws:region", REGION)))
    suffix = "" if stack == "local" else settings.bucket_suffix or ACCOUNT_ID
    return StackContext(settings, Names(stack, suffix), ACCOUNT_ID, settings.region)


def _unprefixed(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key.removeprefix(_PREFIX): value for key, value in config.items() if key.startswith(_PREFIX)
    }


def _layered(config: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with `changes` (keys without `finks:`) on top; sections are merged by key."""
    layered = dict(config)
    for name, change in changes.items():
        key = f"{_PREFIX}{name}"
        below = layered.get(key)
        if isinstance(below, dict) and isinstance(change, dict):
            layered[key] = {**below, **change}
        else:
            layered[key] = change
    return layered
