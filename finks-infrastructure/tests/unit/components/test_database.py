from __future__ import annotations

import json
from typing import Any

import pytest

from blueprint.database import ALWAYS_ON, OFFICE_HOURS, Windows
from components.database import Database, DatabaseArgs
from config.settings import SettingsError
from graph import simulation
from graph.model import Graph, Resource
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/k"
SUBNETS = ["subnet-1", "subnet-2"]
GROUP = "sg-database"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "dev", **changes: Any) -> Graph:
        def make(context: Any) -> Database:
            args = DatabaseArgs(context.settings.database, SUBNETS, GROUP, KEY)
            return Database("database", args, context)

        return record_component(make, stack=stack, **changes)

    return recorded


def instance(graph: Graph) -> Resource:
    return graph.named("database-instance")


def test_postgres_16_is_private_in_its_subnets_behind_its_group(record: RecordComponent) -> None:
    graph = record()
    inputs = instance(graph).inputs
    assert (inputs["engine"], inputs["engineVersion"]) == ("postgres", "16")
    assert inputs["publiclyAccessible"] is False
    assert inputs["vpcSecurityGroupIds"] == [GROUP]
    subnets = graph.named("database-subnets")
    assert subnets.inputs["subnetIds"] == SUBNETS
    assert inputs["dbSubnetGroupName"] == subnets.inputs["name"]


def test_disk_password_insights_and_logs_are_encrypted_with_our_key(
    record: RecordComponent,
) -> None:
    graph = record()
    inputs = instance(graph).inputs
    assert inputs["storageEncrypted"] is True
    assert inputs["kmsKeyId"] == KEY
    assert inputs["performanceInsightsKmsKeyId"] == KEY
    assert inputs["masterUserSecretKmsKeyId"] == KEY
    assert {group.inputs["kmsKeyId"] for group in graph.of_type(LOG_GROUP)} == {KEY}


def test_rds_makes_the_master_password(record: RecordComponent) -> None:
    inputs = instance(record()).inputs
    assert inputs["manageMasterUserPassword"] is True
    assert "password" not in inputs


def test_parameters_force_tls_and_allow_prefects_extension(record: RecordComponent) -> None:
    graph = record()
    group = graph.named("database-parameters")
    assert instance(graph).inputs["parameterGroupName"] == group.inputs["name"]
    assert group.inputs["family"] == "postgres16"
    parameters = {entry["name"]: entry for entry in group.inputs["parameters"]}
    forced = parameters["rds.force_ssl"]
    assert forced["value"] == "1"
    assert forced["applyMethod"] == "pending-reboot", "or each `up` would change it once more"
    assert "pg_trgm" in parameters["rds.allowed_extensions"]["value"].split(",")
    preloaded = parameters["shared_preload_libraries"]
    assert preloaded["value"] == "pg_stat_statements"
    assert preloaded["applyMethod"] == "pending-reboot", "RDS refuses it at once: it is static"


