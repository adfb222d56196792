from __future__ import annotations

import json

import pytest

from blueprint.detectors import MANAGED_RULES
from components.base import StackContext
from components.security import Security, SecurityArgs
from graph.model import Graph
from tests.unit.components.conftest import RecordComponent

DETECTOR = "aws:guardduty/detector:Detector"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
RECORDER = "aws:cfg/recorder:Recorder"
RULE = "aws:cfg/rule:Rule"
ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"


def security(context: StackContext) -> Security:
    args = SecurityArgs(context.settings.security, context.names.bucket("logs"))
    return Security("guard", args, context)


@pytest.fixture
def prod(record_component: RecordComponent) -> Graph:
    return record_component(security, stack="prod")


def test_guard_duty_watches_s3_of_its_detector(prod: Graph) -> None:
    (detector,) = prod.of_type(DETECTOR)
    assert detector.inputs["enable"] is True
    status = {f.inputs["name"]: f.inputs["status"] for f in prod.of_type(FEATURE)}
    assert status["S3_DATA_EVENTS"] == "ENABLED"
    assert status["EBS_MALWARE_PROTECTION"] == "DISABLED"
    assert {f.inputs["detectorId"] for f in prod.of_type(FEATURE)} == {detector.id}


def test_config_delivers_to_the_logs_bucket_and_is_allowed_to(prod: Graph) -> None:
    (channel,) = prod.of_type("aws:cfg/deliveryChannel:DeliveryChannel")
    assert channel.inputs["s3BucketName"] == "finks-prod-logs-123456789012"
    role = prod.named("guard-config-role")
    assert prod.named("guard-config-recorder").inputs["roleArn"] == role.outputs["arn"]
    policy = json.loads(prod.named("guard-config-deliver").inputs["policy"])
    allowed = {entry["Sid"]: entry for entry in policy["Statement"]}
    folder = f"arn:aws:s3:::{channel.inputs['s3BucketName']}/{channel.inputs['s3KeyPrefix']}"
    # Both: AWS Config Developer Guide, "Required permissions for the IAM role", delivery to S3.
    assert allowed["Deliver"]["Action"] == ["s3:PutObject", "s3:PutObjectAcl"]
    assert allowed["Deliver"]["Resource"] == [f"{folder}/AWSLogs/123456789012/Config/*"]


def test_only_config_of_this_account_takes_its_role(prod: Graph) -> None:
    trust = json.loads(prod.named("guard-config-role").inputs["assumeRolePolicy"])
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "config.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_recording_starts_when_there_is_a_channel_and_rules_when_it_records(prod: Graph) -> None:
    (channel,) = prod.of_type("aws:cfg/deliveryChannel:DeliveryChannel")
    (status,) = prod.of_type("aws:cfg/recorderStatus:RecorderStatus")
    assert prod.named("guard-config-recorder").urn in channel.dependencies
    assert channel.urn in status.dependencies
    assert status.inputs["isEnabled"] is True
    for rule in prod.of_type(RULE):
        assert status.urn in rule.dependencies


def test_rules_are_managed_ones_under_the_stacks_name(prod: Graph) -> None:
    rules = {r.inputs["name"]: r.inputs["source"] for r in prod.of_type(RULE)}
    assert len(rules) >= 6
    assert rules == {
        f"finks-prod-{name}": {"owner": "AWS", "sourceIdentifier": rule.identifier}
        for name, rule in MANAGED_RULES.items()
    }


def test_the_analyzer_looks_at_the_account(prod: Graph) -> None:
    (analyzer,) = prod.of_type(ANALYZER)
    assert analyzer.inputs["type"] == "ACCOUNT"
    outputs = prod.named("guard").outputs
    assert outputs["accessAnalyzerArn"] == analyzer.outputs["arn"]
    assert outputs.keys() > {"guardDutyDetectorId", "configRecorder", "auditTrail"}


@pytest.mark.parametrize(
    ("key", "missing", "others"),
    [
        ("guardDuty", DETECTOR, {RECORDER, ANALYZER}),
        ("configRules", RECORDER, {DETECTOR, ANALYZER}),
        ("accessAnalyzer", ANALYZER, {DETECTOR, RECORDER}),
    ],
)
def test_each_can_be_left_to_another_stack(
    record_component: RecordComponent, key: str, missing: str, others: set[str]
) -> None:
    graph = record_component(security, stack="prod", security={key: False})
    types = {resource.type for resource in graph.resources}
    assert missing not in types
    assert others <= types


def test_all_switched_off_makes_nothing(record_component: RecordComponent) -> None:
    graph = record_component(security, stack="local")
    assert [resource.type for resource in graph.resources] == ["finks:security:Security"]


def test_the_audit_trail_covers_all_regions_and_shows_tampering(prod: Graph) -> None:
    trail = prod.named("guard-audit-trail")
    assert trail.inputs["isMultiRegionTrail"]
    assert trail.inputs["enableLogFileValidation"]
    assert trail.inputs["s3BucketName"] == "finks-prod-logs-123456789012"


def test_without_the_audit_trail_none_is_made(record_component: RecordComponent) -> None:
    graph = record_component(security, security={"auditTrail": False})
    assert graph.of_type("aws:cloudtrail/trail:Trail") == []
