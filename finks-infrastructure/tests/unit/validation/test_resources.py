"""Each resource check on a whole stack, and on one in which just that is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.validation.conftest import NAMES, TOPIC
from validation import resources
from validation.check import CheckError, run
from validation.target import Target


def result(target: Target, name: str) -> str:
    return dict(resources.checks(target))[name]()


def test_a_whole_stack_passes_every_check(
    deployed: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(resources.checks(deployed))
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "15 passed, 0 failed" in printed


BRONZE = f"bucket {NAMES.bucket('bronze')}"


def no_versioning(target: Target) -> None:
    target.session.client("s3").put_bucket_versioning(
        Bucket=NAMES.bucket("bronze"), VersioningConfiguration={"Status": "Suspended"}
    )


def no_block(target: Target) -> None:
    target.session.client("s3").delete_public_access_block(Bucket=NAMES.bucket("bronze"))


def half_a_block(target: Target) -> None:
    target.session.client("s3").put_public_access_block(
        Bucket=NAMES.bucket("bronze"),
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": False},
    )


def weaker_encryption(target: Target) -> None:
    target.session.client("s3").put_bucket_encryption(
        Bucket=NAMES.bucket("bronze"),
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )


def no_table(target: Target) -> None:
    target.session.client("glue").delete_table(
        DatabaseName=NAMES.database("silver"), Name="fmp_quotes"
    )


def no_glue_database(target: Target) -> None:
    target.session.client("glue").delete_database(Name=NAMES.database("gold"))


def no_limit(target: Target) -> None:
    athena = target.session.client("athena")
    athena.delete_work_group(WorkGroup=NAMES.dbt_workgroup)
    athena.create_work_group(Name=NAMES.dbt_workgroup, Configuration={})


def answered(target: Target, operation: str, change: Callable[[Any], None]) -> None:
    """Change what AWS answers, where moto cannot be brought into that state."""

    def hook(parsed: Any, **_: object) -> None:
        change(parsed)

    target.session.events.register(f"after-call.{operation}", hook)


def disabled(target: Target) -> None:
    def change(answer: Any) -> None:
        answer["WorkGroup"]["State"] = "DISABLED"

    answered(target, "athena.GetWorkGroup", change)


def service_behind(target: Target) -> None:
    def change(answer: Any) -> None:
        answer["services"][1]["desiredCount"] = 1

    answered(target, "ecs.DescribeServices", change)


def service_that_rolls_out(target: Target) -> None:
    def change(answer: Any) -> None:
        answer["services"][0]["deployments"] *= 2

    answered(target, "ecs.DescribeServices", change)


def no_service(target: Target) -> None:
    target.session.client("ecs").delete_service(
        cluster=NAMES.cluster, service=NAMES.prefect_server, force=True
    )


def stopped(target: Target) -> None:
    target.session.client("rds").stop_db_instance(DBInstanceIdentifier=NAMES.database_instance)


def public(target: Target) -> None:
    target.session.client("rds").modify_db_instance(
        DBInstanceIdentifier=NAMES.database_instance, PubliclyAccessible=True
    )


def no_value(target: Target) -> None:
    manager = target.session.client("secretsmanager")
    manager.delete_secret(SecretId=NAMES.fmp_secret, ForceDeleteWithoutRecovery=True)
    manager.create_secret(Name=NAMES.fmp_secret)


def no_dead_letters(target: Target) -> None:
    sqs = target.session.client("sqs")
    url = sqs.get_queue_url(QueueName=NAMES.observer_queue)["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(QueueName=NAMES.observer_queue)


def alarm_rings(target: Target) -> None:
    target.session.client("cloudwatch").set_alarm_state(
        AlarmName="finks-dev-database-storage", StateValue="ALARM", StateReason="test"
    )


def no_alarm(target: Target) -> None:
    target.session.client("cloudwatch").delete_alarms(AlarmNames=["finks-dev-database-storage"])


FAULTS: list[tuple[Callable[[Target], None], str, str]] = [
    (no_versioning, BRONZE, "versioning is off"),
    (no_block, BRONZE, "public access is not blocked"),
    (half_a_block, BRONZE, "public access is not blocked"),
    (weaker_encryption, BRONZE, "encryption is AES256, not aws:kms"),
    (no_table, "Glue databases and tables", "no table fmp_quotes"),
    (no_glue_database, "Glue databases and tables", "no database finks_dev_gold"),
    (no_limit, "Athena workgroups", "finks-dev-dbt has no limit"),
    (disabled, "Athena workgroups", "finks-dev is DISABLED"),
    (service_behind, "ECS services are steady", "is ACTIVE, 0 of 1"),
    (service_that_rolls_out, "ECS services are steady", "2 deployments"),
    (no_service, "ECS services are steady", "finks-dev-prefect-server"),
    (stopped, "database is available", "finks-dev-prefect is stopped"),
    (public, "database is available", "it is public"),
    (no_value, "secrets have a value", "finks/dev/fmp-api-key has no value"),
    (no_dead_letters, "queue of task events", "has no dead-letter queue"),
    (alarm_rings, "alarms", "finks-dev-database-storage: in alarm"),
    (no_alarm, "alarms", "no alarm's name starts with finks-dev-"),
]


@pytest.mark.parametrize(
    ("fault", "check", "message"), FAULTS, ids=[fault.__name__ for fault, *_ in FAULTS]
)
def test_a_fault_is_found(
    deployed: Target, fault: Callable[[Target], None], check: str, message: str
) -> None:
    fault(deployed)
    with pytest.raises(CheckError, match=message):
        result(deployed, check)


def remove_bucket(target: Target) -> None:
    target.session.client("s3").delete_bucket(Bucket=NAMES.bucket("bronze"))


def remove_job(target: Target) -> None:
    target.session.client("glue").delete_job(JobName=NAMES.glue_job)


def remove_script(target: Target) -> None:
    bucket, _, key = NAMES.glue_script.removeprefix("s3://").partition("/")
    target.session.client("s3").delete_object(Bucket=bucket, Key=key)


def remove_task(target: Target) -> None:
    ecs = target.session.client("ecs")
    arn = ecs.describe_task_definition(taskDefinition=NAMES.dbt_task)["taskDefinition"]
    ecs.deregister_task_definition(taskDefinition=arn["taskDefinitionArn"])


def remove_database(target: Target) -> None:
    target.session.client("rds").delete_db_instance(
        DBInstanceIdentifier=NAMES.database_instance, SkipFinalSnapshot=True
    )


def remove_topic(target: Target) -> None:
    target.session.client("sns").delete_topic(TopicArn=TOPIC)


def remove_queue(target: Target) -> None:
    sqs = target.session.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=NAMES.observer_queue)["QueueUrl"])


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (remove_bucket, BRONZE),
        (remove_job, "Glue job"),
        (remove_script, "Glue job"),
        (remove_task, "task definitions"),
        (remove_database, "database is available"),
        (remove_topic, "topics have an address"),
        (remove_queue, "queue of task events"),
    ],
)
def test_what_is_missing_fails_its_check_alone(
    deployed: Target,
    fault: Callable[[Target], None],
    check: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fault(deployed)
    with pytest.raises((CheckError, ClientError)):
        result(deployed, check)
    assert run(resources.checks(deployed)) == 1
    printed = capsys.readouterr().out
    assert f"✗ {check}: " in printed
    assert "14 passed, 1 failed" in printed


def test_an_address_that_did_not_confirm_is_found(deployed: Target) -> None:
    class Pending:
        def get_topic_attributes(self, **_: str) -> dict[str, object]:
            return {}

        def list_subscriptions_by_topic(self, **_: str) -> dict[str, object]:
            return {"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]}

    class Session:
        def client(self, _: str) -> Pending:
            return Pending()

    target = Target(deployed.names, deployed.outputs, Session())  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="1 addresses have not confirmed"):
        result(target, "topics have an address")


def test_no_value_of_a_secret_is_read(deployed: Target) -> None:
    def refuse(**_: object) -> None:
        raise AssertionError("the value of a secret was read")

    events = deployed.session.events
    for operation in ("GetSecretValue", "BatchGetSecretValue"):
        events.register(f"before-call.secrets-manager.{operation}", refuse)
    assert run(resources.checks(deployed)) == 0


def test_checks_change_nothing(deployed: Target) -> None:
    called: list[str] = []

    def note(model: object, **_: object) -> None:
        called.append(str(getattr(model, "name", "")))

    deployed.session.events.register("before-call", note)
    assert run(resources.checks(deployed)) == 0
    assert called
    assert all(name.startswith(("Get", "List", "Describe", "Head")) for name in called), called
