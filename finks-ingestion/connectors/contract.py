"""This project's side of the contracts with its siblings, as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from connectors.base import Connector
from connectors.datasets import Dataset
from connectors.errors import ExitCode
from connectors.metrics import ALL_DATASETS, DIMENSIONS, METRICS, NAMESPACE, STAGE
from connectors.settings import environment_variables
from utils.arrow import bronze_schema
from utils.manifests import MANIFEST_VERSION, FileEntry, Manifest


def contract(connector: type[Connector]) -> dict[str, Any]:
    """Environment variables, exit codes, layout and schemas of bronze, metrics."""
    fields = connector.settings_class.model_fields
    return {
        "project": "finks-ingestion",
        "command": ["python", "-m", "connectors", connector.source],
        "environment": {
            "reads": environment_variables(connector.settings_class),
            "required": sorted(name.upper() for name, f in fields.items() if f.is_required()),
            "secrets": sorted(n.upper() for n, f in fields.items() if f.annotation is SecretStr),
        },
        "exit_codes": {code.name.lower(): int(code) for code in ExitCode},
        "bronze": {
            "file_key": "{source}/{dataset}/run={run_id}/part-NNNNN.parquet",
            "manifest_key": "{source}/{dataset}/dt={date}/_manifest.json",
            "quarantine_key": "{source}/_quarantine/{dataset}/run={run_id}.jsonl",
            "source": connector.source,
            "manifest_version": MANIFEST_VERSION,
            "manifest_fields": list(Manifest.model_fields),
            "manifest_file_fields": list(FileEntry.model_fields),
            "manifest_statuses": ["complete", "incomplete"],
        },
        "datasets": {dataset.name: _schema(dataset) for dataset in connector.datasets},
        "metrics": {
            "namespace": NAMESPACE,
            "names": list(METRICS),
            "dimensions": list(DIMENSIONS),
            "stage": STAGE,
            "all_datasets": ALL_DATASETS,
        },
    }


def _schema(dataset: Dataset) -> dict[str, Any]:
    return {
        "key": list(dataset.model.key),
        "date_field": dataset.date_field,
        "columns": [[f.name, str(f.type)] for f in bronze_schema(dataset.model)],
    }
