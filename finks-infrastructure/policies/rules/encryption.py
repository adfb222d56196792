"""Encryption at rest: every store of data has a key, and the key is ours where AWS allows it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.rule import Stack, Subject, has, resource_rule, stack_rule

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)


def receives_logs(bucket: Subject, stack: Stack) -> bool:
    """Whether a bucket is where S3 or a load balancer delivers access logs."""
    return bool(
        stack.referring("targetBucket", bucket, "aws:s3/bucketLogging:BucketLogging")
        or stack.referring("accessLogs", bucket, "aws:lb/loadBalancer:LoadBalancer")
    )


@stack_rule(
    "s3-bucket-encrypted",
    BUCKET,
    why="Objects under our own KMS key are readable only for who may use the key as well;"
    " load balancers deliver logs to buckets with SSE-S3 alone.",
    remedy="add a BucketServerSideEncryptionConfiguration with aws:kms and the stack's key"
    " (AES256 for the bucket that receives access logs)",
)
def s3_bucket_encrypted(bucket: Subject, stack: Stack) -> Iterator[str]:
    """Default encryption of every bucket."""
    found = stack.referring("bucket", bucket, BUCKET_ENCRYPTION)
    if not found:
        yield "the bucket has no default encryption of its own"
    for rule in (rule for configuration in found for rule in configuration.each("rules")):
        default = rule.get("applyServerSideEncryptionByDefault") or {}
        algorithm = default.get("sseAlgorithm")
        if algorithm == "AES256" and receives_logs(bucket, stack):
            continue
        if algorithm not in {"aws:kms", "aws:kms:dsse"} or not has(default, "kmsMasterKeyId"):
            yield f"default encryption is {algorithm or 'not set'} without a key of ours"


@resource_rule(
    "s3-bucket-key",
    BUCKET_ENCRYPTION,
    why="Without a bucket key every object costs a call to KMS: a scan of a year of prices costs"
    " more in KMS than in Athena.",
    remedy="set bucketKeyEnabled: true",
)
def s3_bucket_key(configuration: Subject) -> Iterator[str]:
    """Bucket keys wherever KMS encrypts."""
    for rule in configuration.each("rules"):
        algorithm = (rule.get("applyServerSideEncryptionByDefault") or {}).get("sseAlgorithm")
        if algorithm != "AES256" and rule.get("bucketKeyEnabled") is not True:
            yield "KMS encrypts without a bucket key"


@resource_rule(
    "kms-key-rotation",
    "aws:kms/key:Key",
    why="A key that leaked once would open all data for ever.",
    remedy="set enableKeyRotation: true",
)
def kms_key_rotation(key: Subject) -> Iterator[str]:
    """Yearly rotation of symmetric keys; AWS rotates no others."""
    symmetric = key.get("customerMasterKeySpec") in {None, "", "SYMMETRIC_DEFAULT"}
    if symmetric and key.get("enableKeyRotation") is not True:
        yield "the key is not rotated"


@resource_rule(
    "rds-encrypted",
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    why="Snapshots and replicas inherit a database's encryption, and it cannot be added later.",
    remedy="set storageEncrypted: true and kmsKeyId",
)
def rds_encrypted(database: Subject) -> Iterator[str]:
    """Storage of databases, under a key of ours."""
    if database.get("storageEncrypted") is not True:
        yield "storage is not encrypted"
    elif not database.has("kmsKeyId"):
        yield "storage is encrypted with AWS's key, which cannot be shared or withdrawn"


@resource_rule(
    "elasticache-encrypted",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    why="Redis writes flow parameters to disk when it makes a backup or a replica.",
    remedy="set atRestEncryptionEnabled: true",
)
def elasticache_encrypted(cache: Subject) -> Iterator[str]:
    """Redis on disk."""
    if cache.get("atRestEncryptionEnabled") is not True:
        yield "the cache is not encrypted at rest"


@resource_rule(
    "sqs-encrypted",
    "aws:sqs/queue:Queue",
    why="Messages lie in a queue for days when nobody reads them.",
    remedy="set kmsMasterKeyId, or sqsManagedSseEnabled: true",
)
def sqs_encrypted(queue: Subject) -> Iterator[str]:
    """Queues, stated and not left to AWS's default."""
    if not queue.has("kmsMasterKeyId") and queue.get("sqsManagedSseEnabled") is not True:
        yield "the queue is not encrypted"


@resource_rule(
    "sns-encrypted",
    "aws:sns/topic:Topic",
    why="Alarms name resources and figures; SNS keeps undelivered ones in clear text by default.",
    remedy="set kmsMasterKeyId",
)
def sns_encrypted(topic: Subject) -> Iterator[str]:
    """Topics."""
    if not topic.has("kmsMasterKeyId"):
        yield "the topic is not encrypted"


@resource_rule(
    "secret-own-key",
    "aws:secretsmanager/secret:Secret",
    why="Under AWS's own key whoever may read the secret also may decrypt it; with ours two"
    " policies have to agree.",
    remedy="set kmsKeyId to the stack's key",
)
def secret_own_key(secret: Subject) -> Iterator[str]:
    """Secrets, under a key of ours."""
    if not secret.has("kmsKeyId"):
        yield "the secret is encrypted with AWS's own key"


@resource_rule(
    "rds-managed-password",
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    why="A password in the program is in Pulumi's state and in every backup of it, and nobody"
    " rotates it.",
    remedy="set manageMasterUserPassword: true and masterUserSecretKmsKeyId, and no password",
)
def rds_managed_password(database: Subject) -> Iterator[str]:
    """The master password is RDS's own, in a secret under our key."""
    if database.has("password"):
        yield "the master password is set by the program"
    elif database.get("manageMasterUserPassword") is not True:
        yield "the master password is not managed by RDS"
    elif not database.has("masterUserSecretKmsKeyId"):
        yield "the secret with the master password is encrypted with AWS's own key"
