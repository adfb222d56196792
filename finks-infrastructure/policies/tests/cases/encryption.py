"""Examples of rules/encryption.py."""

from __future__ import annotations

from typing import Any

from exported import Resource
from tests.case import Case, aws, but

KEY = "arn:aws:kms:ca-central-1:123456789012:key/1"
BUCKET = aws("s3/bucket:Bucket", "bronze", bucket="finks-prod-bronze")
BALANCER = aws("lb/loadBalancer:LoadBalancer", "lb", accessLogs={"bucket": "finks-prod-bronze"})


def encryption(rules: dict[str, Any], **more: Any) -> Resource:
    return aws(
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "encryption",
        "",
        bucket="finks-prod-bronze",
        rules=[{"applyServerSideEncryptionByDefault": rules, **more}],
    )


KMS = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
AES = {"sseAlgorithm": "AES256"}
DATABASE = aws(
    "rds/instance:Instance",
    "db",
    storageEncrypted=True,
    kmsKeyId=KEY,
    manageMasterUserPassword=True,
    masterUserSecretKmsKeyId=KEY,
)
CACHE = aws("elasticache/replicationGroup:ReplicationGroup", "redis", atRestEncryptionEnabled=True)
KMS_KEY = aws("kms/key:Key", "key", enableKeyRotation=True)
QUEUE = aws("sqs/queue:Queue", "queue", sqsManagedSseEnabled=True)
TOPIC = aws("sns/topic:Topic", "alarms", kmsMasterKeyId=KEY)
SECRET = aws("secretsmanager/secret:Secret", "fmp", kmsKeyId=KEY)

CASES = (
    Case("s3-bucket-encrypted", [BUCKET, encryption(KMS)], [BUCKET], says="no default encryption"),
    Case(
        "s3-bucket-encrypted",
        good=[BUCKET, encryption(AES), BALANCER],  # it receives access logs
        bad=[BUCKET, encryption(AES)],
        says="AES256 without a key of ours",
    ),
    Case(
        "s3-bucket-encrypted",
        good=[BUCKET, encryption(KMS)],
        bad=[BUCKET, encryption({"sseAlgorithm": "aws:kms"})],
        says="without a key of ours",
    ),
    Case(
        "s3-bucket-key",
        good=[encryption(KMS, bucketKeyEnabled=True)],
        bad=[encryption(KMS)],
        says="without a bucket key",
    ),
    Case(
        "s3-bucket-key",
        good=[encryption(AES)],  # has no calls to KMS to save
        bad=[encryption(KMS, bucketKeyEnabled=False)],
        says="without a bucket key",
    ),
    Case("kms-key-rotation", [KMS_KEY], [but(KMS_KEY, enableKeyRotation=None)], says="not rotated"),
    Case(
        "rds-encrypted", [DATABASE], [but(DATABASE, storageEncrypted=False)], says="not encrypted"
    ),
    Case("rds-encrypted", [DATABASE], [but(DATABASE, kmsKeyId=None)], says="AWS's key"),
    Case(
        "elasticache-encrypted",
        good=[CACHE],
        bad=[but(CACHE, atRestEncryptionEnabled=False)],
        says="not encrypted at rest",
    ),
    Case("sqs-encrypted", [QUEUE], [but(QUEUE, sqsManagedSseEnabled=False)], says="not encrypted"),
    Case(
        "sqs-encrypted",
        good=[but(QUEUE, sqsManagedSseEnabled=None, kmsMasterKeyId=KEY)],
        bad=[but(QUEUE, sqsManagedSseEnabled=None)],
        says="not encrypted",
    ),
    Case("sns-encrypted", [TOPIC], [but(TOPIC, kmsMasterKeyId=None)], says="not encrypted"),
    Case("secret-own-key", [SECRET], [but(SECRET, kmsKeyId=None)], says="AWS's own key"),
    Case(
        "rds-managed-password",
        good=[DATABASE],
        bad=[but(DATABASE, manageMasterUserPassword=None, password="hunter2")],
        says="set by the program",
    ),
    Case(
        "rds-managed-password",
        good=[DATABASE],
        bad=[but(DATABASE, masterUserSecretKmsKeyId=None)],
        says="AWS's own key",
    ),
    Case(
        "rds-managed-password",
        good=[DATABASE],
        bad=[but(DATABASE, manageMasterUserPassword=False)],
        says="not managed by RDS",
    ),
)
