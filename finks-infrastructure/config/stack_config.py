"""Reads a stack's configuration from the running Pulumi program."""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from blueprint.names import PROJECT, REGION
from config.settings import SettingsError, StackSettings, parse


def load() -> StackSettings:
    """The settings of the stack that is being deployed.

    Pulumi hands every value over as text, objects as JSON. All keys are read, not only the known
    ones, so that a misspelt one is refused. Raises SettingsError, also where the stack `local`
    would reach AWS or another stack a local endpoint.
    """
    prefix = f"{PROJECT}:"
    given = {**get_config_env(), **CONFIG.get()}
    values = {
        key.removeprefix(prefix): _value(text)
        for key, text in given.items()
        if key.startswith(prefix)
    }
    stack = pulumi.get_stack()
    if (stack == "local") != ("aws:endpoints" in given):
        raise SettingsError(
            f"Pulumi.{stack}.yaml: aws:endpoints belongs to the stack local, and to it alone:"
            " set it there, remove it elsewhere"
        )
    return parse(stack, values, str(given.get("aws:region", REGION)))


def _value(text: Any) -> Any:
    """Objects, lists and booleans are JSON; whatever else stays the text that it is."""
    if isinstance(text, str) and (text[:1] in {"{", "["} or text in {"true", "false"}):
        return json.loads(text)
    return text
