"""Faults put into the recorded graph of prod, each found by its rule: the rules read the properties
that the program really writes, not only those of hand-made examples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from exported import Resource, judge
from rules import RULES
from tests.conftest import Recorded

type Change = Callable[[dict[str, Any]], None]
BY_NAME = {rule.name: rule for rule in RULES}


def put(path: str, value: Any) -> Change:
    """Sets a property; the path goes through objects, and through every entry of a list."""

    def change(props: dict[str, Any]) -> None:
        _put(props, path.split("."), value)

    return change


def _put(target: Any, path: list[str], value: Any) -> None:
    if isinstance(target, list):
        for entry in target:
            _put(entry, path, value)
    elif len(path) == 1:
        target[path[0]] = value
    else:
        _put(target[path[0]], path[1:], value)


def in_json(key: str, change: Change) -> Change:
    """Changes every object of a list that is kept as JSON text."""

    def changed(props: dict[str, Any]) -> None:
        entries = json.loads(props[key])
        for entry in entries if isinstance(entries, list) else entries["Statement"]:
            change(entry)
        props[key] = json.dumps(entries)

    return changed


def drop(*keys: str) -> Change:
    """Takes properties away, wherever they are set."""

    def change(props: dict[str, Any]) -> None:
        for key in keys:
            props.pop(key, None)

    return change


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(props: dict[str, Any]) -> None:
        for each in changes:
            each(props)

    return change


TASK = "aws:ecs/taskDefinition:TaskDefinition"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
DATABASE = "aws:rds/instance:Instance"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
SERVICE = "aws:ecs/service:Service"
S3 = "aws:s3/"
ENCRYPTION = f"{S3}bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
containers = partial(in_json, "containerDefinitions")
policy = partial(in_json, "policy")
trust = partial(in_json, "assumeRolePolicy")
WORLD = put("cidrIpv4", "0.0.0.0/0")

CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("s3-bucket-encrypted", ENCRYPTION, put("rules.applyServerSideEncryptionByDefault", {})),
    ("s3-bucket-key", ENCRYPTION, put("rules.bucketKeyEnabled", False)),
    ("kms-key-rotation", "aws:kms/key:Key", put("enableKeyRotation", False)),
    ("kms-key-policy-narrow", "aws:kms/key:Key", policy(put("Principal", {"AWS": "*"}))),
    ("rds-encrypted", DATABASE, put("storageEncrypted", False)),
    ("rds-managed-password", DATABASE, drop("manageMasterUserPassword")),
    ("rds-not-public", DATABASE, put("publiclyAccessible", True)),
    ("rds-backups", DATABASE, put("backupRetentionPeriod", 1)),
    ("rds-deletion-protection", DATABASE, put("deletionProtection", False)),
    ("rds-multi-az", DATABASE, put("multiAz", False)),
    ("rds-final-snapshot", DATABASE, put("skipFinalSnapshot", True)),
    ("rds-logs-exported", DATABASE, put("enabledCloudwatchLogsExports", [])),
    (
        "rds-tls-forced",
        "aws:rds/parameterGroup:ParameterGroup",
        put("parameters.value", "0"),
    ),
    (
        "elasticache-encrypted",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        put("atRestEncryptionEnabled", False),
    ),
    (
        "elasticache-tls",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        put("transitEncryptionEnabled", False),
    ),
    ("sqs-encrypted", "aws:sqs/queue:Queue", drop("sqsManagedSseEnabled", "kmsMasterKeyId")),
    ("sns-encrypted", "aws:sns/topic:Topic", drop("kmsMasterKeyId")),
    ("secret-own-key", "aws:secretsmanager/secret:Secret", drop("kmsKeyId")),
    ("secret-recoverable", "aws:secretsmanager/secret:Secret", put("recoveryWindowInDays", 0)),
    (
        "s3-public-access-blocked",
        f"{S3}bucketPublicAccessBlock:BucketPublicAccessBlock",
        put("ignorePublicAcls", False),
    ),
    ("s3-tls-only", f"{S3}bucketPolicy:BucketPolicy", policy(drop("Condition"))),
    ("s3-versioned", f"{S3}bucketVersioning:BucketVersioning", put("bucket", "another")),
    ("s3-not-emptied-by-destroy", f"{S3}bucket:Bucket", put("forceDestroy", True)),
    ("no-public-principal", ROLE, trust(both(put("Principal", "*"), drop("Condition")))),
    ("iam-trust-has-source", ROLE, trust(drop("Condition"))),
    ("iam-no-wildcards", ROLE_POLICY, policy(both(put("Action", "s3:*"), put("Resource", "*")))),
    ("iam-no-whole-service", ROLE_POLICY, policy(put("Action", "s3:*"))),
    ("iam-no-negation", ROLE_POLICY, policy(put("NotAction", "s3:GetObject"))),
    ("iam-pass-role-bounded", ROLE_POLICY, policy(drop("Condition"))),
    ("sg-not-open", INGRESS, WORLD),
    ("sg-guarded-ports-by-group", INGRESS, WORLD),
    ("sg-egress-narrow", EGRESS, WORLD),
    ("sg-described", INGRESS, drop("description")),
    ("subnet-no-auto-address", "aws:ec2/subnet:Subnet", put("mapPublicIpOnLaunch", True)),
    ("eip-only-for-nat", "aws:ec2/natGateway:NatGateway", put("allocationId", "another")),
    ("nat-in-public-subnet", "aws:ec2/route:Route", put("gatewayId", None)),
    ("log-group-retention", "aws:cloudwatch/logGroup:LogGroup", put("retentionInDays", 7)),
    ("task-log-group-declared", "aws:cloudwatch/logGroup:LogGroup", put("name", "another")),
    ("lb-access-logged", BALANCER, put("accessLogs.enabled", False)),
    ("lb-deletion-protection", BALANCER, put("enableDeletionProtection", False)),
    ("lb-drops-invalid-headers", BALANCER, put("dropInvalidHeaderFields", False)),
    ("lb-http-redirects", LISTENER, put("defaultActions.type", "forward")),
    ("lb-tls-policy", LISTENER, put("sslPolicy", "ELBSecurityPolicy-2016-08")),
    ("required-tags", "aws:sns/topic:Topic", put("tags.Owner", "")),
    ("one-environment", "aws:sns/topic:Topic", put("tags.Environment", "dev")),
    ("ecs-circuit-breaker", SERVICE, put("deploymentCircuitBreaker.rollback", False)),
    (
        "ecs-service-no-public-address",
        SERVICE,
        put("networkConfiguration.assignPublicIp", True),
    ),
    ("ecs-exec-off", SERVICE, put("enableExecuteCommand", True)),
    ("container-read-only-root", TASK, containers(put("readonlyRootFilesystem", False))),
    ("container-not-privileged", TASK, containers(put("privileged", True))),
    ("container-not-root", TASK, containers(put("user", "root"))),
    (
        "container-no-plain-secrets",
        TASK,
        containers(put("environment", [{"name": "FMP_API_KEY", "value": "x"}])),
    ),
    ("container-image-pinned", TASK, containers(put("image", "finks-dbt:latest"))),
    ("container-logs", TASK, containers(drop("logConfiguration"))),
    ("ecr-immutable-tags", "aws:ecr/repository:Repository", put("imageTagMutability", "MUTABLE")),
    (
        "ecr-scan-on-push",
        "aws:ecr/repository:Repository",
        put("imageScanningConfiguration.scanOnPush", False),
    ),
    ("lambda-traced", "aws:lambda/function:Function", put("tracingConfig.mode", "PassThrough")),
    ("lambda-runtime-supported", "aws:lambda/function:Function", put("runtime", "python3.8")),
    ("api-access-logged", "aws:apigateway/stage:Stage", drop("accessLogSettings")),
    (
        "api-throttled",
        "aws:apigateway/methodSettings:MethodSettings",
        put("settings.throttlingRateLimit", -1),
    ),
    (
        "athena-results-encrypted",
        "aws:athena/workgroup:Workgroup",
        put("configuration.resultConfiguration.encryptionConfiguration", {}),
    ),
    (
        "athena-bytes-limited",
        "aws:athena/workgroup:Workgroup",
        put("configuration.bytesScannedCutoffPerQuery", 0),
    ),
    ("glue-job-limited", "aws:glue/job:Job", put("timeout", 2880)),
    (
        "glue-encrypted",
        "aws:glue/securityConfiguration:SecurityConfiguration",
        put("encryptionConfiguration.s3Encryption.s3EncryptionMode", "DISABLED"),
    ),
)
REMOVALS = (
    ("s3-access-logged", f"{S3}bucketLogging:BucketLogging"),
    ("s3-leftovers-expire", f"{S3}bucketLifecycleConfiguration:BucketLifecycleConfiguration"),
    ("vpc-default-sg-closed", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"),
    ("vpc-flow-logs", "aws:ec2/flowLog:FlowLog"),
    ("ecr-old-images-expire", "aws:ecr/lifecyclePolicy:LifecyclePolicy"),
    ("lambda-log-group-declared", "aws:cloudwatch/logGroup:LogGroup"),
)


@pytest.fixture(scope="module")
def prod(recorded: Recorded) -> list[Resource]:
    return recorded("prod")


def faulty(props: Mapping[str, Any], change: Change) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(dict(props)))
    change(copy)
    return copy


@pytest.mark.parametrize(("rule", "kind", "change"), CHANGES, ids=[rule for rule, *_ in CHANGES])
def test_a_changed_property_is_found(
    prod: list[Resource], rule: str, kind: str, change: Change
) -> None:
    assert any(resource.type == kind for resource in prod)
    changed = [
        replace(
            resource,
            inputs=faulty(resource.inputs, change),
            outputs=faulty(resource.outputs, change),
        )
        if resource.type == kind
        else resource
        for resource in prod
    ]
    assert judge(prod, [BY_NAME[rule]]) == []
    assert judge(changed, [BY_NAME[rule]])


@pytest.mark.parametrize(("rule", "kind"), REMOVALS, ids=[rule for rule, _ in REMOVALS])
def test_a_missing_resource_is_found(prod: list[Resource], rule: str, kind: str) -> None:
    kept = [resource for resource in prod if resource.type != kind]
    assert len(kept) < len(prod)
    assert judge(prod, [BY_NAME[rule]]) == []
    assert judge(kept, [BY_NAME[rule]])
