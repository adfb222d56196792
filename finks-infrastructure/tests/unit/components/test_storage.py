from __future__ import annotations

import json
from typing import Any

import pytest

from blueprint.names import ZONES
from components.storage import Storage
from graph.model import Graph, Resource
from tests.unit.components.conftest import RecordComponent

ACCOUNT = "123456789012"
LAKE = tuple(zone for zone in ZONES if zone != "logs")


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "dev", **changes: Any) -> Graph:
        return record_component(
            lambda context: Storage("storage", context.settings.storage, context),
            stack=stack,
            **changes,
        )

    return recorded


def part(graph: Graph, zone: str, name: str) -> Resource:
    return graph.named(f"storage-{zone}-{name}")


def statements(resource: Resource) -> dict[str, dict[str, Any]]:
    found = json.loads(resource.inputs["policy"])["Statement"]
    by_sid = {statement["Sid"]: statement for statement in found}
    assert len(by_sid) == len(found)
    return by_sid


def key_arn(graph: Graph) -> str:
    arn: str = graph.named("storage-kms-key").outputs["arn"]
    return arn


def test_a_bucket_for_each_zone_and_its_name_as_output(record: RecordComponent) -> None:
    graph = record()
    names = {f"bucket{zone.title()}": f"finks-dev-{zone}-{ACCOUNT}" for zone in ZONES}
    outputs = graph.named("storage").outputs
    assert outputs == {
        **names,
        "kmsKeyArn": key_arn(graph),
        "kmsKeyAlias": "alias/finks-dev-lake",
    }
    buckets = {bucket.inputs["bucket"] for bucket in graph.of_type("aws:s3/bucket:Bucket")}
    assert buckets == set(names.values())


@pytest.mark.parametrize("zone", LAKE)
def test_the_lake_is_encrypted_with_its_key_through_bucket_keys(
    record: RecordComponent, zone: str
) -> None:
    graph = record()
    (rule,) = part(graph, zone, "encryption").inputs["rules"]
    assert rule["bucketKeyEnabled"] is True
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": key_arn(graph),
    }


def test_the_logs_bucket_uses_s3s_own_keys(record: RecordComponent) -> None:
    graph = record()
    (rule,) = part(graph, "logs", "encryption").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    assert not {"OnlyKms", "OnlyOurKey"} & statements(part(graph, "logs", "policy")).keys()