def test_the_connections_secret_says_where_and_has_no_password(
    record: RecordComponent, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = "aws:secretsmanager/secretVersion:SecretVersion"
    identity, seen = simulation._IDENTITIES[kind], []

    def spy(name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        seen.append(json.loads(inputs["secretString"]))
        return identity(name, inputs)

    monkeypatch.setitem(simulation._IDENTITIES, kind, spy)
    graph = record()
    outputs = instance(graph).outputs
    assert seen == [
        {
            "host": outputs["address"],
            "port": 5432,
            "dbname": "prefect",
            "masterSecretArn": outputs["masterUserSecrets"][0]["secretArn"],
        }
    ]
    secret = graph.named("database-connection-secret")
    assert secret.inputs["name"] == "finks/dev/prefect-db"
    assert secret.inputs["kmsKeyId"] == KEY
    assert graph.named("database-connection-policy").inputs["secretArn"] == secret.outputs["arn"]


def test_outputs_lead_to_the_database(record: RecordComponent) -> None:
    graph = record()
    made = instance(graph).outputs
    assert graph.named("database").outputs == {
        "databaseInstance": "finks-dev-prefect",
        "databaseAddress": made["address"],
        "databasePort": 5432,
        "databaseName": "prefect",
        "databaseMasterSecretArn": made["masterUserSecrets"][0]["secretArn"],
        "prefectDatabaseSecret": "finks/dev/prefect-db",
        "prefectDatabaseSecretArn": graph.named("database-connection-secret").outputs["arn"],
    }


def test_prod_survives_a_zone_a_deletion_and_a_slip(record: RecordComponent) -> None:
    made = instance(record("prod"))
    inputs = made.inputs
    assert inputs["multiAz"] is True
    assert inputs["deletionProtection"] is True
    assert inputs["backupRetentionPeriod"] == 30
    assert inputs["deleteAutomatedBackups"] is False
    assert inputs["skipFinalSnapshot"] is False
    assert inputs["finalSnapshotIdentifier"].startswith("finks-prod-prefect-final-")
    assert inputs["applyImmediately"] is False
    assert made.protect


def test_staging_keeps_a_final_snapshot(record: RecordComponent) -> None:
    inputs = instance(record("staging")).inputs
    assert inputs["skipFinalSnapshot"] is False
    assert inputs["finalSnapshotIdentifier"].startswith("finks-staging-prefect-final-")


def test_dev_is_small_and_goes_without_a_trace(record: RecordComponent) -> None:
    graph = record()
    made = instance(graph)
    inputs = made.inputs
    assert inputs["instanceClass"] == "db.t4g.micro"
    assert inputs["multiAz"] is False
    assert inputs["deletionProtection"] is False
    assert inputs["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in inputs
    assert graph.of_type("random:index/randomId:RandomId") == []
    assert not made.protect


def test_backups_tags_and_minor_versions(record: RecordComponent) -> None:
    inputs = instance(record()).inputs
    assert inputs["backupRetentionPeriod"] == 1
    assert inputs["copyTagsToSnapshot"] is True
    assert inputs["autoMinorVersionUpgrade"] is True
    assert inputs["allowMajorVersionUpgrade"] is False
    assert inputs["caCertIdentifier"] == "rds-ca-rsa2048-g1"
    assert inputs["storageType"] == "gp3"


def test_a_database_that_sleeps_at_night_is_backed_up_by_day(record: RecordComponent) -> None:
    def windows(graph: Graph) -> Windows:
        inputs = instance(graph).inputs
        return Windows(inputs["backupWindow"], inputs["maintenanceWindow"])

    assert windows(record()) == ALWAYS_ON
    assert windows(record(orchestration={"officeHours": True})) == OFFICE_HOURS


@pytest.mark.parametrize("windows", [ALWAYS_ON, OFFICE_HOURS])
def test_windows_do_not_overlap(windows: Windows) -> None:
    start, _, end = windows.backup.partition("-")
    maintenance = [part.partition(":")[2] for part in windows.maintenance.split("-")]
    assert start < end <= maintenance[0] < maintenance[1]


def test_performance_insights_can_be_switched_off(record: RecordComponent) -> None:
    inputs = instance(record()).inputs
    assert inputs["performanceInsightsEnabled"] is True
    assert inputs["performanceInsightsRetentionPeriod"] == 7
    off = instance(record(database={"performanceInsights": False})).inputs
    assert off["performanceInsightsEnabled"] is False
    assert "performanceInsightsRetentionPeriod" not in off
    assert "performanceInsightsKmsKeyId" not in off


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("prod", 365)])
def test_exported_logs_go_to_groups_that_end(
    record: RecordComponent, stack: str, days: int
) -> None:
    graph = record(stack)
    groups = graph.of_type(LOG_GROUP)
    exports = instance(graph).inputs["enabledCloudwatchLogsExports"]
    assert {group.inputs["name"] for group in groups} == {
        f"/aws/rds/instance/finks-{stack}-prefect/{log}" for log in exports
    }
    assert {group.inputs["retentionInDays"] for group in groups} == {days}
    # RDS would make them itself, without an end, if they were not there first.
    assert {group.urn for group in groups} <= set(instance(graph).dependencies)


def test_enhanced_monitoring_writes_with_a_role_for_this_instance_alone(
    record: RecordComponent,
) -> None:
    graph = record()
    role, policy = (
        graph.named("database-monitoring-role"),
        graph.named("database-monitoring-policy"),
    )
    assert instance(graph).inputs["monitoringRoleArn"] == role.outputs["arn"]
    assert policy.urn in instance(graph).dependencies
    assert policy.inputs["role"] == role.inputs["name"] == "finks-dev-rds-monitoring"
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:rds:ca-central-1:123456789012:db:finks-dev-prefect"
    }
    for statement in json.loads(policy.inputs["policy"])["Statement"]:
        (resource,) = statement["Resource"]
        assert resource.startswith("arn:aws:logs:ca-central-1:123456789012:log-group:RDS*")


def test_a_class_that_we_do_not_run_is_refused(record: RecordComponent) -> None:
    with pytest.raises(SettingsError, match=r"database\.instanceClass"):
        record(database={"instanceClass": "db.r7g.16xlarge"})
