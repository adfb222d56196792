from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from blueprint.catalog import table_input
from blueprint.tables import DATABASES, FMP_QUOTES, SILVER_TABLES
from components.base import StackContext
from components.transformation import SCRIPT, Transformation, TransformationArgs
from config.settings import SettingsError
from graph.model import Graph, Resource
from tests.unit.components.conftest import RecordComponent

KEY = "arn:aws:kms:ca-central-1:123456789012:key/lake"
DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
TABLE = "aws:glue/catalogTable:CatalogTable"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def role_arn(workload: str) -> str:
    return f"arn:aws:iam::123456789012:role/{workload}"


def transformation(context: StackContext) -> Transformation:
    args = TransformationArgs(
        config=context.settings.transformation,
        bucket_names=context.names.buckets,
        key_arn=KEY,
        role_arns={workload: role_arn(workload) for workload in ("glue", "crawler")},
    )
    return Transformation("lake", args, context)


@pytest.fixture
def dev(record_component: RecordComponent) -> Graph:
    return record_component(transformation)


@pytest.fixture
def prod(record_component: RecordComponent) -> Graph:
    return record_component(transformation, stack="prod")


def test_a_database_for_each_layer_that_says_what_it_is(dev: Graph) -> None:
    made = {r.inputs["name"]: r.inputs["description"] for r in dev.of_type(DATABASE)}
    assert made == {f"finks_dev_{layer}": text for layer, text in DATABASES.items()}


def test_silver_tables_are_those_of_the_blueprint_in_silver(dev: Graph) -> None:
    tables = {r.inputs["name"]: r.inputs for r in dev.of_type(TABLE)}
    assert set(tables) == {table.name for table in SILVER_TABLES}
    assert {table["databaseName"] for table in tables.values()} == {"finks_dev_silver"}


def as_glue_says_it(table: Resource) -> dict[str, Any]:
    """The inputs of a table in the shape of Glue's API."""

    def columns(listed: list[dict[str, str]]) -> list[dict[str, str]]:
        return [{key.title(): value for key, value in entry.items()} for entry in listed]

    storage = table.inputs["storageDescriptor"]
    return {
        "Name": table.inputs["name"],
        "Description": table.inputs["description"],
        "TableType": table.inputs["tableType"],
        "Parameters": table.inputs["parameters"],
        "PartitionKeys": columns(table.inputs["partitionKeys"]),
        "StorageDescriptor": {
            "Columns": columns(storage["columns"]),
            "Location": storage["location"],
            "InputFormat": storage["inputFormat"],
            "OutputFormat": storage["outputFormat"],
            "SerdeInfo": {"SerializationLibrary": storage["serDeInfo"]["serializationLibrary"]},
        },
    }


def test_a_table_is_the_one_that_the_local_catalog_has(
    record_component: RecordComponent,
) -> None:
    contexts: list[StackContext] = []

    def make(context: StackContext) -> None:
        contexts.append(context)
        transformation(context)

    graph = record_component(make)
    for table in SILVER_TABLES:
        made = as_glue_says_it(graph.named(f"lake-catalog-{table.name}", TABLE))
        assert made == table_input(contexts[0].names, table)


def test_partitions_are_nobodys_business_here(dev: Graph) -> None:
    types = {resource.type for resource in dev.resources}
    assert not {kind for kind in types if "partition" in kind.lower()}
    for table in dev.of_type(TABLE):
        # Projection would show dates whose run no audit has passed.
        assert not [key for key in table.inputs["parameters"] if key.startswith("projection")]


def test_what_would_take_partitions_along_is_protected_in_prod(dev: Graph, prod: Graph) -> None:
    assert {r.protect for r in prod.of_type(TABLE, DATABASE)} == {True}
    assert {r.protect for r in dev.of_type(TABLE, DATABASE)} == {False}


def test_the_crawler_sees_bronze_alone_and_keeps_to_its_own_database(dev: Graph) -> None:
    (crawler,) = dev.of_type("aws:glue/crawler:Crawler")
    assert [target["path"] for target in crawler.inputs["s3Targets"]] == [
        "s3://finks-dev-bronze-123456789012/fmp/"
    ]
    others = [key for key in crawler.inputs if key.endswith("Targets") and key != "s3Targets"]
    assert others == []
    assert crawler.inputs["databaseName"] == "finks_dev_crawler"
    assert crawler.inputs["role"] == role_arn("crawler")
    assert "schedule" not in crawler.inputs


def test_the_script_is_stored_under_the_hash_of_its_content(dev: Graph) -> None:
    digest = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12]
    script = dev.named("lake-script").inputs
    assert script["bucket"] == "finks-dev-artifacts-123456789012"
    assert script["key"] == f"glue/bronze_to_silver-{digest}.py"
    assert Path(script["source"]["asset"]) == SCRIPT
    command = dev.named("lake-job").inputs["command"]
    assert command["scriptLocation"] == f"s3://{script['bucket']}/{script['key']}"


