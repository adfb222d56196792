"""The stacks of this repository, recorded with their real configuration."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
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
    """Run the whole program for a stack and return its graph."""
    program = str(INFRASTRUCTURE / "__main__.py")
    return record(
        lambda: runpy.run_path(program, run_name="__main__"),
        project=PROJECT,
        stack=stack,
        config=configuration(stack, changes),
        secret_keys=tuple(_SECRETS),
    )


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
