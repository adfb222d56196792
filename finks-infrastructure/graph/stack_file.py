"""Reads `Pulumi.<stack>.yaml` as Pulumi does, with stand-ins for what only Pulumi decrypts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from config.settings import SettingsError

INFRASTRUCTURE = Path(__file__).resolve().parents[1]
_DECRYPTED = {"pagerDutyUrl": "https://events.pagerduty.com/integration/example/enqueue"}
"""Stand-ins of secrets that need a form of their own, by the last part of their key."""


def read(stack: str) -> dict[str, Any]:
    """The keys under `config:`, secrets replaced.

    Raises SettingsError where there is no such file, or none that Pulumi would read.
    """
    path = INFRASTRUCTURE / f"Pulumi.{stack}.yaml"
    try:
        document = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise SettingsError(
            f"{path.name} is not there; 'git checkout -- finks-infrastructure/{path.name}' brings"
            " it back"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise SettingsError(f"{path.name}: {where}{problem}; mend the YAML") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(
            f"{path.name}: there has to be a mapping 'config:' with keys that start with finks:;"
            " docs/aws/configuration.md has an example"
        )
    return {str(key): _decrypted(str(key), value) for key, value in config.items()}


def _decrypted(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return _DECRYPTED.get(key, "simulated-secret")
        return {name: _decrypted(str(name), inner) for name, inner in value.items()}
    return value
