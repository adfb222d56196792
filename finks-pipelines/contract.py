"""The flows' side of the contracts between the projects: ``python -m contract`` prints it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from config import EXCHANGE, SUPERSEDED_TAG, Settings
from silver import TABLES
from tasks import bronze, dbt, ingestion, metrics
from tasks.audit import files_prefix, report_key
from tasks.glue import glue_arguments

_DAY = date(2013, 3, 1)


def contract(settings: Settings) -> dict[str, Any]:
    """Names, environments, exit codes, paths and metrics that the flows rely on."""
    names = settings.names
    run = {"symbols": ("AAPL",), "datasets": bronze.DATASETS, "force": True, "run_id": "r1"}
    return {
        "project": "finks-pipelines",
        "exchange": EXCHANGE,
        "buckets": {zone: names.bucket(zone) for zone in ("bronze", "silver")},
        "cluster": names.cluster,
        "silver_database": names.silver_database,
        "ingestion": {
            "task_definition": names.ingestion_task,
            "container": names.ingestion_container,
            "environment": sorted(
                ingestion.ingestion_environment(start=_DAY, end=_DAY, **run)  # type: ignore[arg-type]
            ),
            "exit_codes": ingestion.EXIT_CODES,
        },
        "dbt": {
            "task_definition": names.dbt_task,
            "container": names.dbt_container,
            "environment": sorted(dbt.dbt_environment(_DAY, _DAY, "r1")),
            "exit_codes": dbt.EXIT_CODES,
        },
        "glue": {
            "job": names.glue_job,
            "arguments": sorted(glue_arguments(_DAY, _DAY, "r1")),
        },
        "bronze": {
            "datasets": list(bronze.DATASETS),
            "manifest_key": bronze.manifest_key(bronze.HISTORICAL, _DAY),
            "manifest_schema_version": bronze.SCHEMA_VERSION,
            "manifest_fields": sorted(bronze.Manifest.model_fields),
            "file_fields": sorted(bronze.BronzeFile.model_fields),
            "status_complete": bronze.COMPLETE,
        },
        "silver": {
            table.name: {
                "dataset": table.dataset,
                "key": list(table.key),
                "files": files_prefix(table.name, _DAY, "r1"),
                "report": report_key(table.name, _DAY, "r1"),
            }
            for table in TABLES
        },
        "superseded_tag": list(SUPERSEDED_TAG),
        "metrics": {
            "namespace": names.metrics_namespace,
            "names": [
                metrics.RECORDS_PROCESSED,
                metrics.PIPELINE_LATENCY,
                metrics.DATA_QUALITY_SCORE,
            ],
            "dimensions": list(metrics.DIMENSIONS),
        },
    }


def main() -> None:
    """Print the contract as JSON."""
    print(json.dumps(contract(Settings()), indent=1))  # noqa: T201 (the output of the command)


if __name__ == "__main__":
    main()
