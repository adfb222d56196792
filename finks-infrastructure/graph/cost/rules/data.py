"""Prices of what holds data: databases, caches, buckets, keys, secrets, Glue and Athena."""

from __future__ import annotations

from collections.abc import Iterator

from graph.cost.bill import Bill, Line, Rule, monthly
from graph.cost.prices import HOURS_A_MONTH
from graph.model import Resource

_GLUE_DPUS = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0}
_STANDBY = 2
"""Multi-AZ keeps a second instance and a second copy of the storage."""


def _database(resource: Resource, bill: Bill) -> Iterator[Line]:
    inputs = resource.inputs
    copies = _STANDBY if inputs.get("multiAz") else 1
    running = copies * bill.hours.of(str(inputs.get("identifier")))
    zones = "Multi-AZ" if copies == _STANDBY else "Single-AZ"
    kind = str(inputs["instanceClass"])
    yield bill.line(resource, f"PostgreSQL {kind} {zones}", f"rds.{kind}", running)
    stored = copies * float(inputs["allocatedStorage"])
    yield bill.line(resource, "database storage", "rds_storage_gb_month", stored)
    if inputs.get("manageMasterUserPassword"):
        yield bill.line(resource, "master password's secret", "secret_month", 1)


def _redis(resource: Resource, bill: Bill) -> Iterator[Line]:
    inputs = resource.inputs
    shards = int(inputs.get("numNodeGroups", 1))
    nodes = int(
        inputs.get("numCacheClusters") or shards * (1 + int(inputs.get("replicasPerNodeGroup", 0)))
    )
    engine = "valkey" if inputs.get("engine") == "valkey" else "redis"
    kind = str(inputs["nodeType"])
    yield bill.line(resource, f"{engine} {kind}", f"{engine}.{kind}", nodes * HOURS_A_MONTH)


def _bucket(resource: Resource, bill: Bill) -> Iterator[Line]:
    yield bill.line(resource, "objects", "s3_standard_gb_month", bill.usage.idle["s3_gb"])
    use = bill.usage.pipeline
    buckets = len(bill.graph.of_type(resource.type))
    for what, key, amount in (
        ("objects", "s3_standard_gb_month", use["s3_gb"]),
        ("writes", "s3_put", use["s3_puts"]),
        ("reads", "s3_get", use["s3_gets"]),
    ):
        yield bill.line(resource, what, key, amount / buckets, basis="pipeline")


def _key(resource: Resource, bill: Bill) -> Iterator[Line]:
    keys = len(bill.graph.of_type(resource.type))
    yield bill.line(resource, "KMS key", "kms_key_month", 1)
    yield bill.line(resource, "KMS requests", "kms_request", bill.usage.idle["kms_requests"] / keys)


def _glue_job(resource: Resource, bill: Bill) -> Iterator[Line]:
    workers = int(resource.inputs.get("numberOfWorkers", 2))
    dpus = workers * _GLUE_DPUS[str(resource.inputs.get("workerType", "G.1X"))]
    hours = bill.usage.pipeline["runs"] * bill.usage.pipeline["glue_minutes"] / 60
    yield bill.line(resource, "Glue job", "glue_dpu_hour", dpus * hours, basis="pipeline")


def _workgroup(resource: Resource, bill: Bill) -> Iterator[Line]:
    workgroups = len(bill.graph.of_type(resource.type))
    scanned = bill.usage.pipeline["athena_tb"] / workgroups
    yield bill.line(resource, "queries", "athena_tb", scanned, basis="pipeline")


RULES: dict[str, Rule] = {
    "aws:athena/workgroup:Workgroup": _workgroup,
    "aws:elasticache/replicationGroup:ReplicationGroup": _redis,
    "aws:glue/job:Job": _glue_job,
    "aws:kms/key:Key": _key,
    "aws:rds/instance:Instance": _database,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:secretsmanager/secret:Secret": monthly("secret_month", "secret"),
}
