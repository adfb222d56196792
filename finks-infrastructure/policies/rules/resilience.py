"""A way back: backups, versions, deletion protection, and more than one of what must not fail."""

from __future__ import annotations

from collections.abc import Iterator

from rules.encryption import BUCKET
from rules.rule import Stack, Subject, mentions, resource_rule, stack_rule

DATABASE = "aws:rds/instance:Instance"
_BACKUP_DAYS = 7
_KEY_DAYS = 30
_REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"


@resource_rule(
    "rds-backups",
    DATABASE,
    why="Point-in-time recovery reaches back as far as the backups do; a fault is often found"
    " after a weekend.",
    remedy=f"set backupRetentionPeriod to {_BACKUP_DAYS} or more",
)
def rds_backups(database: Subject) -> Iterator[str]:
    """A week outside dev, a day there."""
    days = int(database.get("backupRetentionPeriod") or 0)
    if days < (1 if database.is_throwaway else _BACKUP_DAYS):
        yield f"backups of {database.environment} are kept for {days} days"


@resource_rule(
    "rds-deletion-protection",
    DATABASE,
    "aws:rds/cluster:Cluster",
    why="A renamed resource is a deleted one, and the run history is gone.",
    remedy="set deletionProtection: true",
)
def rds_deletion_protection(database: Subject) -> Iterator[str]:
    """In production."""
    if database.is_production and database.get("deletionProtection") is not True:
        yield f"the database of {database.environment} can be deleted"


@resource_rule(
    "rds-multi-az",
    DATABASE,
    why="Prefect stops with its database: one zone's outage would stop the pipeline.",
    remedy="set multiAz: true",
)
def rds_multi_az(database: Subject) -> Iterator[str]:
    """In production."""
    if database.is_production and database.get("multiAz") is not True:
        yield f"the database of {database.environment} is in one zone"


@resource_rule(
    "rds-final-snapshot",
    DATABASE,
    why="Backups are deleted with their instance; a final snapshot is what is left.",
    remedy="set skipFinalSnapshot: false and finalSnapshotIdentifier",
)
def rds_final_snapshot(database: Subject) -> Iterator[str]:
    """Outside dev."""
    if database.is_throwaway:
        return
    if database.get("skipFinalSnapshot") is True or not database.get("finalSnapshotIdentifier"):
        yield f"deleting the database of {database.environment} leaves nothing"


@resource_rule(
    "rds-minor-upgrades",
    DATABASE,
    why="Security fixes of PostgreSQL come as minor versions.",
    remedy="leave autoMinorVersionUpgrade at true",
)
def rds_minor_upgrades(database: Subject) -> Iterator[str]:
    """Minor versions install themselves in the maintenance window."""
    if database.get("autoMinorVersionUpgrade") is False:
        yield "security fixes are not installed"


@stack_rule(
    "s3-versioned",
    BUCKET,
    why="An overwritten or deleted object can be brought back only from a version.",
    remedy="add a BucketVersioning with status Enabled",
)
def s3_versioned(bucket: Subject, stack: Stack) -> Iterator[str]:
    """Versions on every bucket of AWS; the local cloud keeps none."""
    if bucket.environment == "local":
        return
    found = stack.referring("bucket", bucket, "aws:s3/bucketVersioning:BucketVersioning")
    statuses = [entry.within("versioningConfiguration").get("status") for entry in found]
    if statuses != ["Enabled"]:
        yield "objects have no versions"


@stack_rule(
    "s3-leftovers-expire",
    BUCKET,
    why="Parts of interrupted uploads and old versions are invisible in the console, and billed.",
    remedy="add a BucketLifecycleConfiguration with abortIncompleteMultipartUpload and"
    " noncurrentVersionExpiration",
)
def s3_leftovers_expire(bucket: Subject, stack: Stack) -> Iterator[str]:
    """Interrupted uploads and noncurrent versions are collected in every bucket."""
    rules = [
        rule
        for configuration in stack.referring(
            "bucket", bucket, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        )
        for rule in configuration.each("rules")
        if rule.get("status") == "Enabled"
    ]
    for key, leftover in (
        ("abortIncompleteMultipartUpload", "interrupted uploads"),
        ("noncurrentVersionExpiration", "old versions"),
    ):
        if not any(rule.get(key) for rule in rules):
            yield f"{leftover} stay for ever"


