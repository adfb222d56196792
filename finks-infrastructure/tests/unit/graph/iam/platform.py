"""Who may do what with the platform: tasks, jobs, roles, secrets, messages, deployments."""

from __future__ import annotations

from tests.unit.graph.iam.requests import (
    CLUSTER,
    OTHER_CLUSTER,
    TO_LAMBDA,
    TO_TASKS,
    Row,
    Rows,
    rows,
    via,
)

EXEC_LOG = "{logs}:log-group:/ecs/finks-dev-exec:log-stream:1"
EXEC = [
    ("ssmmessages:OpenDataChannel", "*"),
    ("logs:PutLogEvents", EXEC_LOG),
    ("logs:DescribeLogGroups", "*"),
]
"""ECS Exec, which dev has switched on."""
TASK = "{ecs}:task/finks-dev/0123456789abcdef"
SERVER = "{ecs}:service/finks-dev/finks-dev-prefect-server"
WORKER = "{ecs}:service/finks-dev/finks-dev-prefect-worker"
FLOW_LOG = "{logs}:log-group:/ecs/finks-dev-flow-run:log-stream:ecs/prefect/1"
INGESTION_LOG = "{logs}:log-group:/ecs/finks-dev-fmp-ingestion:log-stream:ecs/fmp-connector/1"
GLUE_LOG = "{logs}:log-group:/aws-glue/jobs/finks-dev/output:*"
READ_SECRET, PASS = "secretsmanager:GetSecretValue", "iam:PassRole"
METRICS = "cloudwatch:PutMetricData"

_ALLOWED: Rows = {
    "ecs-execution": [
        (READ_SECRET, "{fmp}"),
        (READ_SECRET, "{auth}"),
        (READ_SECRET, "{master}"),
        ("kms:Decrypt", "{key}", via("secretsmanager")),
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchGetImage", "{ecr}:repository/finks-dev/finks-dbt"),
        ("logs:PutLogEvents", FLOW_LOG),
    ],
    "prefect-worker": [
        *EXEC,
        ("ecs:DescribeTaskDefinition", "*"),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-flow-run:7", CLUSTER),
        (("ecs:DescribeTasks", "ecs:StopTask"), TASK, CLUSTER),
        ("ecs:TagResource", TASK, {"ecs:CreateAction": "RunTask"}),
        (PASS, "{role}-flow-run", TO_TASKS),
        (PASS, "{role}-ecs-execution", TO_TASKS),
        (("sqs:ReceiveMessage", "sqs:DeleteMessage"), "{sqs}:finks-dev-ecs-events"),
        ("logs:GetLogEvents", FLOW_LOG),
    ],
    "flow-run": [
        *EXEC,
        ("ecs:DescribeTaskDefinition", "*"),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-fmp-ingestion:3", CLUSTER),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-dbt:3", CLUSTER),
        (("ecs:DescribeTasks", "ecs:StopTask"), TASK, CLUSTER),
        ("ecs:ListTasks", "*", CLUSTER),
        (PASS, "{role}-fmp-ingestion", TO_TASKS),
        (PASS, "{role}-dbt", TO_TASKS),
        (PASS, "{role}-ecs-execution", TO_TASKS),
        (
            ("glue:StartJobRun", "glue:GetJobRun", "glue:BatchStopJobRun"),
            "{glue}:job/finks-dev-bronze-to-silver",
        ),
        ("logs:GetLogEvents", INGESTION_LOG),
        (METRICS, "*", {"cloudwatch:namespace": "Finks/Pipeline"}),
    ],
    "glue": [
        (METRICS, "*", {"cloudwatch:namespace": "Glue"}),
        ("logs:PutLogEvents", "{logs}:log-group:/aws-glue/jobs/finks-dev/output:log-stream:1"),
        (("logs:CreateLogGroup", "logs:AssociateKmsKey"), GLUE_LOG),
    ],
    "prefect-server": EXEC,
    "fmp-ingestion": [*EXEC, (METRICS, "*", {"cloudwatch:namespace": "Finks/Pipeline"})],
    "dbt": EXEC,
    "crawler": [
        (
            ("logs:CreateLogGroup", "logs:AssociateKmsKey", "logs:PutLogEvents"),
            "{logs}:log-group:/aws-glue/crawlers-role/finks-dev:*",
        ),
    ],
    "api": [
        ("xray:PutTraceSegments", "*"),
        ("logs:PutLogEvents", "{logs}:log-group:/aws/lambda/finks-dev-api:log-stream:1"),
    ],
    "scheduler": [
        ("ecs:UpdateService", SERVER),
        ("ecs:UpdateService", WORKER),
        (("rds:StartDBInstance", "rds:StopDBInstance"), "{rds}:db:finks-dev-prefect"),
    ],
    "events": [("states:StartExecution", "{states}:stateMachine:finks-dev-redeploy-prefect")],
    "redeploy": [("ecs:UpdateService", SERVER)],
    "ecs-tasks.amazonaws.com": [
        (
            "sts:AssumeRole",
            "{role}-dbt",
            {
                "aws:SourceAccount": "123456789012",
                "aws:SourceArn": TASK.format(ecs="arn:aws:ecs:ca-central-1:123456789012"),
            },
        ),
    ],
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com": [
        (
            "sts:AssumeRoleWithWebIdentity",
            "{role}-deploy",
            {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": f"repo:example-org/finks:{claim}",
            },
        )
        for claim in ("environment:dev", "ref:refs/heads/main")
    ],
}

