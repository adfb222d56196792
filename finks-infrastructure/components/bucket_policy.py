"""Who may not use a bucket of the lake, and which services may deliver logs into it.

Nothing here lets a person or a workload in: that is what their roles' policies do.
"""

from __future__ import annotations

import pulumi

from blueprint.detectors import TRAIL_PREFIX
from components.base import StackContext
from components.policy_document import EVERYBODY, Statement, allow, deny

ALB_PREFIX = "alb"
ACCESS_LOG_PREFIX = "s3"


def only_tls(context: StackContext, zone: str) -> Statement:
    """Plain HTTP is refused to everybody."""
    bucket = context.bucket_arn(zone)
    return deny(
        "OnlyTls",
        ["s3:*"],
        [bucket, f"{bucket}/*"],
        principals=EVERYBODY,
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def only_our_key(
    context: StackContext, zone: str, key_arn: pulumi.Input[str]
) -> tuple[Statement, ...]:
    """Writes that name another encryption or another key are refused.

    Most clients name none, and then the bucket's default applies: without the Null tests those
    writes would be refused as well, and with them Spark's and Athena's.
    """
    algorithm = "s3:x-amz-server-side-encryption"
    key_id = f"{algorithm}-aws-kms-key-id"
    objects = [f"{context.bucket_arn(zone)}/*"]
    return (
        deny(
            "OnlyKms",
            ["s3:PutObject"],
            objects,
            principals=EVERYBODY,
            condition={
                "Null": {algorithm: "false"},
                "StringNotEquals": {algorithm: "aws:kms"},
            },
        ),
        deny(
            "OnlyOurKey",
            ["s3:PutObject"],
            objects,
            principals=EVERYBODY,
            condition={"Null": {key_id: "false"}, "StringNotEquals": {key_id: key_arn}},
        ),
    )


def immutable(context: StackContext, zone: str) -> Statement:
    """Nobody deletes objects or versions, administrators and the root user included.

    Lifecycle rules are S3's own doing and go on. The way out in an emergency is to take this
    statement away, which leaves a trace (docs/aws/storage.md).
    """
    return deny(
        "NobodyDeletes",
        ["s3:DeleteObject*"],
        [f"{context.bucket_arn(zone)}/*"],
        principals=EVERYBODY,
    )


def log_delivery(context: StackContext, zone: str, sources: list[str]) -> tuple[Statement, ...]:
    """The services that deliver logs.

    S3 delivers the access logs of the buckets of the zones `sources`, each into its own folder,
    Elastic Load Balancing those of this account's balancers, and CloudTrail the audit trail.
    """
    bucket, account = context.bucket_arn(zone), context.account_id
    return (
        *(_access_logs(context, zone, source) for source in sources),
        # The account in the path keeps other customers' balancers out: the service writes under
        # the account that owns the balancer (Application Load Balancers, "Enable access logs").
        allow(
            "AccessLogsOfOurBalancer",
            ["s3:PutObject"],
            [f"{bucket}/{ALB_PREFIX}/AWSLogs/{account}/*"],
            principals={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        ),
        *(_audit_trail(context, zone) if context.settings.security.audit_trail else ()),
    )


def _audit_trail(context: StackContext, zone: str) -> tuple[Statement, ...]:
    bucket, account = context.bucket_arn(zone), context.account_id
    cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
    ours = {"aws:SourceArn": context.arn("cloudtrail", f"trail/{context.names.trail}")}
    return (
        allow(
            "AuditTrailLooks",
            ["s3:GetBucketAcl"],
            [bucket],
            principals=cloudtrail,
            condition={"StringEquals": ours},
        ),
        allow(
            "AuditTrailWrites",
            ["s3:PutObject"],
            [f"{bucket}/{TRAIL_PREFIX}/AWSLogs/{account}/*"],
            principals=cloudtrail,
            condition={"StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    )


def _access_logs(context: StackContext, zone: str, source: str) -> Statement:
    folder = f"{context.bucket_arn(zone)}/{ACCESS_LOG_PREFIX}/{source}/*"
    statement = allow(
        f"AccessLogsOf{source.title()}",
        ["s3:PutObject"],
        [folder],
        principals={"Service": "logging.s3.amazonaws.com"},
        condition={
            "ArnLike": {"aws:SourceArn": context.bucket_arn(source)},
            "StringEquals": {"aws:SourceAccount": context.account_id},
        },
    )
    # moto, behind the stack local, compares this one with the target as a text.
    return {**statement, "Resource": folder}
