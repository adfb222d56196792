"""Each project's side of the contracts, as that project prints it from its own environment."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from blueprint.names import Names
from local.services import DBT, INGESTION, PIPELINES, python_of

Contract = dict[str, Any]


def _printed(project: Any, *arguments: str) -> Contract:
    environment = {"PATH": os.environ["PATH"], "FINKS_ENV": "local", "AWS_REGION": "ca-central-1"}
    result = subprocess.run(
        [python_of(project), "-m", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    contract: Contract = json.loads(result.stdout)
    return contract


@pytest.fixture(scope="session")
def ingestion() -> Contract:
    return _printed(INGESTION, "connectors", "contract")


@pytest.fixture(scope="session")
def second_connector() -> Contract:
    """A connector that does not run on AWS."""
    return _printed(INGESTION, "connectors", "contract", "fmp_bulk")


@pytest.fixture(scope="session")
def pipelines() -> Contract:
    return _printed(PIPELINES, "contract")


@pytest.fixture(scope="session")
def dbt() -> Contract:
    return _printed(DBT, "runner", "contract")


@pytest.fixture(scope="session")
def names() -> Names:
    return Names("local")