@resource_rule(
    "s3-not-emptied-by-destroy",
    BUCKET,
    why="forceDestroy deletes every version of every object with the bucket.",
    remedy="set forceDestroy: false; empty the bucket by hand before it is removed",
)
def s3_not_emptied_by_destroy(bucket: Subject) -> Iterator[str]:
    """Outside dev a bucket that holds data stays."""
    if bucket.get("forceDestroy") is True and not bucket.is_throwaway:
        yield f"destroying the stack empties the bucket of {bucket.environment}"


@resource_rule(
    "kms-key-deletion-window",
    "aws:kms/key:Key",
    why="With its key all data is gone; the waiting time is the only way back.",
    remedy=f"leave deletionWindowInDays at {_KEY_DAYS}",
)
def kms_key_deletion_window(key: Subject) -> Iterator[str]:
    """The longest time that AWS offers, in production."""
    days = key.get("deletionWindowInDays")
    if key.is_production and days is not None and int(days) < _KEY_DAYS:
        yield f"a deleted key of {key.environment} can be brought back for {int(days)} days only"


@resource_rule(
    "secret-recoverable",
    "aws:secretsmanager/secret:Secret",
    why="A secret that was deleted by mistake takes its workload down until somebody finds the"
    " value again.",
    remedy="set recoveryWindowInDays to 7 or more",
)
def secret_recoverable(secret: Subject) -> Iterator[str]:
    """Outside dev, where names are used again at once."""
    days = secret.get("recoveryWindowInDays")
    if days is not None and int(days) == 0 and not secret.is_throwaway:
        yield f"a deleted secret of {secret.environment} is gone at once"


@resource_rule(
    "lb-deletion-protection",
    "aws:lb/loadBalancer:LoadBalancer",
    why="A new balancer has a new name, and everybody's bookmark is wrong.",
    remedy="set enableDeletionProtection: true",
)
def lb_deletion_protection(balancer: Subject) -> Iterator[str]:
    """In production."""
    if balancer.is_production and balancer.get("enableDeletionProtection") is not True:
        yield f"the balancer of {balancer.environment} can be deleted"


@resource_rule(
    "ecs-circuit-breaker",
    "aws:ecs/service:Service",
    why="Without it ECS starts a broken image again and again until somebody looks.",
    remedy="set deploymentCircuitBreaker with enable: true and rollback: true",
)
def ecs_circuit_breaker(service: Subject) -> Iterator[str]:
    """A deployment that does not come up is rolled back."""
    breaker = service.within("deploymentCircuitBreaker")
    if breaker.get("enable") is not True or breaker.get("rollback") is not True:
        yield "a broken deployment is not rolled back"


@stack_rule(
    "nat-per-zone",
    "aws:ec2/vpc:Vpc",
    why="With one NAT gateway the outage of its zone takes the others' way out along.",
    remedy="set network.natGateways to the number of zones",
)
def nat_per_zone(vpc: Subject, stack: Stack) -> Iterator[str]:
    """In production every zone has its own way out."""
    if not vpc.is_production:
        return
    zones = {
        str(subnet.get("availabilityZone"))
        for subnet in stack.referring("vpcId", vpc, "aws:ec2/subnet:Subnet")
    }
    gateways = stack.of_type("aws:ec2/natGateway:NatGateway")
    served = {
        str(subnet.get("availabilityZone"))
        for gateway in gateways
        for subnet in stack.referred(gateway, "subnetId", "aws:ec2/subnet:Subnet")
    }
    if gateways and zones - served:
        yield f"{', '.join(sorted(zones - served))} has no NAT gateway of its own"


@stack_rule(
    "sqs-dead-letter",
    "aws:sqs/queue:Queue",
    why="A message that nobody can read comes back until it expires, and nobody learns of it.",
    remedy="set redrivePolicy to a dead-letter queue",
    advisory="the observer of ECS reads state changes that are stale after minutes anyway",
)
def sqs_dead_letter(queue: Subject, stack: Stack) -> Iterator[str]:
    """Every queue but those that receive dead letters."""
    if queue.has("redrivePolicy") or stack.referring("queueUrl", queue, _REDRIVE):
        return
    others = stack.of_type("aws:sqs/queue:Queue", _REDRIVE)
    if not any(mentions(other, "redrivePolicy", queue) for other in others):
        yield "messages that cannot be read come back for ever"
