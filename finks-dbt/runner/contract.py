"""What the other projects may rely on, read from the dbt project itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from runner.artifacts import ARTIFACTS, LOG
from runner.execution import FAILED_NODES, SUCCESS, TERMINATED, UNHANDLED
from runner.settings import OPTIONAL, REQUIRED, TARGETS

SUMMARY_TABLE = "daily_portfolio_summary"
BLOCKED_TEST = "test.finks.blocked_portfolio_days"


def contract(project_dir: Path) -> dict[str, Any]:
    """The dbt side of the contract between the projects, as JSON."""
    return {
        "project": "finks-dbt",
        "container": {
            "entry_point": ["python", "-m", "runner"],
            "command": ["build"],
            "environment": {"required": list(REQUIRED), "optional": sorted(OPTIONAL)},
            "targets": list(TARGETS),
            "exit_codes": {
                str(SUCCESS): "all nodes succeeded, warnings included",
                str(FAILED_NODES): "some nodes failed",
                str(UNHANDLED): "bad configuration or unhandled error",
                str(int(TERMINATED)): "terminated",
            },
            "artifacts": [*ARTIFACTS, LOG],
        },
        "database_layers": {"reads": ["silver"], "writes": ["stg", "audit", "gold"]},
        "blocked_test": BLOCKED_TEST,
        "reads": source_columns(project_dir),
        "writes": {
            SUMMARY_TABLE: {
                "layer": "gold",
                "key": ["portfolio_id", "date"],
                "columns": model_columns(project_dir)[SUMMARY_TABLE],
            }
        },
    }


def source_columns(project_dir: Path) -> dict[str, dict[str, str]]:
    """Name and Hive type of every silver column that the models read, by table."""
    (silver,) = _properties(project_dir / "models/staging/_sources.yml")["sources"]
    return {table["name"]: _column_types(table) for table in silver["tables"]}


def model_columns(project_dir: Path) -> dict[str, dict[str, str]]:
    """Name and Hive type of every column of the published tables, by table."""
    models = _properties(project_dir / "models/marts/_models.yml")["models"]
    return {model["name"]: _column_types(model) for model in models}


def _properties(path: Path) -> dict[str, Any]:
    properties: dict[str, Any] = yaml.safe_load(path.read_text())
    return properties


def _column_types(table: dict[str, Any]) -> dict[str, str]:
    return {column["name"]: column["data_type"] for column in table["columns"]}
