"""Permissions of the pipeline's own tasks, and of ECS when it starts any task."""

from __future__ import annotations

from blueprint.metrics import PIPELINE
from blueprint.names import CONNECTORS, IMAGE_PROJECTS
from blueprint.permissions.scope import Scope, execs, lists_bucket, puts_metrics, writes_logs
from blueprint.statements import Statement, allow

SOURCE_PREFIX = f"{CONNECTORS[0]}/"
"""What the flows audit and transform of bronze."""
SYMBOLS_PREFIX = "symbols/"
"""Lists of symbols in the artifacts bucket, for SYMBOLS_URI."""
RESULTS_PREFIX = "athena-results/"
DBT_ARTIFACTS_PREFIX = "dbt/"
CATALOG = "AwsDataCatalog"
"""Athena's name of the Glue Data Catalog of the account."""
DEFAULT_DATABASE = "default"
"""Athena looks it up before each query (Athena User Guide, "Access to databases and tables")."""

_UPLOAD = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
READ_CATALOG = [
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:GetTables",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:BatchGetPartition",
]
_CHANGE_CATALOG = [
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:DeleteTable",
    "glue:GetTableVersion",
    "glue:GetTableVersions",
    "glue:DeleteTableVersion",
    "glue:BatchCreatePartition",
    "glue:BatchDeletePartition",
    "glue:CreatePartition",
    "glue:UpdatePartition",
    "glue:DeletePartition",
]


def ecs_execution(scope: Scope) -> list[Statement]:
    """ECS itself: pulls the images, opens the log streams, reads the secrets that it injects."""
    names = scope.names
    families = (
        names.ingestion_task,
        names.dbt_task,
        *scope.server_services,
        names.prefect_worker,
        names.flow_run_task,
    )
    return [
        allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            "PullImages",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [scope.arn("ecr", f"repository/{names.repository(name)}") for name in IMAGE_PROJECTS],
        ),
        writes_logs(scope, [names.log_group(family) for family in families]),
        allow(
            "ReadInjectedSecrets",
            ["secretsmanager:GetSecretValue"],
            [scope.fmp_secret_arn, scope.prefect_auth_secret_arn, scope.database_secret_arn],
        ),
        scope.uses_key("Decrypt", through="secretsmanager"),
    ]


def fmp_ingestion(scope: Scope) -> list[Statement]:
    """The connectors: their own prefixes of bronze, never a deletion; lists of symbols; metrics."""
    prefixes = [f"{connector}/" for connector in scope.connectors]
    return [
        lists_bucket(scope, "ListBronze", "bronze", *prefixes),
        allow(
            "ReadAndWriteItsSource",
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            scope.objects("bronze", *(f"{prefix}*" for prefix in prefixes)),
        ),
        lists_bucket(scope, "FindSymbols", "artifacts", SYMBOLS_PREFIX),
        allow("ReadSymbols", ["s3:GetObject"], scope.objects("artifacts", f"{SYMBOLS_PREFIX}*")),
        scope.uses_key("Decrypt", "GenerateDataKey", through="s3"),
        puts_metrics(PIPELINE),
        *execs(scope),
    ]


def dbt(scope: Scope) -> list[Statement]:
    """dbt on Athena: reads silver, owns what lies behind the databases of its models."""
    return [
        *queries(scope, scope.names.dbt_workgroup),
        allow("FindDatabases", ["glue:GetDatabases"], _databases(scope)),
        allow("ReadSilverTables", READ_CATALOG, scope.tables("silver")),
        allow(
            "ChangeItsTables",
            [*READ_CATALOG, *_CHANGE_CATALOG],
            scope.tables("stg", "audit", "gold"),
        ),
        allow(
            "LocateBuckets",
            ["s3:GetBucketLocation", "s3:ListBucket"],
            [scope.bucket("silver"), scope.bucket("gold")],
        ),
        allow("ReadSilver", ["s3:GetObject"], scope.objects("silver")),
        allow("ListUploads", ["s3:ListBucketMultipartUploads"], [scope.bucket("gold")]),
        allow("ChangeGold", ["s3:GetObject", "s3:DeleteObject", *_UPLOAD], scope.objects("gold")),
        allow(
            "KeepArtifacts",
            ["s3:PutObject"],
            scope.objects("artifacts", f"{DBT_ARTIFACTS_PREFIX}*"),
        ),
        scope.uses_key("Decrypt", "GenerateDataKey", through="s3"),
        *execs(scope),
    ]


def queries(scope: Scope, workgroup: str) -> list[Statement]:
    """Queries in one Athena workgroup, with their results.

    Athena reads and writes with the rights of the caller: what a query may see is said by the
    statements about Glue and S3.
    """
    return [
        allow(
            "Query",
            [
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetWorkGroup",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            [scope.arn("athena", f"workgroup/{workgroup}")],
        ),
        allow(
            "NameCatalog",
            ["athena:GetDataCatalog"],
            [scope.arn("athena", f"datacatalog/{CATALOG}")],
        ),
        allow(
            "LookUpDefaultDatabase",
            ["glue:GetDatabase"],
            [scope.arn("glue", "catalog"), scope.arn("glue", f"database/{DEFAULT_DATABASE}")],
        ),
        allow("LocateResults", ["s3:GetBucketLocation"], [scope.bucket("artifacts")]),
        lists_bucket(scope, "ListResults", "artifacts", RESULTS_PREFIX),
        allow(
            "ReadAndWriteResults",
            ["s3:GetObject", *_UPLOAD],
            scope.objects("artifacts", f"{RESULTS_PREFIX}*"),
        ),
    ]


def _databases(scope: Scope) -> list[str]:
    """dbt asks which databases there are; Glue then wants leave for all, by their names alone."""
    return [scope.arn("glue", "catalog"), scope.arn("glue", "database/*")]
