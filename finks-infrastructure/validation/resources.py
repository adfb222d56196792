"""Checks that the resources of a deployed stack are there and set up as the program says.

All of them only read, and none reads the value of a secret or an object of the lake.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from botocore.exceptions import ClientError

from blueprint.names import ZONES
from blueprint.tables import DATABASE_LAYERS, SILVER_TABLES
from validation.check import Check, CheckError
from validation.target import Target


def checks(target: Target) -> Iterator[tuple[str, Check]]:
    """The checks by name."""
    for zone in ZONES:
        name = target.names.bucket(zone)
        yield f"bucket {name}", functools.partial(_bucket, target, name)
    yield "Glue databases and tables", lambda: _catalog(target)
    yield "Glue job", lambda: _glue_job(target)
    yield "Athena workgroups", lambda: _workgroups(target)
    yield "task definitions", lambda: _task_definitions(target)
    yield "ECS services are steady", lambda: _services(target)
    yield "database is available", lambda: _database(target)
    yield "secrets have a value", lambda: _secrets(target)
    yield "queue of task events", lambda: _queue(target)
    yield "topics have an address", lambda: _topics(target)
    yield "alarms", lambda: _alarms(target)


def _bucket(target: Target, name: str) -> str:
    s3 = target.session.client("s3")
    s3.head_bucket(Bucket=name)
    wrong = []
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    algorithm = rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm")
    # Load balancers cannot write their logs under a KMS key.
    expected = "AES256" if name == target.names.bucket("logs") else "aws:kms"
    if algorithm != expected:
        wrong.append(f"encryption is {algorithm}, not {expected}")
    if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled":
        wrong.append("versioning is off")
    try:
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        block = {}
    if len(block) < 4 or not all(block.values()):
        wrong.append("public access is not blocked")
    if wrong:
        raise CheckError(f"{'; '.join(wrong)}; 'pulumi refresh' then 'pulumi up' mend it")
    s3.list_objects_v2(Bucket=name, MaxKeys=1)
    return f"{algorithm}, versioned, closed, readable"


def _catalog(target: Target) -> str:
    glue = target.session.client("glue")
    pages = glue.get_paginator("get_databases").paginate()
    there = {database["Name"] for page in pages for database in page["DatabaseList"]}
    _all_there("database", {target.names.database(layer) for layer in DATABASE_LAYERS}, there)
    silver = target.names.database("silver")
    tables = glue.get_paginator("get_tables").paginate(DatabaseName=silver)
    found = {table["Name"] for page in tables for table in page["TableList"]}
    _all_there("table", {table.name for table in SILVER_TABLES}, found)
    return f"{len(DATABASE_LAYERS)} databases, {len(SILVER_TABLES)} tables in {silver}"


def _glue_job(target: Target) -> str:
    job = target.session.client("glue").get_job(JobName=target.names.glue_job)["Job"]
    script = job["Command"].get("ScriptLocation", "")
    bucket, _, key = script.removeprefix("s3://").partition("/")
    target.session.client("s3").head_object(Bucket=bucket, Key=key)
    return f"Glue {job.get('GlueVersion')}, {script}"


def _workgroups(target: Target) -> str:
    athena = target.session.client("athena")
    seen = []
    for name in (target.names.workgroup, target.names.dbt_workgroup):
        group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
        configuration = group.get("Configuration", {})
        if group.get("State") != "ENABLED":
            raise CheckError(f"{name} is {group.get('State')}; enable it in Athena's console")
        if not configuration.get("BytesScannedCutoffPerQuery"):
            raise CheckError(f"{name} has no limit of scanned bytes; 'pulumi up' sets it")
        seen.append(f"{name} ({configuration['BytesScannedCutoffPerQuery'] / 1024**3:g} GiB)")
    return ", ".join(seen)


def _task_definitions(target: Target) -> str:
    ecs, names = target.session.client("ecs"), target.names
    families = (
        names.ingestion_task,
        names.dbt_task,
        names.flow_run_task,
        names.prefect_server,
        names.prefect_worker,
    )
    seen = []
    for family in families:
        task = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        if task["status"] != "ACTIVE":
            raise CheckError(f"{family} is {task['status']}; 'pulumi up' registers it again")
        seen.append(f"{family.removeprefix(names.prefix + '-')}:{task['revision']}")
    return ", ".join(seen)


def _services(target: Target) -> str:
    names = target.names
    answer = target.session.client("ecs").describe_services(
        cluster=names.cluster, services=[names.prefect_server, names.prefect_worker]
    )
    if answer["failures"]:
        missing = ", ".join(failure.get("arn", "?") for failure in answer["failures"])
        raise CheckError(f"no service {missing}; 'pulumi up' makes it")
    for service in answer["services"]:
        unsteady = (
            service["status"] != "ACTIVE"
            or service["runningCount"] != service["desiredCount"]
            or service["pendingCount"] > 0
            or len(service["deployments"]) > 1
        )
        if unsteady:
            events = [event["message"] for event in service.get("events", [])[:1]]
            raise CheckError(
                f"{service['serviceName']} is {service['status']}, {service['runningCount']} of"
                f" {service['desiredCount']} run, {len(service['deployments'])} deployments;"
                f" {events[0] if events else 'no event'}; its log group says why"
            )
    return ", ".join(
        f"{found['serviceName']} {found['runningCount']} of {found['desiredCount']}"
        for found in answer["services"]
    )


def _database(target: Target) -> str:
    name = target.names.database_instance
    rds = target.session.client("rds")
    found = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    if found["DBInstanceStatus"] != "available":
        raise CheckError(
            f"{name} is {found['DBInstanceStatus']}; outside office hours it is stopped,"
            " else RDS's events say why"
        )
    wrong = [
        text
        for text, is_wrong in (
            ("storage is not encrypted", not found.get("StorageEncrypted")),
            ("it is public", found.get("PubliclyAccessible")),
        )
        if is_wrong
    ]
    if wrong:
        raise CheckError(f"{name}: {'; '.join(wrong)}; 'pulumi up' has to replace it")
    zones = "Multi-AZ" if found.get("MultiAZ") else "Single-AZ"
    return f"PostgreSQL {found.get('EngineVersion')}, {found.get('DBInstanceClass')}, {zones}"


def _secrets(target: Target) -> str:
    manager = target.session.client("secretsmanager")
    names = (target.names.fmp_secret, target.names.prefect_auth_secret)
    for name in names:
        found = manager.describe_secret(SecretId=name)
        stages = [stage for held in found.get("VersionIdsToStages", {}).values() for stage in held]
        if "AWSCURRENT" not in stages:
            raise CheckError(f"{name} has no value; docs/aws/bring-up.md says how to set it")
    return ", ".join(names)


def _queue(target: Target) -> str:
    sqs = target.session.client("sqs")
    url = sqs.get_queue_url(QueueName=target.names.observer_queue)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    if "RedrivePolicy" not in attributes:
        raise CheckError(f"{target.names.observer_queue} has no dead-letter queue; 'pulumi up'")
    return f"{attributes['ApproximateNumberOfMessages']} events wait"


def _topics(target: Target) -> str:
    sns = target.session.client("sns")
    arns = sorted(
        {
            value
            for value in target.outputs.values()
            if isinstance(value, str) and value.startswith("arn:aws:sns:")
        }
    )
    if not arns:
        raise CheckError("no output of the stack is an SNS topic; 'pulumi up' makes them")
    for arn in arns:
        sns.get_topic_attributes(TopicArn=arn)
    listed = (sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] for arn in arns)
    waiting = sum(
        1 for found in listed for one in found if one["SubscriptionArn"] == "PendingConfirmation"
    )
    if waiting:
        raise CheckError(f"{waiting} addresses have not confirmed; follow the link in AWS's email")
    return f"{len(arns)} topics"


def _alarms(target: Target) -> str:
    cloudwatch = target.session.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{target.names.prefix}-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    found = [
        (alarm["AlarmName"], alarm["StateValue"])
        for page in pages
        for alarm in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", []))
    ]
    if not found:
        raise CheckError(f"no alarm's name starts with {target.names.prefix}-; 'pulumi up'")
    ringing = [name for name, state in found if state == "ALARM"]
    if ringing:
        raise CheckError(f"{', '.join(ringing)}: in alarm; docs/aws has the runbook of each")
    return f"{len(found)} alarms, none rings"


def _all_there(kind: str, wanted: set[str], there: set[str]) -> None:
    missing = sorted(wanted - there)
    if missing:
        raise CheckError(f"no {kind} {', '.join(missing)}; 'pulumi up' makes it")
