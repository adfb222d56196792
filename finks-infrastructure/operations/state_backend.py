"""Where Pulumi keeps the state of a stack, if not in its cloud: a bucket and a KMS key.

Both exist before the first `pulumi up` and outlive the last `pulumi destroy`, so no program makes
them. Running this again changes nothing that is right, and mends what is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from blueprint.names import Names

NONCURRENT_DAYS = 90
"""Days for which an earlier state can be put back."""


@dataclass(frozen=True)
class StateBackend:
    """The backend's addresses as Pulumi wants them, and what was made or mended just now."""

    url: str
    secrets_provider: str
    made: tuple[str, ...]


def ensure(session: boto3.Session, stack: str) -> StateBackend:
    """Make bucket and key of the stack's state in the session's account and region.

    Raises botocore's ClientError, as when the bucket belongs to another account.
    """
    region = session.region_name
    account = session.client("sts").get_caller_identity()["Account"]
    names = Names(stack)
    bucket, alias = names.state_bucket(account), names.state_key_alias
    made = [*_key(session.client("kms"), alias), *_bucket(session, bucket, alias)]
    return StateBackend(
        url=f"s3://{bucket}?region={region}&awssdk=v2",
        secrets_provider=f"awskms://{alias}?region={region}",
        made=tuple(made),
    )


def _key(kms: Any, alias: str) -> list[str]:
    made = []
    try:
        key = kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    except kms.exceptions.NotFoundException:
        key = kms.create_key(Description="Pulumi's state and its secrets")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
        made.append(f"made key {alias}")
    if not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]:
        kms.enable_key_rotation(KeyId=key)
        made.append(f"key {alias} rotates every year")
    return made


def _bucket(session: boto3.Session, bucket: str, alias: str) -> list[str]:
    s3: Any = session.client("s3")
    made = []
    if not _there(s3, bucket):
        place = {"LocationConstraint": session.region_name}
        # The one region that has to be left out.
        options = {} if session.region_name == "us-east-1" else {"CreateBucketConfiguration": place}
        s3.create_bucket(Bucket=bucket, **options)
        made.append(f"made bucket {bucket}")
    for what, read, wanted, write in _settings(s3, bucket, alias):
        if _read(read) != wanted:
            write()
            made.append(f"{bucket}: {what}")
    return made


type _Setting = tuple[str, Callable[[], Any], Any, Callable[[], Any]]


def _settings(s3: Any, bucket: str, alias: str) -> list[_Setting]:
    """What is set, how it is read, what it should be, and how it is written."""
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": alias},
        "BucketKeyEnabled": True,
    }
    closed = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    lifecycle = {
        "ID": "earlier-states",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": NONCURRENT_DAYS},
    }
    policy = _tls_only(bucket)
    return [
        (
            "encrypted",
            lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"][
                "Rules"
            ],
            [rule],
            lambda: s3.put_bucket_encryption(
                Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
            ),
        ),
        (
            "versioned",
            lambda: s3.get_bucket_versioning(Bucket=bucket).get("Status"),
            "Enabled",
            lambda: s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            ),
        ),
        (
            "closed to the public",
            lambda: s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
            closed,
            lambda: s3.put_public_access_block(
                Bucket=bucket, PublicAccessBlockConfiguration=closed
            ),
        ),
        (
            "over TLS only",
            lambda: json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]),
            policy,
            lambda: s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy)),
        ),
        (
            f"earlier states kept {NONCURRENT_DAYS} days",
            lambda: [
                rule["ID"]
                for rule in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
                if rule["Status"] == "Enabled"
            ],
            [lifecycle["ID"]],
            lambda: s3.put_bucket_lifecycle_configuration(
                Bucket=bucket, LifecycleConfiguration={"Rules": [lifecycle]}
            ),
        ),
    ]


def _there(s3: Any, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def _read(read: Callable[[], Any]) -> Any:
    """What is set; None where nothing is."""
    try:
        return read()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code.startswith(("NoSuch", "ServerSideEncryptionConfigurationNotFound")):
            return None
        raise


def _tls_only(bucket: str) -> dict[str, Any]:
    arn = f"arn:aws:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
