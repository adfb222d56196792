"""AWS's own CloudFormation resource schemas of the region, as cfn-lint ships them."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from blueprint.names import REGION


@lru_cache(maxsize=1)
def _schemas() -> Path:
    # The files alone: importing cfn-lint takes three seconds.
    spec = find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            "cfn-lint, which ships AWS's resource schemas, is not installed; run 'make setup'"
        )
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


def _read(path: str) -> Any:
    return json.loads((_schemas() / path).read_text())


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    return dict(_read(f"providers/{REGION}.json"))


@lru_cache(maxsize=200)
def resource_schema(cfn_type: str) -> dict[str, Any]:
    """Schema of a resource type in the region; KeyError if the region does not offer it."""
    return dict(_read(f"resources/{_index()[cfn_type]}.json"))


@lru_cache(maxsize=100)
def extension(name: str) -> Any:
    """A schema that cfn-lint adds, such as `aws_ecs_taskdefinition/fargate_cpu_memory`.

    Some have a schema for each region; it is then that of ours.
    """
    schema = _read(f"extensions/{name}.json")
    return schema.get(REGION, schema)


@lru_cache(maxsize=20)
def other_schema(name: str) -> Any:
    """Another schema of cfn-lint's, such as `iam/policy_identity`."""
    return _read(f"other/{name}.json")
