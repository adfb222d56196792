"""The Glue job and the Athena workgroups."""

from __future__ import annotations

from dataclasses import dataclass

from blueprint.names import Names

GLUE_VERSION = "6.0"
GLUE_WORKER_TYPE = "G.1X"
GLUE_WORKERS = 2
GLUE_TIMEOUT_MINUTES = 60
GLUE_MAX_CONCURRENT_RUNS = 4
BYTES_SCANNED_LIMIT = 10 * 1024**3


@dataclass(frozen=True)
class GlueJob:
    """A Glue Spark job."""

    name: str
    script: str
    default_arguments: dict[str, str]


@dataclass(frozen=True)
class Workgroup:
    """An Athena workgroup; `enforced` settings win over those of the client."""

    name: str
    description: str
    enforced: bool
    output_location: str
    bytes_scanned_limit: int = BYTES_SCANNED_LIMIT


def bronze_to_silver(names: Names) -> GlueJob:
    """The job that cleanses bronze into silver."""
    return GlueJob(
        name=names.glue_job,
        script=names.glue_script,
        default_arguments={
            "--SOURCE_BUCKET": names.bucket("bronze"),
            "--TARGET_BUCKET": names.bucket("silver"),
            "--job-language": "python",
            "--enable-metrics": "true",
            "--enable-continuous-cloudwatch-log": "true",
        },
    )


def workgroups(names: Names) -> tuple[Workgroup, ...]:
    """The two workgroups: people and the API, and dbt."""
    return (
        Workgroup(
            name=names.workgroup,
            description="People and the data API",
            enforced=True,
            output_location=names.athena_results,
        ),
        Workgroup(
            name=names.dbt_workgroup,
            description="dbt, which chooses the location of each table itself",
            enforced=False,
            output_location=names.athena_results,
        ),
    )
