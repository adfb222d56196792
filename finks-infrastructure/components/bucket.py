"""A bucket of the lake with everything that S3 keeps in resources of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import s3

from blueprint.lifecycle import SMALLEST_TRANSITION, LifecycleRule
from components.base import BaseComponent
from components.bucket_policy import ACCESS_LOG_PREFIX
from components.policy_document import Statement, document
from config.sections import Storage

CORS_SECONDS = 3600


@dataclass(frozen=True)
class LakeBucketArgs:
    """What differs between the buckets of the lake."""

    config: Storage
    zone: str
    statements: tuple[Statement, ...]
    """The bucket's policy."""
    rules: tuple[LifecycleRule, ...]
    key_arn: pulumi.Input[str] | None
    """KMS key of the objects; None: S3's own keys."""
    logs_bucket: pulumi.Input[str] | None
    """Bucket that receives the access logs; None: access is not logged."""
    cors: bool = False
    """Whether web pages of the configured origins may read from it."""


class LakeBucket(BaseComponent[LakeBucketArgs]):
    """A private, encrypted bucket that keeps versions.

    `bucket_name` is known when the bucket's policy is in force: what writes into the bucket waits
    for it.
    """

    area = "storage"

    def create(self) -> None:
        """The bucket and its settings."""
        args = self.args
        self.bucket = s3.Bucket(
            f"{self.name}-bucket",
            bucket=self.names.bucket(args.zone),
            force_destroy=args.config.force_destroy,
            opts=self.child(protect=self.settings.environment == "prod"),
        )
        guards = [self._public_access_block(), self._ownership(), self._encryption()]
        versioning = self._versioning()
        policy = s3.BucketPolicy(
            f"{self.name}-policy",
            bucket=self.bucket.bucket,
            policy=document(*args.statements),
            opts=self.child(depends_on=[*guards, versioning]),
        )
        self.bucket_name: pulumi.Output[str] = policy.bucket
        s3.BucketLifecycleConfiguration(
            f"{self.name}-lifecycle",
            bucket=self.bucket.bucket,
            transition_default_minimum_object_size=SMALLEST_TRANSITION,
            rules=[_rendered(rule) for rule in args.rules],
            # Rules about noncurrent versions are refused before versions are switched on.
            opts=self.child(depends_on=[versioning]),
        )
        if args.logs_bucket is not None:
            s3.BucketLogging(
                f"{self.name}-logging",
                bucket=self.bucket.bucket,
                target_bucket=args.logs_bucket,
                target_prefix=f"{ACCESS_LOG_PREFIX}/{args.zone}/",
                opts=self.child(),
            )
        if args.cors and args.config.cors_origins:
            self._cors(args.config.cors_origins)

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The bucket's name."""
        return {"bucket": self.bucket_name}

    def _public_access_block(self) -> s3.BucketPublicAccessBlock:
        return s3.BucketPublicAccessBlock(
            f"{self.name}-public-access",
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )

    def _ownership(self) -> s3.BucketOwnershipControls:
        return s3.BucketOwnershipControls(
            f"{self.name}-ownership",
            bucket=self.bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self.child(),
        )

    def _encryption(self) -> s3.BucketServerSideEncryptionConfiguration:
        own = self.args.key_arn
        default: s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict = (  # noqa: E501
            {"sse_algorithm": "AES256"}
            if own is None
            else {"sse_algorithm": "aws:kms", "kms_master_key_id": own}
        )
        return s3.BucketServerSideEncryptionConfiguration(
            f"{self.name}-encryption",
            bucket=self.bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": default,
                    "bucket_key_enabled": own is not None,
                }
            ],
            opts=self.child(),
        )

    def _versioning(self) -> s3.BucketVersioning:
        # The local cloud keeps objects as plain files and refuses versions in plain words.
        kept = self.settings.environment != "local"
        return s3.BucketVersioning(
            f"{self.name}-versioning",
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled" if kept else "Suspended"},
            opts=self.child(),
        )

    def _cors(self, origins: tuple[str, ...]) -> None:
        s3.BucketCorsConfiguration(
            f"{self.name}-cors",
            bucket=self.bucket.bucket,
            cors_rules=[
                {
                    "id": "console",
                    "allowed_methods": ["GET", "HEAD"],
                    "allowed_origins": list(origins),
                    "allowed_headers": ["authorization", "range", "x-amz-*"],
                    "expose_headers": ["Content-Range", "ETag"],
                    "max_age_seconds": CORS_SECONDS,
                }
            ],
            opts=self.child(),
        )


def _rendered(rule: LifecycleRule) -> s3.BucketLifecycleConfigurationRuleArgsDict:
    """A rule in the provider's form; what it does not say is left out."""
    rendered: s3.BucketLifecycleConfigurationRuleArgsDict = {"id": rule.name, "status": "Enabled"}
    rendered["filter"] = {}
    if rule.prefix is not None:
        rendered["filter"] = {"prefix": rule.prefix}
    if rule.tag is not None:
        key, value = rule.tag
        rendered["filter"] = {"tag": {"key": key, "value": value}}
    if rule.transitions:
        rendered["transitions"] = [
            {"days": move.days, "storage_class": move.storage_class} for move in rule.transitions
        ]
    if rule.expire_days is not None:
        rendered["expiration"] = {"days": rule.expire_days}
    if rule.expire_delete_markers:
        rendered["expiration"] = {"expired_object_delete_marker": True}
    if rule.noncurrent_days is not None:
        rendered["noncurrent_version_expiration"] = {"noncurrent_days": rule.noncurrent_days}
    if rule.aborted_upload_days is not None:
        rendered["abort_incomplete_multipart_upload"] = {
            "days_after_initiation": rule.aborted_upload_days
        }
    return rendered
