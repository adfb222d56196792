"""A stack `dev` as it is after a deployment, in moto: what the resource checks look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from blueprint.names import REGION, ZONES, Names
from blueprint.tables import DATABASE_LAYERS, SILVER_TABLES
from validation.target import Target

ACCOUNT = "123456789012"
NAMES = Names("dev", ACCOUNT)
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:finks-dev-critical"
OUTPUTS: dict[str, Any] = {
    "environment": "dev",
    "region": REGION,
    "criticalTopicArn": TOPIC,
    **{f"bucket{zone.title()}": NAMES.bucket(zone) for zone in ZONES},
}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """A session of moto's account."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "test")
    with mock_aws():
        yield boto3.Session(region_name=REGION)


@pytest.fixture
def deployed(session: boto3.Session) -> Target:
    """The stack with everything in place; tests then break one thing of it."""
    _buckets(session)
    _catalog(session)
    _tasks(session)
    _database(session)
    _messages(session)
    return Target(NAMES, OUTPUTS, session, wait_seconds=5, poll_seconds=0.05)


def _buckets(session: boto3.Session) -> None:
    s3: Any = session.client("s3")
    for zone, name in NAMES.buckets.items():
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        algorithm: Any = "AES256" if zone == "logs" else "aws:kms"
        rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )


def _catalog(session: boto3.Session) -> None:
    glue, athena = session.client("glue"), session.client("athena")
    for layer in DATABASE_LAYERS:
        glue.create_database(DatabaseInput={"Name": NAMES.database(layer)})
    for table in SILVER_TABLES:
        glue.create_table(DatabaseName=NAMES.database("silver"), TableInput={"Name": table.name})
    bucket, _, key = NAMES.glue_script.removeprefix("s3://").partition("/")
    session.client("s3").put_object(Bucket=bucket, Key=key, Body=b"pass")
    glue.create_job(
        Name=NAMES.glue_job,
        Role="role",
        Command={"Name": "glueetl", "ScriptLocation": NAMES.glue_script},
        GlueVersion="6.0",
    )
    for workgroup in (NAMES.workgroup, NAMES.dbt_workgroup):
        athena.create_work_group(
            Name=workgroup, Configuration={"BytesScannedCutoffPerQuery": 10 * 1024**3}
        )


def make_network(ec2: Any) -> Any:
    """A subnet and a security group, as a service names them."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)
    return {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group["GroupId"]]}}


def _tasks(session: boto3.Session) -> None:
    ecs = session.client("ecs")
    network = make_network(session.client("ec2"))
    ecs.create_cluster(clusterName=NAMES.cluster)
    for family in (
        NAMES.ingestion_task,
        NAMES.dbt_task,
        NAMES.flow_run_task,
        NAMES.prefect_server,
        NAMES.prefect_worker,
    ):
        ecs.register_task_definition(
            family=family,
            containerDefinitions=[{"name": "app", "image": "app:1", "memory": 512}],
        )
    for service in (NAMES.prefect_server, NAMES.prefect_worker):
        ecs.create_service(
            cluster=NAMES.cluster,
            serviceName=service,
            taskDefinition=service,
            desiredCount=0,
            networkConfiguration=network,
        )


def _database(session: boto3.Session) -> None:
    session.client("rds").create_db_instance(
        DBInstanceIdentifier=NAMES.database_instance,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        EngineVersion="16.4",
        AllocatedStorage=20,
        MasterUsername="prefect",
        MasterUserPassword="a-long-password",
        StorageEncrypted=True,
        PubliclyAccessible=False,
    )
    manager = session.client("secretsmanager")
    for secret in (NAMES.fmp_secret, NAMES.prefect_auth_secret):
        manager.create_secret(Name=secret, SecretString="value")


def _messages(session: boto3.Session) -> None:
    sqs, sns = session.client("sqs"), session.client("sns")
    dead = sqs.create_queue(QueueName=NAMES.observer_dead_letters)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    redrive = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 3}
    sqs.create_queue(
        QueueName=NAMES.observer_queue, Attributes={"RedrivePolicy": json.dumps(redrive)}
    )
    sns.create_topic(Name=TOPIC.rpartition(":")[2])
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="finks-dev-database-storage",
        MetricName="FreeStorageSpace",
        Namespace="AWS/RDS",
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )
