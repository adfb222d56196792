"""Renders the blueprint into the local cloud with boto3, as the Pulumi program does on AWS.

Every function compares before it writes, so a second run changes nothing; each yields a line for
what it made or changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from blueprint import jobs
from blueprint.catalog import table_input
from blueprint.containers import task_definitions
from blueprint.names import Names
from blueprint.tables import DATABASES, SILVER_TABLES
from blueprint.task_definition import TaskDefinition
from config.local import LocalSettings
from local import aws
from local.services import PIPELINES

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient
    from mypy_boto3_ecs.client import ECSClient
    from mypy_boto3_glue.client import GlueClient
    from mypy_boto3_glue.type_defs import TableInputTypeDef
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

GLUE_SCRIPT = PIPELINES / "glue_scripts" / "bronze_to_silver.py"
_ROLE = "arn:aws:iam::123456789012:role/"


def bootstrap(settings: LocalSettings) -> Iterator[str]:
    """Bring the local cloud to what the blueprint says; yields what was made or changed."""
    names = settings.names
    session, options = aws.session(settings), aws.client_options(settings)
    s3: S3Client = session.client("s3", **options)
    glue: GlueClient = session.client("glue", **options)
    secrets: SecretsManagerClient = session.client("secretsmanager", **options)
    yield from _buckets(s3, names, session.region_name)
    yield from _script(s3, names, GLUE_SCRIPT)
    yield from _catalog(glue, names)
    yield from _glue_job(glue, names)
    yield from _workgroups(session.client("athena", **options), names)
    yield from _secret(secrets, names.fmp_secret, settings.fmp_api_key)
    definitions = task_definitions(
        names,
        fmp_secret_arn=secrets.describe_secret(SecretId=names.fmp_secret)["ARN"],
        fmp_base_url=settings.fmp_base_url,
        market_today=settings.clock.isoformat() if settings.clock else "",
    )
    yield from _tasks(
        session.client("ecs", **options), session.client("logs", **options), names, definitions
    )


def _buckets(s3: S3Client, names: Names, region: str) -> Iterator[str]:
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for bucket in names.buckets.values():
        if bucket not in there:
            s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
            )
            yield f"bucket {bucket}"


def _script(s3: S3Client, names: Names, script: Path) -> Iterator[str]:
    bucket, _, key = names.glue_script.removeprefix("s3://").partition("/")
    body = script.read_bytes()
    try:
        stored = s3.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchKey"}:
            raise
        stored = ""
    if stored != hashlib.md5(body, usedforsecurity=False).hexdigest():
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="text/x-python")
        yield f"Glue script {names.glue_script}"


def _catalog(glue: GlueClient, names: Names) -> Iterator[str]:
    pages = glue.get_paginator("get_databases").paginate()
    there = {database["Name"] for page in pages for database in page["DatabaseList"]}
    for layer, description in DATABASES.items():
        database = names.database(layer)
        if database not in there:
            glue.create_database(DatabaseInput={"Name": database, "Description": description})
            yield f"Glue database {database}"
    database = names.database("silver")
    for table in SILVER_TABLES:
        wanted = cast("TableInputTypeDef", table_input(names, table))
        try:
            found = glue.get_table(DatabaseName=database, Name=table.name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            glue.create_table(DatabaseName=database, TableInput=wanted)
            yield f"Glue table {database}.{table.name}"
            continue
        if not _contains(found, wanted):
            glue.update_table(DatabaseName=database, TableInput=wanted)
            yield f"Glue table {database}.{table.name} changed"


def _glue_job(glue: GlueClient, names: Names) -> Iterator[str]:
    job = jobs.bronze_to_silver(names)
    wanted: dict[str, Any] = {
        "Role": f"{_ROLE}{names.prefix}-glue",
        "Command": {"Name": "glueetl", "ScriptLocation": job.script, "PythonVersion": "3"},
        "DefaultArguments": job.default_arguments,
        "GlueVersion": jobs.GLUE_VERSION,
        "WorkerType": jobs.GLUE_WORKER_TYPE,
        "NumberOfWorkers": jobs.GLUE_WORKERS,
        "Timeout": jobs.GLUE_TIMEOUT_MINUTES,
        "ExecutionProperty": {"MaxConcurrentRuns": jobs.GLUE_MAX_CONCURRENT_RUNS},
    }
    try:
        found = glue.get_job(JobName=job.name)["Job"]
    except glue.exceptions.EntityNotFoundException:
        glue.create_job(Name=job.name, **wanted)
        yield f"Glue job {job.name}"
        return
    if not _contains(found, wanted):
        glue.update_job(JobName=job.name, JobUpdate=wanted)  # type: ignore[arg-type]
        yield f"Glue job {job.name} changed"


def _workgroups(athena: AthenaClient, names: Names) -> Iterator[str]:
    there = {group["Name"] for group in athena.list_work_groups()["WorkGroups"]}
    for group in jobs.workgroups(names):
        if group.name in there:
            continue
        athena.create_work_group(
            Name=group.name,
            Description=group.description,
            Configuration={
                "ResultConfiguration": {"OutputLocation": group.output_location},
                "EnforceWorkGroupConfiguration": group.enforced,
                "BytesScannedCutoffPerQuery": group.bytes_scanned_limit,
            },
        )
        yield f"Athena workgroup {group.name}"


def _secret(secrets: SecretsManagerClient, name: str, value: str) -> Iterator[str]:
    try:
        stored = secrets.get_secret_value(SecretId=name)["SecretString"]
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name=name, SecretString=value)
        yield f"secret {name}"
        return
    if stored != value:
        secrets.put_secret_value(SecretId=name, SecretString=value)
        yield f"secret {name} changed"


def _tasks(
    ecs: ECSClient,
    logs: CloudWatchLogsClient,
    names: Names,
    definitions: tuple[TaskDefinition, ...],
) -> Iterator[str]:
    if not ecs.describe_clusters(clusters=[names.cluster])["clusters"]:
        ecs.create_cluster(clusterName=names.cluster)
        yield f"ECS cluster {names.cluster}"
    for definition in definitions:
        group = names.log_group(definition.family)
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
            yield f"log group {group}"
        wanted: dict[str, Any] = {
            "cpu": str(definition.cpu),
            "memory": str(definition.memory),
            # ECS takes the task's memory; moto asks for the container's as well.
            "containerDefinitions": [{**definition.container, "memory": definition.memory}],
            "volumes": [{"name": volume.name} for volume in definition.volumes],
        }
        try:
            found = ecs.describe_task_definition(taskDefinition=definition.family)
        except ClientError:
            found = None
        if found is None or not _contains(found["taskDefinition"], wanted):
            ecs.register_task_definition(
                family=definition.family,
                requiresCompatibilities=["FARGATE"],
                networkMode="awsvpc",
                executionRoleArn=f"{_ROLE}{names.prefix}-ecs-execution",
                taskRoleArn=f"{_ROLE}{definition.family}",
                **wanted,
            )
            yield f"ECS task definition {definition.family}"


def _contains(found: Any, wanted: Any) -> bool:
    """Whether an answer of AWS says everything that was asked for; it may say more."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _contains(found.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(_contains(*pair) for pair in zip(found, wanted, strict=True))
        )
    return bool(found == wanted)
