"""Every rule of pricing against a figure worked out by hand from the price table.

A month has 730 hours. The prices stand here a second time, so that a change of the table shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.cost import rules
from graph.cost.prices import prices, usage
from graph.cost.rules import RULES
from tests.unit.graph.cost.conftest import IDLE, Priced, resource, usd

PRICED_IN_TEST_FARGATE = {
    "aws:ecs/service:Service",
    "aws:ecs/taskDefinition:TaskDefinition",
}

SIMPLE: list[tuple[str, dict[str, Any], float]] = [
    # NAT gateway: 730 h * 0.05 and 2 GB * 0.05.
    ("aws:ec2/natGateway:NatGateway", {}, 36.50 + 0.10),
    # A public address: 730 h * 0.005.
    ("aws:ec2/eip:Eip", {}, 3.65),
    # Interface endpoint in two zones: 2 * 730 h * 0.011 and 2 * 1 GB * 0.01.
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {"vpcEndpointType": "Interface", "subnetIds": ["a", "b"]},
        16.06 + 0.02,
    ),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Gateway"}, 0.0),
    # Internal balancer: 730 h * 0.02475 and 73 LCU-hours * 0.0088.
    ("aws:lb/loadBalancer:LoadBalancer", {"internal": True}, 18.0675 + 0.6424),
    # One on the internet has an address in each subnet: 2 * 3.65 more.
    (
        "aws:lb/loadBalancer:LoadBalancer",
        {"internal": False, "subnets": ["a", "b"]},
        18.0675 + 0.6424 + 7.30,
    ),
    # Flow logs: 1 GB into CloudWatch, or to S3.
    ("aws:ec2/flowLog:FlowLog", {"logDestinationType": "cloud-watch-logs"}, 0.55),
    ("aws:ec2/flowLog:FlowLog", {"logDestinationType": "s3"}, 0.275),
    ("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", {}, 0.50),
    # PostgreSQL: 730 h * 0.018 and 20 GB * 0.127.
    (
        "aws:rds/instance:Instance",
        {"identifier": "d", "instanceClass": "db.t4g.micro", "allocatedStorage": 20},
        13.14 + 2.54,
    ),
    # Multi-AZ has both twice; RDS keeps the master password in a secret: 0.40.
    (
        "aws:rds/instance:Instance",
        {
            "identifier": "d",
            "instanceClass": "db.t4g.medium",
            "allocatedStorage": 20,
            "multiAz": True,
            "manageMasterUserPassword": True,
        },
        2 * (730 * 0.071 + 2.54) + 0.40,
    ),
    # Redis: two nodes * 730 h * 0.018; Valkey one * 730 h * 0.0144.
    (
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {"nodeType": "cache.t4g.micro", "engine": "redis", "numCacheClusters": 2},
        26.28,
    ),
    (
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {"nodeType": "cache.t4g.micro", "engine": "valkey", "replicasPerNodeGroup": 0},
        10.512,
    ),
    ("aws:kms/key:Key", {}, 1.00 + 10_000 * 0.000003),
    ("aws:secretsmanager/secret:Secret", {}, 0.40),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"period": 300}, 0.10),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"period": 10}, 0.30),
    # An alarm on arithmetic of two metrics costs both; the expression itself is free.
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {"metricQueries": [{"metric": {"a": 1}}, {"metric": {"b": 1}}, {"expression": "a/b"}]},
        0.20,
    ),
    ("aws:cloudwatch/compositeAlarm:CompositeAlarm", {}, 0.50),
    ("aws:cloudwatch/dashboard:Dashboard", {}, 3.00),
    ("aws:ecr/repository:Repository", {}, 0.05),
    ("aws:s3/bucket:Bucket", {}, 0.025),
    ("aws:sqs/queue:Queue", {"redrivePolicy": "{}"}, 0.40),
    ("aws:sqs/queue:Queue", {}, 0.0),
    ("aws:cfg/recorder:Recorder", {}, 0.30),
    ("aws:cfg/rule:Rule", {}, 0.05),
    # GuardDuty: 0.5 million events * 4.40 and 2 GB * 1.10.
    ("aws:guardduty/detector:Detector", {}, 2.20 + 2.20),
    # A feature that is off, or priced with the detector's logs, or without a database: nothing.
    (
        "aws:guardduty/detectorFeature:DetectorFeature",
        {"name": "RDS_LOGIN_EVENTS", "status": "DISABLED"},
        0.0,
    ),
    (
        "aws:guardduty/detectorFeature:DetectorFeature",
        {"name": "LAMBDA_NETWORK_LOGS", "status": "ENABLED"},
        0.0,
    ),
    # Container Insights of a cluster without services: 8 metrics * 0.30.
    (
        "aws:ecs/cluster:Cluster",
        {"settings": [{"name": "containerInsights", "value": "enabled"}]},
        2.40,
    ),
    (
        "aws:ecs/cluster:Cluster",
        {"settings": [{"name": "containerInsights", "value": "disabled"}]},
        0.0,
    ),
]


@pytest.mark.parametrize(("kind", "inputs", "expected"), SIMPLE)
def test_an_idle_month(priced: Priced, kind: str, inputs: dict[str, Any], expected: float) -> None:
    assert usd(priced(resource(kind, "one", inputs), idle=IDLE)) == pytest.approx(expected)


PIPELINE: list[tuple[str, dict[str, Any], dict[str, float], float]] = [
    # NAT: 6 GB * 0.05.
    ("aws:ec2/natGateway:NatGateway", {}, {"nat_gb": 6}, 0.30),
    # Glue: 21 runs * 4 min * 2 workers of 1 DPU * 0.44.
    (
        "aws:glue/job:Job",
        {"numberOfWorkers": 2, "workerType": "G.1X"},
        {"runs": 21, "glue_minutes": 4},
        21 * 4 / 60 * 2 * 0.44,
    ),
    (
        "aws:glue/job:Job",
        {"numberOfWorkers": 3, "workerType": "G.2X"},
        {"runs": 10, "glue_minutes": 6},
        1 * 6 * 0.44,
    ),
    ("aws:athena/workgroup:Workgroup", {}, {"athena_tb": 0.5}, 2.75),
    # Lambda: 1,000 calls * 2 s * 0.5 GB, and 1,000 requests.
    (
        "aws:lambda/function:Function",
        {"memorySize": 512},
        {"lambda_requests": 1000, "lambda_seconds": 2},
        1000 * 0.0000166667 + 1000 * 0.0000002,
    ),
    # GuardDuty reads 1.5 million S3 events * 0.88 a million.
    (
        "aws:guardduty/detectorFeature:DetectorFeature",
        {"name": "S3_DATA_EVENTS", "status": "ENABLED"},
        {"s3_puts": 500_000, "s3_gets": 1_000_000},
        1.32,
    ),
    ("aws:apigateway/restApi:RestApi", {}, {"api_requests": 1_000_000}, 3.50),
    (
        "aws:sns/topicSubscription:TopicSubscription",
        {"protocol": "email"},
        {"emails": 1000},
        0.02,
    ),
    ("aws:sns/topicSubscription:TopicSubscription", {"protocol": "https"}, {}, 0.0),
    # Logs: 2 GB written, kept for 30 of 30.4 days.
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"retentionInDays": 30},
        {"log_gb": 2},
        2 * 0.55 + 2 * 720 / 730 * 0.033,
    ),
    (
        "aws:s3/bucket:Bucket",
        {},
        {"s3_gb": 10, "s3_puts": 1_000_000, "s3_gets": 1_000_000},
        0.25 + 5.50 + 0.44,
    ),
    (
        "aws:sfn/stateMachine:StateMachine",
        {"definition": '{"States": {"a": {}}}'},
        {"redeploy_transitions": 1000},
        0.025,
    ),
]


@pytest.mark.parametrize(("kind", "inputs", "use", "expected"), PIPELINE)
def test_what_the_pipeline_adds(
    priced: Priced, kind: str, inputs: dict[str, Any], use: dict[str, float], expected: float
) -> None:
    lines = priced(resource(kind, "one", inputs), pipeline=use)
    assert usd(lines, basis="pipeline") == pytest.approx(expected)


def test_every_rule_is_worked_out_by_hand_here() -> None:
    covered = (
        {kind for kind, *_ in SIMPLE} | {kind for kind, *_ in PIPELINE} | PRICED_IN_TEST_FARGATE
    )
    assert covered == RULES.keys()


def test_traffic_is_shared_by_gateways_and_buckets(priced: Priced) -> None:
    gateways = [resource("aws:ec2/natGateway:NatGateway", str(n), {}) for n in range(2)]
    lines = priced(*gateways, pipeline={"nat_gb": 6})
    assert usd(lines, basis="pipeline") == pytest.approx(0.30)


def test_log_ins_of_a_database_are_watched_by_the_vcpu(priced: Priced) -> None:
    database = {"identifier": "d", "instanceClass": "db.t4g.micro", "allocatedStorage": 20}
    feature = {"name": "RDS_LOGIN_EVENTS", "status": "ENABLED"}
    lines = priced(
        resource("aws:rds/instance:Instance", "d", database),
        resource("aws:guardduty/detectorFeature:DetectorFeature", "f", feature),
    )
    assert usd(lines, of="log-ins") == pytest.approx(2 * 1.10)


def test_every_price_is_used() -> None:
    """A price that no rule asks for is one that nobody checks."""
    folder = Path(rules.__file__).parent
    code = "".join(file.read_text() for file in folder.glob("*.py"))
    composed = ("rds.db.", "redis.", "valkey.", "fargate_")
    unused = [
        key for key in prices().table if f'"{key}"' not in code and not key.startswith(composed)
    ]
    assert unused == []


def test_every_assumption_is_used() -> None:
    folder = Path(rules.__file__).parent
    code = "".join(file.read_text() for file in folder.glob("*.py"))
    unused = [key for key in (*usage().idle, *usage().pipeline) if f'"{key}"' not in code]
    assert unused == []
