"""Runs the Glue job from bronze to silver and waits for its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError
from prefect.logging import get_run_logger

from config import Settings
from errors import CapacityError, JobFailedError, TimeLimitError, TransientError
from tasks.common import aws_errors, new_run_id, pipeline_task

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import JobRunTypeDef

RUNNING = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
_NO_CAPACITY = ("ConcurrentRunsExceededException", "ResourceNumberLimitExceededException")
_TRANSIENT_MESSAGES = ("LAUNCH ERROR", "Throttling", "Rate exceeded", "SlowDown", "unavailable")


@pipeline_task("transform {start}..{end}")
def transform(start: date, end: date) -> str:
    """Run the job once for all dates of the range; returns the run id of what it wrote.

    Raises JobFailedError with the job's own message, CapacityError and TransientError for what
    may pass. A flow run that is cancelled stops the job run.
    """
    settings = Settings()
    job = settings.names.glue_job
    glue = boto3.client("glue")
    run_id = new_run_id()
    with aws_errors("start the Glue job"):
        job_run_id = _start(glue, job, glue_arguments(start, end, run_id))
    get_run_logger().info("Glue job run %s of %s started", job_run_id, job)
    with _stopped_on_error(glue, job, job_run_id):
        ended = _wait(glue, settings, job, job_run_id)
    state, message = ended["JobRunState"], ended.get("ErrorMessage", "")
    if state == "SUCCEEDED":
        get_run_logger().info("Glue job run %s took %s s", job_run_id, ended.get("ExecutionTime"))
        return run_id
    complaint = f"Glue job run {job_run_id} of {job} ended {state}: {message}"
    if state == "STOPPED" or any(text in message for text in _TRANSIENT_MESSAGES):
        raise TransientError(complaint)
    raise JobFailedError(f"{complaint}. Its log is in CloudWatch under /aws-glue/jobs")


def glue_arguments(start: date, end: date, run_id: str) -> dict[str, str]:
    """The arguments of a run, over the job's defaults (which name the buckets)."""
    return {
        "--START_DATE": start.isoformat(),
        "--END_DATE": end.isoformat(),
        "--RUN_ID": run_id,
    }


def _start(glue: GlueClient, job: str, arguments: dict[str, str]) -> str:
    try:
        return glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _NO_CAPACITY:
            raise CapacityError(f"Glue has no room for another run of {job}: {error}") from error
        if code == "EntityNotFoundException":
            raise JobFailedError(
                f"there is no Glue job {job}: deploy the infrastructure of this environment first"
            ) from error
        raise


def _wait(glue: GlueClient, settings: Settings, job: str, job_run_id: str) -> JobRunTypeDef:
    deadline = time.monotonic() + settings.glue_timeout_minutes * 60
    while True:
        with aws_errors("look after the Glue job"):
            found = glue.get_job_run(JobName=job, RunId=job_run_id)["JobRun"]
        if found["JobRunState"] not in RUNNING:
            return found
        if time.monotonic() > deadline:
            raise TimeLimitError(
                f"Glue job run {job_run_id} took longer than {settings.glue_timeout_minutes:g}"
                " minutes and was stopped: run a shorter range, or raise"
                " FINKS_GLUE_TIMEOUT_MINUTES"
            )
        time.sleep(settings.poll_seconds)


@contextmanager
def _stopped_on_error(glue: GlueClient, job: str, job_run_id: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # Also a cancelled flow run: Prefect raises its signal here.
        glue.batch_stop_job_run(JobName=job, JobRunIds=[job_run_id])
        raise
