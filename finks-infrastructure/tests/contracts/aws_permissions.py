"""What a call needs on AWS, and the resources on which each workload makes it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.contracts.aws_calls import Call
from tests.unit.graph.iam.requests import CLUSTER, TO_TASKS, Context, prefix, via

_S3_ACTIONS = {
    "CompleteMultipartUpload": ("s3:PutObject",),
    "CopyObject": ("s3:GetObject", "s3:PutObject"),
    "CreateMultipartUpload": ("s3:PutObject",),
    "DeleteObjects": ("s3:DeleteObject",),
    "HeadBucket": ("s3:ListBucket",),
    "HeadObject": ("s3:GetObject",),
    "ListBuckets": ("s3:ListAllMyBuckets",),
    "ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "ListObjectVersions": ("s3:ListBucketVersions",),
    "ListObjects": ("s3:ListBucket",),
    "ListObjectsV2": ("s3:ListBucket",),
    "ListParts": ("s3:ListMultipartUploadParts",),
    "UploadPart": ("s3:PutObject",),
    "UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
}
"""S3's operations whose action has another name (Amazon S3 API, "Required permissions")."""
_PREFIXES = {"stepfunctions": "states", "elbv2": "elasticloadbalancing", "events": "events"}
"""IAM's names of services that botocore names otherwise."""
_BESIDES = {
    "ecs:RunTask": ("iam:PassRole",),
    "s3:GetObject": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey",),
}
"""What AWS asks for besides: roles that are passed on, the key of encrypted things."""
FREE = frozenset({("sts", "GetCallerIdentity")})
"""Calls that everybody may make (AWS STS API Reference)."""


def needed(call: Call) -> tuple[str, ...]:
    """The IAM actions that a call takes."""
    if (call.service, call.operation) in FREE:
        return ()
    own = f"{_PREFIXES.get(call.service, call.service)}:{call.operation}"
    actions = _S3_ACTIONS.get(call.operation, (own,)) if call.service == "s3" else (own,)
    return (*actions, *(extra for action in actions for extra in _BESIDES.get(action, ())))


type Places = list[tuple[str, Context]]
_NONE: Context = {}
_PART = "fmp/quote/run=r1/part-00000.parquet"
_MANIFEST = "fmp/quote/dt=2026-11-24/_manifest.json"
_SILVER = "{silver}/fmp_quotes/date=2026-11-24/run=r1/part-00000.parquet"
_TASK: Places = [("{ecs}:task/finks-dev/1", CLUSTER)]
_ANY: Places = [("*", _NONE)]
_METRICS: Places = [("*", {"cloudwatch:namespace": "Finks/Pipeline"})]
_STAGING = "{artifacts}/athena-results/1.csv"
_GOLD = "{gold}/finks_dev_gold/summary/4f/part.parquet"
_SILVER_TABLE: Places = [("{glue}:table/finks_dev_silver/fmp_quotes", _NONE)]
_OWN_TABLES: Places = [
    (f"{{glue}}:table/finks_dev_{layer}/model", _NONE) for layer in ("stg", "audit", "gold")
]


def _log(family: str, container: str) -> Places:
    return [(f"{{logs}}:log-group:/ecs/finks-dev-{family}:log-stream:ecs/{container}/1", _NONE)]


def _runs(*families: str) -> Places:
    return [(f"{{ecs}}:task-definition/finks-dev-{family}:3", CLUSTER) for family in families]


def _passes(*roles: str) -> Places:
    return [(f"{{role}}-{role}", TO_TASKS) for role in roles]


def _workgroup(name: str) -> dict[str, Places]:
    actions = ("Start", "Stop", "Get")
    return {
        **{f"athena:{verb}QueryExecution": [(name, _NONE)] for verb in actions},
        "athena:GetQueryResults": [(name, _NONE)],
        "athena:GetWorkGroup": [(name, _NONE)],
    }


