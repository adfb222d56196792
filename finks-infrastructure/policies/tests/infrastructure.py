"""What only the program's own environment knows: its stacks' graphs and the provider's SDK."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

INFRASTRUCTURE = Path(__file__).parents[2]
PYTHON = INFRASTRUCTURE / ".venv/bin/python"
_PROPERTIES = """
import importlib, inspect, json, re, sys
found = {}
for token in json.load(sys.stdin):
    module = token.removeprefix("aws:").partition("/")[0]
    package = importlib.import_module("pulumi_aws." + {"lambda": "lambda_"}.get(module, module))
    resource = getattr(package, token.rpartition(":")[2], None)
    if resource is None:
        continue
    names = inspect.signature(resource._internal_init).parameters
    found[token] = [re.sub("_(.)", lambda m: m[1].upper(), name) for name in names]
print(json.dumps(found))
"""


def run(*arguments: str, stdin: str = "", **environment: str) -> str:
    """What the program's Python prints; raises AssertionError with its complaint if it fails."""
    done = subprocess.run(
        [str(PYTHON), *arguments],
        cwd=INFRASTRUCTURE,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def sdk_inputs(types: set[str]) -> dict[str, set[str]]:
    """Inputs of types of the AWS provider, in camelCase; what does not exist is left out."""
    found: dict[str, Any] = json.loads(run("-c", _PROPERTIES, stdin=json.dumps(sorted(types))))
    return {token: set(names) for token, names in found.items()}
