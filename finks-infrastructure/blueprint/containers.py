"""The pipeline's own containers: ingestion and dbt."""

from __future__ import annotations

from collections.abc import Mapping

from blueprint.names import CONNECTORS, REGION, Names
from blueprint.sizes import DBT, INGESTION, TaskSize
from blueprint.task_definition import (
    LOCAL_IMAGES,
    TMP,
    ContainerPlatform,
    TaskDefinition,
    container,
)

INGESTION_CONTAINER = "fmp-connector"
DBT_CONTAINER = "dbt"
FMP_STABLE_URL = "https://financialmodelingprep.com/stable"
FMP_CALLS_PER_MINUTE = 300


def task_definitions(
    names: Names,
    *,
    fmp_secret_arn: str,
    images: Mapping[str, str] = LOCAL_IMAGES,
    region: str = REGION,
    exec_enabled: bool = False,
    ingestion_size: TaskSize = INGESTION,
    dbt_size: TaskSize = DBT,
    fmp_base_url: str = FMP_STABLE_URL,
    fmp_calls_per_minute: int = FMP_CALLS_PER_MINUTE,
    market_today: str = "",
) -> tuple[TaskDefinition, ...]:
    """The task definitions that the flows run.

    `images` are references by project. `market_today` is the clock setting (ISO date), empty for
    the real day.
    """
    platform = ContainerPlatform(names, images, region, exec_enabled)
    volumes = platform.volumes(TMP)
    return (
        TaskDefinition(
            family=names.ingestion_task,
            cpu=ingestion_size.cpu,
            memory=ingestion_size.memory,
            role="fmp-ingestion",
            volumes=volumes,
            container=container(
                platform,
                family=names.ingestion_task,
                name=INGESTION_CONTAINER,
                project="finks-ingestion",
                entry_point=["python", "-m", "connectors"],
                command=[CONNECTORS[0]],
                environment={
                    "S3_BUCKET": names.bucket("bronze"),
                    "FMP_BASE_URL": fmp_base_url,
                    "FMP_CALLS_PER_MINUTE": str(fmp_calls_per_minute),
                    "FINKS_TODAY": market_today,
                },
                secrets={"FMP_API_KEY": fmp_secret_arn},
                volumes=volumes,
            ),
        ),
        TaskDefinition(
            family=names.dbt_task,
            cpu=dbt_size.cpu,
            memory=dbt_size.memory,
            role="dbt",
            volumes=volumes,
            container=container(
                platform,
                family=names.dbt_task,
                name=DBT_CONTAINER,
                project="finks-dbt",
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
                volumes=volumes,
            ),
        ),
    )
