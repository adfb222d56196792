"""Permissions of the Glue job, of the crawler and of the data API."""

from __future__ import annotations

from blueprint.names import Names
from blueprint.permissions.scope import Scope, lists_bucket, puts_metrics, writes_logs
from blueprint.permissions.tasks import READ_CATALOG, SOURCE_PREFIX, queries
from blueprint.statements import Statement, allow

SCRIPT_PREFIX = "glue/"
TEMPORARY_PREFIX = "glue-temp/"
GLUE_NAMESPACE = "Glue"
CRAWLER_LOGS = "/aws-glue/crawlers"
"""Glue names the groups of crawlers itself, and makes them."""
SPARK_STAGING = (
    "*/.spark-staging-*",  # dynamic overwrite stages here, then moves the files to their run
    "*/_temporary/*",  # attempts of tasks, by Hadoop's committer
    "*_$folder$",  # empty files with which EMRFS marks folders
)
"""Keys that Spark deletes when it commits: what it staged itself, and no file of a run.

S3 renames by copying and deleting. Source: Spark's HadoopMapReduceCommitProtocol, commitJob.
"""


def glue_log_pattern(names: Names) -> str:
    """Names of all log groups of the job."""
    return f"{names.glue_log_group}/*"


def glue(scope: Scope) -> list[Statement]:
    """The job: reads bronze, adds runs to silver; what lies there it cannot take away."""
    logs = glue_log_pattern(scope.names)
    return [
        lists_bucket(scope, "ListBronze", "bronze", SOURCE_PREFIX),
        allow("ReadBronze", ["s3:GetObject"], scope.objects("bronze", f"{SOURCE_PREFIX}*")),
        allow("ListSilver", ["s3:ListBucket"], [scope.bucket("silver")]),
        allow(
            "AddToSilver",
            [
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            scope.objects("silver"),
        ),
        allow("CommitRuns", ["s3:DeleteObject"], scope.objects("silver", *SPARK_STAGING)),
        lists_bucket(scope, "ListOwnArtifacts", "artifacts", SCRIPT_PREFIX, TEMPORARY_PREFIX),
        allow("ReadScript", ["s3:GetObject"], scope.objects("artifacts", f"{SCRIPT_PREFIX}*")),
        allow(
            "UseTemporaryFiles",
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            scope.objects("artifacts", f"{TEMPORARY_PREFIX}*"),
        ),
        scope.uses_key("Decrypt", "GenerateDataKey", through="s3"),
        _makes_logs(scope, logs),
        writes_logs(scope, [logs]),
        _encrypts_logs(scope, logs),
        puts_metrics(GLUE_NAMESPACE),
    ]


def crawler(scope: Scope) -> list[Statement]:
    """The crawler: looks into bronze and describes it in a database that nobody else reads."""
    logs = f"{CRAWLER_LOGS}*"
    return [
        allow("ListBronze", ["s3:GetBucketLocation", "s3:ListBucket"], [scope.bucket("bronze")]),
        allow("ReadBronze", ["s3:GetObject"], scope.objects("bronze", f"{SOURCE_PREFIX}*")),
        scope.uses_key("Decrypt", through="s3"),
        allow(
            "DescribeWhatItFinds",
            [
                *READ_CATALOG,
                "glue:BatchCreatePartition",
                "glue:CreatePartition",
                "glue:CreateTable",
                "glue:UpdatePartition",
                "glue:UpdateTable",
            ],
            scope.tables("crawler"),
        ),
        _makes_logs(scope, logs),
        writes_logs(scope, [logs]),
        _encrypts_logs(scope, logs),
    ]


def api(scope: Scope) -> list[Statement]:
    """The data API: reads silver and gold through the workgroup with enforced settings."""
    return [
        *queries(scope, scope.names.workgroup),
        allow("ReadTables", READ_CATALOG, scope.tables("silver", "gold")),
        allow(
            "LocateBuckets",
            ["s3:GetBucketLocation", "s3:ListBucket"],
            [scope.bucket("silver"), scope.bucket("gold")],
        ),
        allow("ReadObjects", ["s3:GetObject"], [*scope.objects("silver"), *scope.objects("gold")]),
        scope.uses_key("Decrypt", "GenerateDataKey", through="s3"),
        writes_logs(scope, [scope.names.api_log_group]),
        # X-Ray knows no resources to write to.
        allow("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
    ]


def _makes_logs(scope: Scope, group: str) -> Statement:
    # As AWSGlueServiceRole has it: Glue makes a group that is not there, and may ask in any case.
    return allow("MakeLogs", ["logs:CreateLogGroup"], scope.log_streams(group))


def _encrypts_logs(scope: Scope, group: str) -> Statement:
    # Glue ties the group to the key of its security configuration at each start.
    return allow("EncryptLogs", ["logs:AssociateKmsKey"], scope.log_streams(group))
