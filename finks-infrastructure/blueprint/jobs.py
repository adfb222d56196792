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
ATHENA_ENGINE = "Athena engine version 3"


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


def aws_arguments(names: Names) -> dict[str, str]:
    """Arguments that only Glue itself understands, besides those of the job.

    The groups of its logs are the stack's own, so that they end with it
    (AWS Glue Developer Guide, "Logging for AWS Glue jobs").
    """
    return {
        "--custom-logGroup-prefix": names.glue_log_group,
        "--enable-observability-metrics": "true",
        # The flows know what is done; a bookmark would leave out what is asked for again.
        "--job-bookmark-option": "job-bookmark-disable",
        "--TempDir": f"s3://{names.bucket('artifacts')}/glue-temp/",
    }


def glue_log_groups(names: Names) -> tuple[str, ...]:
    """The log groups of the Glue job.

    With a security configuration Glue appends its name to some of them, depending on the version.
    """
    ends = ("", f"-{names.glue_security}")
    return tuple(
        f"{names.glue_log_group}/{kind}{end}" for kind in ("output", "error") for end in ends
    )


def workgroups(
    names: Names, *, bytes_scanned_limit: int = BYTES_SCANNED_LIMIT
) -> tuple[Workgroup, ...]:
    """The two workgroups: people and the API, and dbt; the limit is that of one query."""
    return (
        Workgroup(
            name=names.workgroup,
            description="People and the data API",
            enforced=True,
            output_location=names.athena_results,
            bytes_scanned_limit=bytes_scanned_limit,
        ),
        Workgroup(
            name=names.dbt_workgroup,
            description="dbt, which chooses the location of each table itself",
            enforced=False,
            output_location=names.athena_results,
            bytes_scanned_limit=bytes_scanned_limit,
        ),
    )
