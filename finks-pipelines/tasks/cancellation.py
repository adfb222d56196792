"""Stops what a flow run has started, when the run itself can no longer do so."""

from __future__ import annotations

import logging
from typing import Any

import boto3

from config import Settings
from tasks.ecs import stop_tasks_of
from tasks.glue import RUNNING


def stop_what_it_started(flow: Any, flow_run: Any, state: Any) -> None:  # noqa: ARG001
    """Hook of a flow that was cancelled or crashed: stop its ECS tasks and Glue job runs.

    A run that is asked to end does this itself; a killed one cannot.
    """
    settings = Settings()
    logger = logging.getLogger("prefect.flow_runs")
    run_id = str(flow_run.id)
    for task_arn in stop_tasks_of(settings, run_id):
        logger.warning("stopped ECS task %s", task_arn)
    for job_run_id in _stop_job_runs(settings.names.glue_job, run_id):
        logger.warning("stopped Glue job run %s", job_run_id)


def _stop_job_runs(job: str, flow_run_id: str) -> list[str]:
    glue = boto3.client("glue")
    found = [
        job_run["Id"]
        for job_run in glue.get_job_runs(JobName=job, MaxResults=100)["JobRuns"]
        if job_run["JobRunState"] in RUNNING
        and f"-{flow_run_id[:8]}-" in job_run.get("Arguments", {}).get("--RUN_ID", "")
    ]
    if found:
        glue.batch_stop_job_run(JobName=job, JobRunIds=found)
    return found
