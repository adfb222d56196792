"""Permissions of Prefect's containers: server, worker and the flow runs that it starts."""

from __future__ import annotations

from blueprint.metrics import PIPELINE
from blueprint.permissions.scope import Scope, execs, puts_metrics
from blueprint.permissions.tasks import SOURCE_PREFIX
from blueprint.statements import Statement, allow

SILVER_TABLES = "fmp_*"
"""Folders of the silver tables; the audit reports beside them are never tagged."""


def prefect_server(scope: Scope) -> list[Statement]:
    """The server calls nothing on AWS: secrets are injected, the database speaks PostgreSQL."""
    return execs(scope)


def prefect_worker(scope: Scope) -> list[Statement]:
    """Starts, watches and stops tasks of the family of flow runs; registers no definition."""
    names = scope.names
    return [
        *_runs_tasks(scope, names.flow_run_task),
        allow(
            "TagWhatItStarts",
            ["ecs:TagResource"],
            scope.tasks(),
            condition={"StringEquals": {"ecs:CreateAction": "RunTask"}},
        ),
        scope.passes_roles("flow-run", "ecs-execution"),
        allow(
            "ReadTaskEvents",
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ],
            [scope.arn("sqs", names.observer_queue)],
        ),
        allow(
            "ReadLogsOfCrashedRuns",
            ["logs:GetLogEvents"],
            scope.log_streams(names.log_group(names.flow_run_task)),
        ),
        *execs(scope),
    ]


def flow_run(scope: Scope) -> list[Statement]:
    """A flow run: starts ingestion, Glue and dbt, audits what they wrote and publishes it."""
    names = scope.names
    tasks = (names.ingestion_task, names.dbt_task)
    return [
        *_runs_tasks(scope, *tasks),
        allow("FindItsTasks", ["ecs:ListTasks"], ["*"], condition=scope.in_our_cluster()),
        scope.passes_roles("fmp-ingestion", "dbt", "ecs-execution"),
        allow(
            "FollowLogs",
            ["logs:GetLogEvents"],
            scope.log_streams(*(names.log_group(task) for task in tasks)),
        ),
        allow(
            "RunJob",
            ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
            [scope.arn("glue", f"job/{names.glue_job}")],
        ),
        allow(
            "PublishPartitions",
            [
                "glue:BatchGetPartition",
                "glue:CreatePartition",
                "glue:GetTable",
                "glue:UpdatePartition",
            ],
            scope.tables("silver"),
        ),
        allow(
            "LookIntoBuckets",
            ["s3:ListBucket"],
            [scope.bucket(zone) for zone in ("bronze", "silver", "gold", "artifacts")],
        ),
        allow("AuditBronze", ["s3:GetObject"], scope.objects("bronze", f"{SOURCE_PREFIX}*")),
        allow("AuditSilver", ["s3:GetObject"], scope.objects("silver")),
        allow(
            "MarkSupersededRuns",
            ["s3:DeleteObjectTagging", "s3:PutObjectTagging"],
            scope.objects("silver", f"{SILVER_TABLES}/*"),
        ),
        scope.uses_key("Decrypt", through="s3"),
        puts_metrics(PIPELINE),
        *execs(scope),
    ]


def _runs_tasks(scope: Scope, *families: str) -> list[Statement]:
    """Tasks of these families in our cluster, from start to end.

    Tasks have no family in their ARN: who may stop one of the cluster may stop all of them.
    """
    return [
        allow(
            "RunTasks",
            ["ecs:RunTask"],
            scope.task_definitions(*families),
            condition=scope.in_our_cluster(),
        ),
        allow(
            "WatchAndStopTasks",
            ["ecs:DescribeTasks", "ecs:StopTask"],
            scope.tasks(),
            condition=scope.in_our_cluster(),
        ),
        # AWS offers no resource for it (Service Authorization Reference, Amazon ECS).
        allow("ReadTaskDefinitions", ["ecs:DescribeTaskDefinition"], ["*"]),
    ]
