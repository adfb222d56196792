"""The control plane over HTTP: what it acknowledged is there after a crash."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningCloud


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_identifiers_times_and_versions_survive_a_kill(own_cloud: RunningCloud) -> None:
    secrets, glue, ecs, iam, logs, ec2 = (
        own_cloud.client(name) for name in ("secretsmanager", "glue", "ecs", "iam", "logs", "ec2")
    )
    default_vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    secret = secrets.create_secret(Name="finks/test/key", SecretString="first")
    secrets.put_secret_value(SecretId="finks/test/key", SecretString="second")
    described = secrets.describe_secret(SecretId="finks/test/key")
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "Description": "one"})
    glue.update_table(DatabaseName="db", TableInput={"Name": "t", "Description": "two"})
    table = glue.get_table(DatabaseName="db", Name="t")["Table"]
    task = ecs.register_task_definition(
        family="f", containerDefinitions=[{"name": "c", "image": "i", "memory": 512}]
    )["taskDefinition"]
    policy = '{"Version": "2012-10-17", "Statement": []}'
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy)["Role"]
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    now = int(time.time() * 1000)
    logs.put_log_events(
        logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now, "message": "kept"}]
    )
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

    own_cloud.kill()
    time.sleep(2.1)  # so that a time which is not kept shows: they are whole seconds, cut or not
    own_cloud.start()

    again = secrets.describe_secret(SecretId="finks/test/key")
    assert again["ARN"] == secret["ARN"]
    assert abs(again["CreatedDate"] - described["CreatedDate"]) <= timedelta(seconds=1)
    assert again["VersionIdsToStages"] == described["VersionIdsToStages"]
    assert secrets.get_secret_value(SecretId="finks/test/key")["SecretString"] == "second"
    table_again = glue.get_table(DatabaseName="db", Name="t")["Table"]
    assert (table_again["Description"], table_again["VersionId"]) == ("two", table["VersionId"])
    assert len(glue.get_table_versions(DatabaseName="db", TableName="t")["TableVersions"]) == 2
    assert ecs.list_task_definitions()["taskDefinitionArns"] == [task["taskDefinitionArn"]]
    assert iam.get_role(RoleName="r")["Role"]["RoleId"] == role["RoleId"]
    events = logs.get_log_events(logGroupName="g", logStreamName="s")["events"]
    assert [(event["timestamp"], event["message"]) for event in events] == [(now, "kept")]
    vpcs = {item["VpcId"] for item in ec2.describe_vpcs()["Vpcs"]}
    assert vpcs == {default_vpc, vpc}


def test_refused_requests_and_reads_are_not_in_the_journal(own_cloud: RunningCloud) -> None:
    glue = own_cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "db"})
    with pytest.raises(ClientError):
        glue.create_database(DatabaseInput={"Name": "db"})
    with pytest.raises(ClientError):
        glue.update_table(DatabaseName="db", TableInput={"Name": "none"})
    glue.get_databases()
    own_cloud.client("sts").get_caller_identity()
    with sqlite3.connect(own_cloud.state_dir / "journal.sqlite") as connection:
        entries = connection.execute("SELECT service, action FROM entries").fetchall()
    connection.close()
    assert entries == [("glue", "CreateDatabase")]


def test_credentials_are_not_in_the_journal(own_cloud: RunningCloud) -> None:
    own_cloud.client("glue").create_database(DatabaseInput={"Name": "db"})
    with sqlite3.connect(own_cloud.state_dir / "journal.sqlite") as connection:
        (headers,) = connection.execute("SELECT headers FROM entries").fetchone()
    connection.close()
    assert "Signature=0" in headers


@pytest.fixture
def table(cloud: RunningCloud, request: pytest.FixtureRequest) -> dict[str, Any]:
    database = f"guards_{abs(hash(request.node.name))}"
    glue = cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(DatabaseName=database, TableInput={"Name": "t", "Description": "one"})
    found: dict[str, Any] = glue.get_table(DatabaseName=database, Name="t")["Table"]
    return found


def test_an_update_with_a_stale_version_is_refused(
    cloud: RunningCloud, table: dict[str, Any]
) -> None:
    glue = cloud.client("glue")
    update = {"DatabaseName": table["DatabaseName"], "VersionId": table["VersionId"]}
    glue.update_table(**update, TableInput={"Name": "t", "Description": "two"})
    with pytest.raises(ClientError) as refused:
        glue.update_table(**update, TableInput={"Name": "t", "Description": "lost"})
    assert _code(refused) == "ConcurrentModificationException"
    assert isinstance(refused.value, glue.exceptions.ConcurrentModificationException)
    found = glue.get_table(DatabaseName=table["DatabaseName"], Name="t")["Table"]
    assert found["Description"] == "two"


def test_updates_without_a_version_and_of_nothing_are_the_control_planes(
    cloud: RunningCloud, table: dict[str, Any]
) -> None:
    glue = cloud.client("glue")
    glue.update_table(DatabaseName=table["DatabaseName"], TableInput={"Name": "t"})
    for database in (table["DatabaseName"], "no_such_database"):
        with pytest.raises(ClientError) as refused:
            glue.update_table(DatabaseName=database, VersionId="1", TableInput={"Name": "none"})
        assert _code(refused) == "EntityNotFoundException"


def test_partitions_by_date(cloud: RunningCloud, table: dict[str, Any]) -> None:
    glue, database = cloud.client("glue"), table["DatabaseName"]
    partitioned = {"Name": "p", "PartitionKeys": [{"Name": "date", "Type": "date"}]}
    glue.create_table(DatabaseName=database, TableInput=partitioned)
    for day in ("2013-01-31", "2013-02-01", "2013-02-15"):
        glue.create_partition(
            DatabaseName=database, TableName="p", PartitionInput={"Values": [day]}
        )

    def select(expression: str) -> list[str]:
        answer = glue.get_partitions(DatabaseName=database, TableName="p", Expression=expression)
        return [partition["Values"][0] for partition in answer["Partitions"]]

    assert select("date >= '2013-02-01'") == ["2013-02-01", "2013-02-15"]
    assert select("date = '2013-02-15'") == ["2013-02-15"]
    assert select("date BETWEEN '2013-02-01' AND '2013-02-10'") == ["2013-02-01"]


def test_motos_own_api_is_closed(cloud: RunningCloud) -> None:
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{cloud.endpoint_url}/moto-api/reset", data=b"", timeout=5)  # noqa: S310
    assert refused.value.code == 403
