"""The stacks of this repository, recorded with their real configuration."""

from __future__ import annotations

import json
import runpy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from blueprint.names import PROJECT, Names
from components.base import StackContext
from config.settings import parse
from graph.model import Graph
from graph.recorder import record
from graph.simulation import ACCOUNT_ID

INFRASTRUCTURE = Path(__file__).resolve().parents[1]
STACKS = ("dev", "staging", "prod", "local")
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

    `changes` has keys without `finks:`; sections add to those of the file. Raises
    FileNotFoundError for an unknown stack.
    """
    document = yaml.safe_load((INFRASTRUCTURE / f"Pulumi.{stack}.yaml").read_text())
    config: dict[str, Any] = {**({} if stack == "local" else _SECRETS), **document["config"]}
    for name, change in (changes or {}).items():
        key = f"{PROJECT}:{name}"
        stated = config.get(key)
        if isinstance(stated, dict) and isinstance(change, dict):
            change = {**stated, **change}
        config[key] = change
    return config


def record_stack(stack: str, changes: Mapping[str, Any] | None = None) -> Graph:
    """Run the whole program for a stack and return its graph.

    Repository, domain, console and receivers of alarms are stand-ins; `changes` win over them.
    """
    program = str(INFRASTRUCTURE / "__main__.py")
    owned = _OWNED[stack]
    stated = {
        key: {**owned[key], **change} if key in owned and isinstance(change, dict) else change
        for key, change in (changes or {}).items()
    }
    return record(
        lambda: runpy.run_path(program, run_name="__main__"),
        project=PROJECT,
        stack=stack,
        config=configuration(stack, {**owned, **stated}),
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
    prefix = f"{PROJECT}:"
    settings = parse(
        stack,
        {
            key.removeprefix(prefix): value
            for key, value in configuration(stack, changes).items()
            if key.startswith(prefix)
        },
    )
    suffix = "" if stack == "local" else settings.bucket_suffix or ACCOUNT_ID
    return StackContext(settings, Names(stack, suffix), ACCOUNT_ID, settings.region)
