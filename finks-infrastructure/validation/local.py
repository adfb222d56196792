"""The running local stack.

It does what the platform's parts do (a sample object, a flow through the worker, an ECS task, a
Glue run, a query) and removes what it wrote. Ports and folders come from the same settings as
the stack's.
"""

from __future__ import annotations

import functools
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from blueprint.containers import INGESTION_CONTAINER
from blueprint.tables import FMP_QUOTES
from config.local import LocalSettings, SettingsError, load
from local import aws, health
from local.athena import QueryError, query
from local.prefect_api import PrefectApi, PrefectApiError
from local.services import services
from local.supervisor import Supervisor
from validation.check import Check, CheckError, run, until

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_s3.client import S3Client

_WAIT_SECONDS = 180
_POLL_SECONDS = 0.5
_CHECK_FLOW = "stack-check/check"


def checks(settings: LocalSettings) -> Iterator[tuple[str, Check]]:
    """All checks by name; each returns what it saw or raises."""
    for service in services(settings):
        yield f"{service.name} is healthy", functools.partial(_healthy, settings, service.name)
    yield "a sample object is stored and read back", lambda: _sample_object(settings)
    yield "a flow runs through the worker", lambda: _flow(settings)
    yield "an ECS task runs", lambda: _ecs_task(settings)
    yield "a Glue job run succeeds", lambda: _glue_run(settings)
    yield "a query answers", lambda: _query(settings)


def main() -> int:
    """Run all checks; 0 when all hold, 1 when one does not."""
    try:
        settings = load()
    except SettingsError as error:
        sys.stderr.write(f"validate: {error}\n")
        return 1
    if not Supervisor(settings).running:
        sys.stderr.write("validate: the stack does not run; 'make start' starts it\n")
        return 1
    return run(checks(settings), QueryError, PrefectApiError)


def _healthy(settings: LocalSettings, name: str) -> str:
    service = next(service for service in services(settings) if service.name == name)
    answer = health.check(settings, service)
    if not answer.healthy:
        log = settings.logs_dir / f"{name}.log"
        raise CheckError(f"{answer.detail}; its log: {log}; 'make start' starts it")
    return answer.detail


def _sample_object(settings: LocalSettings) -> str:
    s3: S3Client = _client(settings, "s3")
    bucket, key = settings.names.bucket("artifacts"), f"_checks/{uuid.uuid4()}.txt"
    body = uuid.uuid4().bytes * 1024
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    try:
        if s3.get_object(Bucket=bucket, Key=key)["Body"].read() != body:
            raise CheckError(f"s3://{bucket}/{key} reads back other bytes than were written")
    finally:
        s3.delete_object(Bucket=bucket, Key=key)
    return f"{len(body)} bytes in s3://{bucket}"


def _flow(settings: LocalSettings) -> str:
    with PrefectApi(settings) as prefect:
        run = prefect.run_deployment(_CHECK_FLOW, {})
        run = _until(lambda: prefect.flow_run(run.id), lambda found: found.finished)
    if not run.succeeded:
        raise CheckError(f"{run.name} ended {run.state_name}: {run.message}")
    return f"{run.name} {run.state_name}"


def _ecs_task(settings: LocalSettings) -> str:
    ecs: ECSClient = _client(settings, "ecs")
    names = settings.names
    answer = ecs.run_task(
        cluster=names.cluster,
        taskDefinition=names.ingestion_task,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-local"]}},
        overrides={"containerOverrides": [{"name": INGESTION_CONTAINER, "command": ["contract"]}]},
    )
    if answer["failures"]:
        raise CheckError(f"RunTask failed: {answer['failures']}")
    arn = answer["tasks"][0]["taskArn"]
    task = _until(
        lambda: ecs.describe_tasks(cluster=names.cluster, tasks=[arn])["tasks"][0],
        lambda found: found["lastStatus"] == "STOPPED",
    )
    code = task["containers"][0].get("exitCode")
    if code != 0:
        raise CheckError(
            f"exit code {code}: {task.get('stoppedReason')}; 'make logs SERVICE=cloud'"
        )
    return f"{arn.rpartition('/')[2]} exit code 0"


def _glue_run(settings: LocalSettings) -> str:
    """Transform the newest day of bronze into a run of its own, look at it, and remove it."""
    names = settings.names
    s3: S3Client = _client(settings, "s3")
    glue: GlueClient = _client(settings, "glue")
    prefix = f"fmp/{FMP_QUOTES.dataset}/dt="
    manifests = [key for key in _keys(s3, names.bucket("bronze"), prefix) if "_manifest" in key]
    if not manifests:
        raise CheckError("bronze holds no day yet; run 'make pipeline DATE=2013-02-15' first")
    body = s3.get_object(Bucket=names.bucket("bronze"), Key=manifests[-1])["Body"].read()
    manifest: dict[str, Any] = json.loads(body)
    run_id = f"check-{uuid.uuid4().hex[:12]}"
    job_run = glue.start_job_run(
        JobName=names.glue_job, Arguments={"--DATE": manifest["date"], "--RUN_ID": run_id}
    )["JobRunId"]
    run = _until(
        lambda: glue.get_job_run(JobName=names.glue_job, RunId=job_run)["JobRun"],
        lambda found: found["JobRunState"] not in {"STARTING", "RUNNING", "STOPPING", "WAITING"},
    )
    written = [key for key in _keys(s3, names.bucket("silver"), "") if run_id in key]
    try:
        if run["JobRunState"] != "SUCCEEDED":
            raise CheckError(f"{job_run} ended {run['JobRunState']}: {run.get('ErrorMessage')}")
        if not any(key.endswith(".parquet") for key in written):
            raise CheckError(f"{job_run} succeeded and wrote no Parquet file")
    finally:
        for key in written:
            s3.delete_object(Bucket=names.bucket("silver"), Key=key)
    return f"{manifest['date']}: {manifest['rows']} rows, {len(written)} files"


def _query(settings: LocalSettings) -> str:
    table = f"{settings.names.database('silver')}.{FMP_QUOTES.name}"
    rows = query(settings, f"SELECT count(*) AS n, 7 / 2 AS half FROM {table}")  # noqa: S608
    if rows[0]["half"] != "3":
        raise CheckError(f"7 / 2 is {rows[0]['half']}; Athena divides integers to 3")
    return f"{rows[0]['n']} rows in {table}"


def _keys(s3: S3Client, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def _until[T](look: Callable[[], T], done: Callable[[T], bool]) -> T:
    return until(look, done, wait_seconds=_WAIT_SECONDS, poll_seconds=_POLL_SECONDS)


def _client(settings: LocalSettings, service: str) -> Any:
    client = aws.session(settings).client
    return client(service, **aws.client_options(settings))  # type: ignore[call-overload]