REPRESENTATIVE: Mapping[str, Mapping[str, Places]] = {
    "fmp-ingestion": {
        "s3:GetObject": [
            (f"{{bronze}}/{_MANIFEST}", _NONE),
            (f"{{bronze}}/{_PART}", _NONE),
            ("{bronze}/fmp/_quarantine/quote/run=r1.jsonl", _NONE),
            ("{artifacts}/symbols/all.txt", _NONE),
        ],
        "s3:PutObject": [
            (f"{{bronze}}/{_MANIFEST}", _NONE),
            (f"{{bronze}}/{_PART}", _NONE),
            ("{bronze}/fmp/_quarantine/quote/run=r1.jsonl", _NONE),
        ],
        "s3:AbortMultipartUpload": [(f"{{bronze}}/{_PART}", _NONE)],
        "s3:ListBucket": [("{bronze}", prefix("fmp/quote/")), ("{bronze}", _NONE)],
        "kms:Decrypt": [("{key}", via("s3"))],
        "kms:GenerateDataKey": [("{key}", via("s3"))],
        "cloudwatch:PutMetricData": _METRICS,
    },
    "flow-run": {
        "s3:GetObject": [(f"{{bronze}}/{_MANIFEST}", _NONE), (_SILVER, _NONE)],
        "s3:ListBucket": [
            *((f"{{{zone}}}", _NONE) for zone in ("bronze", "silver", "gold", "artifacts")),
            ("{silver}", prefix("fmp_quotes/date=2026-11-24/run=r1/")),
        ],
        "s3:PutObjectTagging": [(_SILVER, _NONE)],
        "s3:DeleteObjectTagging": [(_SILVER, _NONE)],
        "kms:Decrypt": [("{key}", via("s3"))],
        "ecs:RunTask": _runs("fmp-ingestion", "dbt"),
        "ecs:DescribeTasks": _TASK,
        "ecs:StopTask": _TASK,
        "ecs:ListTasks": [("*", CLUSTER)],
        "ecs:DescribeTaskDefinition": _ANY,
        "iam:PassRole": _passes("fmp-ingestion", "dbt", "ecs-execution"),
        "logs:GetLogEvents": [*_log("fmp-ingestion", "fmp-connector"), *_log("dbt", "dbt")],
        **{
            f"glue:{verb}": [("{glue}:job/finks-dev-bronze-to-silver", _NONE)]
            for verb in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun")
        },
        **{
            f"glue:{verb}": _SILVER_TABLE
            for verb in ("GetTable", "BatchGetPartition", "CreatePartition", "UpdatePartition")
        },
        "cloudwatch:PutMetricData": _METRICS,
    },
    "glue": {},
    "dbt": {
        **_workgroup("{athena}:workgroup/finks-dev-dbt"),
        "athena:GetDataCatalog": [("{athena}:datacatalog/AwsDataCatalog", _NONE)],
        **{
            f"glue:{action}": _OWN_TABLES
            for action in (
                *("BatchCreatePartition", "BatchDeletePartition", "DeleteTable"),
                *("DeleteTableVersion", "GetTableVersions", "UpdateTable"),
            )
        },
        **{
            f"glue:{action}": [*_OWN_TABLES, *_SILVER_TABLE]
            for action in ("GetPartitions", "GetTable", "GetTables")
        },
        "glue:GetDatabase": [
            (f"{{glue}}:database/{name}", _NONE) for name in ("finks_dev_gold", "default")
        ],
        "glue:GetDatabases": [("{glue}:catalog", _NONE), ("{glue}:database/finks_dev_gold", _NONE)],
        "s3:GetObject": [(_STAGING, _NONE), (_GOLD, _NONE), (_SILVER, _NONE)],
        "s3:PutObject": [
            (_STAGING, _NONE),
            (_GOLD, _NONE),
            ("{gold}/finks_dev_stg/seed/4f/seed.csv", _NONE),
            ("{artifacts}/dbt/r1/run_results.json", _NONE),
        ],
        "s3:DeleteObject": [(_GOLD, _NONE)],
        "s3:AbortMultipartUpload": [("{gold}/finks_dev_stg/seed/4f/seed.csv", _NONE)],
        "s3:ListBucket": [("{gold}", prefix("finks_dev_gold/summary/"))],
        "kms:Decrypt": [("{key}", via("s3"))],
        "kms:GenerateDataKey": [("{key}", via("s3"))],
    },
    "api": _workgroup("{athena}:workgroup/finks-dev"),
    "prefect-worker": {
        "ecs:RunTask": _runs("flow-run"),
        "ecs:DescribeTasks": _TASK,
        "ecs:StopTask": _TASK,
        "ecs:DescribeTaskDefinition": _ANY,
        "iam:PassRole": _passes("flow-run", "ecs-execution"),
        "logs:GetLogEvents": _log("flow-run", "prefect"),
        **{
            f"sqs:{action}": [("{sqs}:finks-dev-ecs-events", _NONE)]
            for action in (
                *("GetQueueUrl", "ReceiveMessage"),
                *("DeleteMessage", "ChangeMessageVisibility"),
            )
        },
    },
    "deploy": {
        "ecs:RunTask": _runs("prefect-worker"),
        "ecs:DescribeTasks": _TASK,
        "ecs:StopTask": _TASK,
        "iam:PassRole": _passes("prefect-worker", "ecs-execution"),
        "logs:GetLogEvents": _log("prefect-worker", "prefect-worker"),
    },
}
"""By workload and action: every kind of resource that its calls are about."""