_DENIED: Rows = {
    "ecs-execution": [
        (READ_SECRET, "{connection}"),
        (READ_SECRET, "{secretsmanager}:secret:finks/prod/fmp-api-key-abcdef"),
        ("secretsmanager:PutSecretValue", "{fmp}"),
        ("kms:Decrypt", "{key}"),
        ("ecr:BatchGetImage", "{ecr}:repository/finks-prod/finks-dbt"),
        ("ecr:PutImage", "{ecr}:repository/finks-dev/finks-dbt"),
        (PASS, "{role}-dbt", TO_TASKS),
    ],
    "fmp-ingestion": [
        (READ_SECRET, "{fmp}"),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-dbt:1", CLUSTER),
        (METRICS, "*", {"cloudwatch:namespace": "AWS/ECS"}),
        (METRICS, "*", {"cloudwatch:namespace": "Finks/Platform/dev"}),
        (METRICS, "*"),
    ],
    "dbt": [(READ_SECRET, "{fmp}"), (READ_SECRET, "{master}")],
    "glue": [
        ("logs:CreateLogGroup", "{logs}:log-group:/aws-glue/jobs/finks-prod/output:*"),
        ("logs:CreateLogGroup", "{logs}:log-group:/ecs/finks-dev-dbt:*"),
        (("logs:DeleteLogGroup", "logs:PutRetentionPolicy"), GLUE_LOG),
    ],
    "prefect-server": [
        (READ_SECRET, "{master}"),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-flow-run:7", CLUSTER),
        (PASS, "{role}-flow-run", TO_TASKS),
        ("ecs:UpdateService", SERVER),
    ],
    "prefect-worker": [
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-flow-run:7", OTHER_CLUSTER),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-dbt:7", CLUSTER),
        ("ecs:RegisterTaskDefinition", "{ecs}:task-definition/finks-dev-flow-run:8"),
        ("ecs:TagResource", TASK),
        ("ecs:StopTask", "{ecs}:task/other/1", OTHER_CLUSTER),
        (PASS, "{role}-fmp-ingestion", TO_TASKS),
        (PASS, "{role}-prefect-worker", TO_TASKS),
        (PASS, "{role}-deploy", TO_TASKS),
        (PASS, "{role}-flow-run", TO_LAMBDA),
        (READ_SECRET, "{auth}"),
        ("sqs:SendMessage", "{sqs}:finks-dev-ecs-events"),
        ("sqs:ReceiveMessage", "{sqs}:finks-dev-ecs-events-dead"),
        ("kms:Decrypt", "{key}"),
        ("kms:Decrypt", "{key}", via("sqs")),
    ],
    "flow-run": [
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-prefect-worker:1", CLUSTER),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-dbt:3", OTHER_CLUSTER),
        ("ecs:RunTask", "{ecs}:task-definition/finks-prod-dbt:3", CLUSTER),
        ("ecs:ListTasks", "*", OTHER_CLUSTER),
        (PASS, "{role}-flow-run", TO_TASKS),
        (PASS, "{role}-prefect-worker", TO_TASKS),
        (PASS, "{role}-deploy", TO_TASKS),
        (PASS, "{role}-dbt", TO_LAMBDA),
        (PASS, "{role}-dbt"),
        ("glue:StartJobRun", "{glue}:job/other"),
        ("glue:UpdateJob", "{glue}:job/finks-dev-bronze-to-silver"),
        (METRICS, "*", {"cloudwatch:namespace": "AWS/ECS"}),
        ("logs:GetLogEvents", "{logs}:log-group:/ecs/finks-dev-prefect-server:log-stream:1"),
        (READ_SECRET, "{fmp}"),
    ],
    "scheduler": [
        ("ecs:UpdateService", "{ecs}:service/finks-prod/finks-prod-prefect-server"),
        ("rds:DeleteDBInstance", "{rds}:db:finks-dev-prefect"),
        ("rds:StopDBInstance", "{rds}:db:finks-prod-prefect"),
    ],
    "events": [("states:StartExecution", "{states}:stateMachine:other")],
    "redeploy": [("ecs:UpdateService", WORKER), ("ecs:DeleteService", SERVER)],
    "ecs-tasks.amazonaws.com": [
        ("sts:AssumeRole", "{role}-dbt", {"aws:SourceAccount": "210987654321"}),
        ("sts:AssumeRole", "{role}-dbt"),
        ("sts:AssumeRole", "{role}-glue", {"aws:SourceAccount": "123456789012"}),
    ],
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com": [
        (
            "sts:AssumeRoleWithWebIdentity",
            "{role}-deploy",
            {
                "token.actions.githubusercontent.com:aud": audience,
                "token.actions.githubusercontent.com:sub": subject,
            },
        )
        for audience, subject in (
            ("sts.amazonaws.com", "repo:example-org/finks:environment:prod"),
            ("sts.amazonaws.com", "repo:example-org/finks:ref:refs/heads/feature"),
            ("sts.amazonaws.com", "repo:example-org/finks:pull_request"),
            ("sts.amazonaws.com", "repo:evil/finks:environment:dev"),
            ("sts.amazonaws.com", "repo:example-org/finks-fork:ref:refs/heads/main"),
            ("https://github.com/example-org", "repo:example-org/finks:environment:dev"),
        )
    ],
}

PLATFORM: list[Row] = [*rows(_ALLOWED, allowed=True), *rows(_DENIED, allowed=False)]
