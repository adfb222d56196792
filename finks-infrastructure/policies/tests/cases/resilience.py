"""Examples of rules/resilience.py."""

from __future__ import annotations

import json
from typing import Any

from exported import Resource
from tests.case import Case, aws, but


def database(environment: str, **props: Any) -> Resource:
    return aws("rds/instance:Instance", "db", environment, **props)


PROD = database(
    "prod",
    backupRetentionPeriod=7,
    deletionProtection=True,
    multiAz=True,
    skipFinalSnapshot=False,
    finalSnapshotIdentifier="finks-prod-final",
)
DEV = database("dev", backupRetentionPeriod=1, skipFinalSnapshot=True)
BUCKET = aws("s3/bucket:Bucket", "bronze", bucket="finks-prod-bronze")
VERSIONING = aws(
    "s3/bucketVersioning:BucketVersioning",
    "versioning",
    "",
    bucket="finks-prod-bronze",
    versioningConfiguration={"status": "Enabled"},
)
COLLECT = {
    "id": "leftovers",
    "status": "Enabled",
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    "noncurrentVersionExpiration": {"noncurrentDays": 30},
}


def lifecycle(rule: dict[str, Any]) -> Resource:
    return aws(
        "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "lifecycle",
        "",
        bucket="finks-prod-bronze",
        rules=[rule],
    )


KEY = aws("kms/key:Key", "key", deletionWindowInDays=30)
SECRET = aws("secretsmanager/secret:Secret", "fmp", recoveryWindowInDays=7)
BALANCER = aws("lb/loadBalancer:LoadBalancer", "lb", enableDeletionProtection=True)
SERVICE = aws(
    "ecs/service:Service", "server", deploymentCircuitBreaker={"enable": True, "rollback": True}
)
VPC = aws("ec2/vpc:Vpc", "vpc")
SUBNETS = tuple(
    aws("ec2/subnet:Subnet", f"public-{zone}", vpcId="vpc", availabilityZone=f"ca-central-1{zone}")
    for zone in "ab"
)
NATS = tuple(
    aws("ec2/natGateway:NatGateway", f"nat-{zone}", subnetId=f"public-{zone}") for zone in "ab"
)
DEAD = aws("sqs/queue:Queue", "dead")
QUEUE = aws(
    "sqs/queue:Queue",
    "events",
    redrivePolicy=json.dumps({"deadLetterTargetArn": DEAD.outputs["arn"], "maxReceiveCount": 5}),
)

CASES = (
    Case("rds-backups", [PROD], [but(PROD, backupRetentionPeriod=3)], says="prod are kept for 3"),
    Case("rds-backups", [DEV], [but(DEV, backupRetentionPeriod=0)], says="dev are kept for 0"),
    Case(
        "rds-backups",
        good=[database("staging", backupRetentionPeriod=7)],
        bad=[database("staging", backupRetentionPeriod=1)],
        says="staging are kept for 1",
    ),
    Case(
        "rds-backups",
        good=[DEV],
        bad=[database("", backupRetentionPeriod=1)],  # unknown environments are guarded as prod
        says="prod are kept for 1",
    ),
    Case("rds-deletion-protection", [PROD], [but(PROD, deletionProtection=False)], says="deleted"),
    Case("rds-deletion-protection", [DEV], [but(PROD, deletionProtection=None)], says="deleted"),
    Case("rds-multi-az", [PROD], [but(PROD, multiAz=False)], says="in one zone"),
    Case("rds-multi-az", [DEV], [but(PROD, multiAz=None)], says="in one zone"),
    Case(
        "rds-final-snapshot",
        good=[PROD],
        bad=[but(PROD, skipFinalSnapshot=True)],
        says="leaves nothing",
    ),
    Case(
        "rds-final-snapshot",
        good=[DEV],
        bad=[but(PROD, finalSnapshotIdentifier=None)],
        says="leaves nothing",
    ),
    Case(
        "rds-minor-upgrades",
        good=[PROD],
        bad=[but(PROD, autoMinorVersionUpgrade=False)],
        says="not installed",
    ),
    Case("s3-versioned", [BUCKET, VERSIONING], [BUCKET], says="no versions"),
    Case(
        "s3-versioned",
        good=[BUCKET, VERSIONING],
        bad=[BUCKET, but(VERSIONING, versioningConfiguration={"status": "Suspended"})],
        says="no versions",
    ),
    Case(
        "s3-versioned",
        good=[aws("s3/bucket:Bucket", "bronze", "local", bucket="finks-local-bronze")],
        bad=[aws("s3/bucket:Bucket", "bronze", "dev", bucket="finks-dev-bronze")],
        says="no versions",
    ),
    Case("s3-leftovers-expire", [BUCKET, lifecycle(COLLECT)], [BUCKET], says="interrupted uploads"),
    Case(
        "s3-leftovers-expire",
        good=[BUCKET, lifecycle(COLLECT)],
        bad=[
            BUCKET,
            lifecycle(
                {key: COLLECT[key] for key in COLLECT if key != "noncurrentVersionExpiration"}
            ),
        ],
        says="old versions stay",
    ),
    Case(
        "s3-leftovers-expire",
        good=[BUCKET, lifecycle(COLLECT)],
        bad=[BUCKET, lifecycle({**COLLECT, "status": "Disabled"})],
        says="interrupted uploads",
    ),
    Case(
        "s3-not-emptied-by-destroy",
        good=[aws("s3/bucket:Bucket", "bronze", "dev", forceDestroy=True)],
        bad=[aws("s3/bucket:Bucket", "bronze", "staging", forceDestroy=True)],
        says="empties the bucket of staging",
    ),
    Case(
        "kms-key-deletion-window", [KEY], [but(KEY, deletionWindowInDays=7)], says="for 7 days only"
    ),
    Case(
        "kms-key-deletion-window",
        good=[aws("kms/key:Key", "key", "dev", deletionWindowInDays=7)],
        bad=[but(KEY, deletionWindowInDays=29)],
        says="for 29 days only",
    ),
    Case("secret-recoverable", [SECRET], [but(SECRET, recoveryWindowInDays=0)], says="at once"),
    Case(
        "secret-recoverable",
        good=[aws("secretsmanager/secret:Secret", "fmp", "dev", recoveryWindowInDays=0)],
        bad=[aws("secretsmanager/secret:Secret", "fmp", "staging", recoveryWindowInDays=0)],
        says="of staging is gone at once",
    ),
    Case(
        "lb-deletion-protection",
        good=[BALANCER],
        bad=[but(BALANCER, enableDeletionProtection=False)],
        says="can be deleted",
    ),
    Case(
        "ecs-circuit-breaker",
        good=[SERVICE],
        bad=[but(SERVICE, deploymentCircuitBreaker={"enable": True, "rollback": False})],
        says="not rolled back",
    ),
    Case(
        "nat-per-zone",
        good=[VPC, *SUBNETS, *NATS],
        bad=[VPC, *SUBNETS, NATS[0]],
        says="ca-central-1b has no NAT",
    ),
    Case(
        "nat-per-zone",
        good=[aws("ec2/vpc:Vpc", "vpc", "dev"), *SUBNETS, NATS[0]],
        bad=[VPC, *SUBNETS, NATS[1]],
        says="ca-central-1a has no NAT",
    ),
    Case("sqs-dead-letter", [QUEUE, DEAD], [but(QUEUE, redrivePolicy=None)], says="for ever"),
)
