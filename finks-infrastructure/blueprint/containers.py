"""Container definitions of the ECS tasks, in ECS's own shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blueprint.names import REGION, Names

INGESTION_CONTAINER = "fmp-connector"
DBT_CONTAINER = "dbt"
FMP_STABLE_URL = "https://financialmodelingprep.com/stable"
FMP_CALLS_PER_MINUTE = 300


@dataclass(frozen=True)
class TaskDefinition:
    """An ECS task definition with one container; `cpu` in CPU units, `memory` in MiB."""

    family: str
    cpu: int
    memory: int
    container: dict[str, Any]


def task_definitions(
    names: Names,
    *,
    fmp_secret_arn: str,
    registry: str = "",
    tag: str = "latest",
    fmp_base_url: str = FMP_STABLE_URL,
    market_today: str = "",
) -> tuple[TaskDefinition, ...]:
    """The task definitions of the pipeline.

    The repository of an image is named like the project that it is built from: that is also
    how the local cloud finds the project in which it runs the command. `market_today` is the
    clock setting (ISO date), empty for the real day.
    """
    return (
        TaskDefinition(
            family=names.ingestion_task,
            cpu=512,
            memory=1024,
            container=_container(
                names,
                family=names.ingestion_task,
                name=INGESTION_CONTAINER,
                image=f"{registry}finks-ingestion:{tag}",
                entry_point=["python", "-m", "connectors"],
                command=["fmp"],
                environment={
                    "S3_BUCKET": names.bucket("bronze"),
                    "FMP_BASE_URL": fmp_base_url,
                    "FMP_CALLS_PER_MINUTE": str(FMP_CALLS_PER_MINUTE),
                    "FINKS_TODAY": market_today,
                },
                secrets={"FMP_API_KEY": fmp_secret_arn},
            ),
        ),
        TaskDefinition(
            family=names.dbt_task,
            cpu=1024,
            memory=2048,
            container=_container(
                names,
                family=names.dbt_task,
                name=DBT_CONTAINER,
                image=f"{registry}finks-dbt:{tag}",
                entry_point=["python", "-m", "runner"],
                command=["build"],
                environment={
                    "DBT_TARGET": names.environment,
                    "ATHENA_WORKGROUP": names.dbt_workgroup,
                    "ATHENA_STAGING_URI": names.athena_results,
                    "GOLD_DATA_URI": f"s3://{names.bucket('gold')}/",
                    "ARTIFACTS_URI": f"s3://{names.bucket('artifacts')}/dbt/",
                    "FINKS_TODAY": market_today,
                },
                secrets={},
            ),
        ),
    )


def _container(
    names: Names,
    *,
    family: str,
    name: str,
    image: str,
    entry_point: list[str],
    command: list[str],
    environment: dict[str, str],
    secrets: dict[str, str],
) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        "essential": True,
        "entryPoint": entry_point,
        "command": command,
        "environment": [
            {"name": key, "value": value}
            for key, value in {"FINKS_ENV": names.environment, **environment}.items()
            if value
        ],
        "secrets": [{"name": key, "valueFrom": value} for key, value in secrets.items()],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": names.log_group(family),
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs",
            },
        },
    }