def test_another_script_gets_another_key(
    record_component: RecordComponent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = tmp_path / "script.py"
    changed.write_text(SCRIPT.read_text() + "\n# changed\n")
    before = record_component(transformation).named("lake-script").inputs["key"]
    monkeypatch.setattr("components.transformation.SCRIPT", changed)
    after = record_component(transformation).named("lake-script").inputs["key"]
    assert before != after


def test_the_job_runs_as_glue_with_limits_and_is_not_repeated_by_glue(dev: Graph) -> None:
    job = dev.named("lake-job").inputs
    assert (job["roleArn"], job["glueVersion"]) == (role_arn("glue"), "6.0")
    assert (job["timeout"], job["maxRetries"]) == (60, 0)
    assert job["executionProperty"] == {"maxConcurrentRuns": 4}


def test_the_jobs_arguments_name_buckets_logs_and_no_bookmark(dev: Graph) -> None:
    arguments = dev.named("lake-job").inputs["defaultArguments"]
    assert arguments["--SOURCE_BUCKET"] == "finks-dev-bronze-123456789012"
    assert arguments["--TARGET_BUCKET"] == "finks-dev-silver-123456789012"
    assert arguments["--enable-continuous-cloudwatch-log"] == "true"
    assert arguments["--job-bookmark-option"] == "job-bookmark-disable"
    groups = {group.inputs["name"] for group in dev.of_type(LOG_GROUP)}
    for kind in ("output", "error"):
        assert f"{arguments['--custom-logGroup-prefix']}/{kind}" in groups


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("prod", 365)])
def test_the_jobs_logs_end_and_are_encrypted(
    record_component: RecordComponent, stack: str, days: int
) -> None:
    graph = record_component(transformation, stack=stack)
    groups = graph.of_type(LOG_GROUP)
    assert {group.inputs["retentionInDays"] for group in groups} == {days}
    assert {group.inputs["kmsKeyId"] for group in groups} == {KEY}
    assert {group.urn for group in groups} <= set(graph.named("lake-job").dependencies)


def test_job_and_crawler_encrypt_all_that_they_leave_behind(dev: Graph) -> None:
    security = dev.named("lake-security")
    parts = security.inputs["encryptionConfiguration"]
    assert set(parts) == {"cloudwatchEncryption", "jobBookmarksEncryption", "s3Encryption"}
    assert {part["kmsKeyArn"] for part in parts.values()} == {KEY}
    for name in ("lake-job", "lake-crawler"):
        assert dev.named(name).inputs["securityConfiguration"] == security.inputs["name"]


def test_both_workgroups_limit_and_encrypt_and_only_that_of_people_insists(
    record_component: RecordComponent,
) -> None:
    graph = record_component(transformation, transformation={"bytesScannedLimit": 20 * 1024**2})
    groups = {r.inputs["name"]: r for r in graph.of_type("aws:athena/workgroup:Workgroup")}
    enforced = {}
    for name, group in groups.items():
        settings = group.inputs["configuration"]
        enforced[name] = settings["enforceWorkgroupConfiguration"]
        assert settings["bytesScannedCutoffPerQuery"] == 20 * 1024**2
        assert settings["publishCloudwatchMetricsEnabled"] is True
        assert settings["engineVersion"] == {"selectedEngineVersion": "Athena engine version 3"}
        assert settings["resultConfiguration"] == {
            "outputLocation": "s3://finks-dev-artifacts-123456789012/athena-results/",
            "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY},
        }
    assert enforced == {"finks-dev": True, "finks-dev-dbt": False}


def test_workers_are_those_of_the_stack(record_component: RecordComponent) -> None:
    graph = record_component(transformation, transformation={"glueWorkers": 5})
    assert graph.named("lake-job").inputs["numberOfWorkers"] == 5


def test_lake_formation_is_off_unless_asked_for(dev: Graph) -> None:
    assert not [r for r in dev.resources if r.type.startswith("aws:lakeformation")]
    assert dev.of_type("aws:iam/role:Role") == []


def test_lake_formation_takes_silver_and_gold_beside_iam(
    record_component: RecordComponent,
) -> None:
    graph = record_component(transformation, transformation={"lakeFormation": True})
    role = graph.named("lake-lake-formation-role")
    locations = graph.of_type("aws:lakeformation/resource:Resource")
    assert {location.inputs["arn"] for location in locations} == {
        "arn:aws:s3:::finks-dev-silver-123456789012",
        "arn:aws:s3:::finks-dev-gold-123456789012",
    }
    for location in locations:
        assert location.inputs["roleArn"] == role.outputs["arn"]
        assert location.inputs["hybridAccessEnabled"] is True
    policy = json.loads(graph.named("lake-lake-formation-policy").inputs["policy"])
    reached = {resource for entry in policy["Statement"] for resource in entry["Resource"]}
    assert not [resource for resource in reached if "bronze" in resource]


def test_outputs(dev: Graph) -> None:
    outputs = dev.named("lake").outputs
    assert outputs["glueJob"] == "finks-dev-bronze-to-silver"
    assert outputs["athenaWorkgroup"] == "finks-dev"
    assert outputs["athenaDbtWorkgroup"] == "finks-dev-dbt"
    assert outputs["glueDatabases"]["gold"] == "finks_dev_gold"
    assert FMP_QUOTES.name not in outputs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"glueWorkers": 1}, "transformation.glueWorkers"),
        ({"bytesScannedLimit": 1}, "transformation.bytesScannedLimit"),
        ({"crawlSilver": True}, "crawlSilver: is not a key"),
    ],
)
def test_wrong_configuration_is_refused(
    record_component: RecordComponent, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        record_component(transformation, transformation=change)