@pytest.mark.parametrize("zone", ZONES)
def test_every_bucket_is_private_versioned_and_owned_by_its_account(
    record: RecordComponent, zone: str
) -> None:
    graph = record()
    blocks = part(graph, zone, "public-access").inputs
    assert [value for key, value in blocks.items() if key != "bucket"] == [True] * 4
    assert part(graph, zone, "versioning").inputs["versioningConfiguration"] == {
        "status": "Enabled"
    }
    assert part(graph, zone, "ownership").inputs["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }
    settings = {"public-access", "versioning", "ownership", "encryption", "policy", "lifecycle"}
    for name in settings:
        assert part(graph, zone, name).inputs["bucket"] == f"finks-dev-{zone}-{ACCOUNT}"


def test_the_local_cloud_is_not_asked_for_versions(record: RecordComponent) -> None:
    graph = record("local")
    assert part(graph, "bronze", "versioning").inputs["versioningConfiguration"] == {
        "status": "Suspended"
    }


@pytest.mark.parametrize("zone", ZONES)
def test_plain_http_is_refused_for_bucket_and_objects(record: RecordComponent, zone: str) -> None:
    statement = statements(part(record(), zone, "policy"))["OnlyTls"]
    bucket = f"arn:aws:s3:::finks-dev-{zone}-{ACCOUNT}"
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == {"AWS": "*"}
    assert statement["Action"] == ["s3:*"]
    assert statement["Resource"] == [bucket, f"{bucket}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("zone", LAKE)
def test_a_write_that_names_another_encryption_is_refused_and_one_that_names_none_is_not(
    record: RecordComponent, zone: str
) -> None:
    graph = record()
    found = statements(part(graph, zone, "policy"))
    algorithm = "s3:x-amz-server-side-encryption"
    for sid, key, wanted in (
        ("OnlyKms", algorithm, "aws:kms"),
        ("OnlyOurKey", f"{algorithm}-aws-kms-key-id", key_arn(graph)),
    ):
        assert found[sid]["Effect"] == "Deny"
        assert found[sid]["Action"] == ["s3:PutObject"]
        assert found[sid]["Condition"] == {
            "Null": {key: "false"},
            "StringNotEquals": {key: wanted},
        }


def test_nobody_deletes_from_bronze_and_from_bronze_alone(record: RecordComponent) -> None:
    graph = record("prod")
    kept = {
        zone: found["NobodyDeletes"]
        for zone in ZONES
        if "NobodyDeletes" in (found := statements(part(graph, zone, "policy")))
    }
    assert kept == {
        "bronze": {
            "Sid": "NobodyDeletes",
            "Effect": "Deny",
            "Action": ["s3:DeleteObject*"],
            "Principal": {"AWS": "*"},
            "Resource": [f"arn:aws:s3:::finks-prod-bronze-{ACCOUNT}/*"],
        }
    }


def test_access_is_logged_into_the_logs_bucket_by_zone(record: RecordComponent) -> None:
    graph = record()
    logging = graph.of_type("aws:s3/bucketLogging:BucketLogging")
    assert {
        (entry.inputs["bucket"], entry.inputs["targetBucket"], entry.inputs["targetPrefix"])
        for entry in logging
    } == {
        (f"finks-dev-{zone}-{ACCOUNT}", f"finks-dev-logs-{ACCOUNT}", f"s3/{zone}/") for zone in LAKE
    }


def test_logging_waits_for_the_policy_that_allows_it(record: RecordComponent) -> None:
    graph = record()
    assert part(graph, "logs", "policy").urn in part(graph, "gold", "logging").dependencies


def test_each_bucket_delivers_its_logs_into_its_own_folder(record: RecordComponent) -> None:
    graph = record()
    found = statements(part(graph, "logs", "policy"))
    bucket = f"arn:aws:s3:::finks-dev-logs-{ACCOUNT}"
    for zone in LAKE:
        statement = found.pop(f"AccessLogsOf{zone.title()}")
        prefix = part(graph, zone, "logging").inputs["targetPrefix"]
        assert statement["Effect"] == "Allow"
        assert statement["Action"] == ["s3:PutObject"]
        assert statement["Principal"] == {"Service": "logging.s3.amazonaws.com"}
        assert statement["Resource"] == f"{bucket}/{prefix}*"
        assert statement["Condition"] == {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::finks-dev-{zone}-{ACCOUNT}"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        }
    trail = {"AuditTrailLooks", "AuditTrailWrites"}
    assert set(found) == {"OnlyTls", "AccessLogsOfOurBalancer", *trail}


def test_only_the_trail_of_this_stack_delivers_and_into_its_own_folder(
    record: RecordComponent,
) -> None:
    found = statements(part(record(), "logs", "policy"))
    ours = f"arn:aws:cloudtrail:ca-central-1:{ACCOUNT}:trail/finks-dev-audit"
    folder = f"arn:aws:s3:::finks-dev-logs-{ACCOUNT}/cloudtrail/AWSLogs/{ACCOUNT}/*"
    assert found["AuditTrailWrites"]["Resource"] == [folder]
    for sid in ("AuditTrailLooks", "AuditTrailWrites"):
        assert found[sid]["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert found[sid]["Condition"]["StringEquals"]["aws:SourceArn"] == ours


def test_balancers_deliver_logs_under_this_account(record: RecordComponent) -> None:
    balancers = statements(part(record(), "logs", "policy"))["AccessLogsOfOurBalancer"]
    assert balancers["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert balancers["Action"] == ["s3:PutObject"]
    assert balancers["Resource"] == [
        f"arn:aws:s3:::finks-dev-logs-{ACCOUNT}/alb/AWSLogs/{ACCOUNT}/*"
    ]


def test_lifecycle_rules_are_written_as_the_provider_wants_them(record: RecordComponent) -> None:
    graph = record(storage={"noncurrentDays": 11, "supersededRunDays": 44})
    rules = {
        rule["id"]: rule
        for zone in ("silver", "bronze", "artifacts")
        for rule in part(graph, zone, "lifecycle").inputs["rules"]
        if zone == "silver" or rule["id"] != "leftovers"
    }
    assert {rule.pop("status") for rule in rules.values()} == {"Enabled"}
    assert rules["superseded-runs"] == {
        "id": "superseded-runs",
        "filter": {"tag": {"key": "finks:superseded", "value": "true"}},
        "expiration": {"days": 44},
    }
    assert rules["leftovers"] == {
        "id": "leftovers",
        "filter": {},
        "noncurrentVersionExpiration": {"noncurrentDays": 11},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        "expiration": {"expiredObjectDeleteMarker": True},
    }
    assert rules["colder"]["transitions"] == [
        {"days": 30, "storageClass": "STANDARD_IA"},
        {"days": 90, "storageClass": "GLACIER_IR"},
    ]
    assert rules["athena-results"]["filter"] == {"prefix": "athena-results/"}


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("staging", 30), ("prod", 365)])
def test_logs_are_kept_as_long_as_the_environment_says(
    record: RecordComponent, stack: str, days: int
) -> None:
    rules = part(record(stack), "logs", "lifecycle").inputs["rules"]
    assert [rule["expiration"]["days"] for rule in rules if rule["id"] == "retention"] == [days]


def test_rules_about_versions_wait_for_versions(record: RecordComponent) -> None:
    graph = record()
    for zone in ZONES:
        assert part(graph, zone, "versioning").urn in part(graph, zone, "lifecycle").dependencies


def test_pages_of_configured_origins_read_gold_and_query_results(record: RecordComponent) -> None:
    kind = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
    assert record().of_type(kind) == []
    made = record(storage={"corsOrigins": ["https://console.example.com"]}).of_type(kind)
    assert {entry.inputs["bucket"] for entry in made} == {
        f"finks-dev-gold-{ACCOUNT}",
        f"finks-dev-artifacts-{ACCOUNT}",
    }
    for entry in made:
        (rule,) = entry.inputs["corsRules"]
        assert rule["allowedOrigins"] == ["https://console.example.com"]
        assert set(rule["allowedMethods"]) == {"GET", "HEAD"}


def test_dev_is_destroyed_with_its_objects_and_prod_is_not_destroyed(
    record: RecordComponent,
) -> None:
    dev, prod = record("dev"), record("prod")
    assert all(b.inputs["forceDestroy"] for b in dev.of_type("aws:s3/bucket:Bucket"))
    kept = [*prod.of_type("aws:s3/bucket:Bucket"), prod.named("storage-kms-key")]
    assert all(resource.protect for resource in kept)
    assert not any(b.inputs["forceDestroy"] for b in prod.of_type("aws:s3/bucket:Bucket"))
    assert not any(resource.protect for resource in dev.resources)


def test_the_key_rotates_and_has_an_alias(record: RecordComponent) -> None:
    graph = record()
    key, alias = graph.named("storage-kms-key"), graph.named("storage-kms-alias")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["deletionWindowInDays"] == 30
    assert alias.inputs["name"] == "alias/finks-dev-lake"
    assert alias.inputs["targetKeyId"] == key.outputs["keyId"]


def test_the_key_serves_this_account_and_services_that_act_for_it(record: RecordComponent) -> None:
    found = statements(record().named("storage-kms-key"))
    assert found.pop("IamOfThisAccount")["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    logs = found.pop("LogGroupsOfThisAccount")
    assert logs["Principal"] == {"Service": "logs.ca-central-1.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": (
                f"arn:aws:logs:ca-central-1:{ACCOUNT}:log-group:*"
            )
        }
    }
    alarms = found.pop("AlarmsOfThisAccount")
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert not found, "whatever else encrypts does so for a caller, or under another key"


def test_everything_hangs_at_the_component(record: RecordComponent) -> None:
    graph = record()
    by_urn = graph.by_urn()
    for resource in graph.resources:
        top = resource
        while top.parent is not None:
            top = by_urn[top.parent]
        assert top.name == "storage"
        if "tags" in resource.inputs:
            assert resource.inputs["tags"]["Component"] == "storage"
