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

TASK = "{ecs}:task/finks-dev/0123456789abcdef"
SERVER = "{ecs}:service/finks-dev/finks-dev-prefect-server"
WORKER = "{ecs}:service/finks-dev/finks-dev-prefect-worker"
FLOW_LOG = "{logs}:log-group:/ecs/finks-dev-flow-run:log-stream:ecs/prefect/1"
INGESTION_LOG = "{logs}:log-group:/ecs/finks-dev-fmp-ingestion:log-stream:ecs/fmp-connector/1"
READ_SECRET, PASS = "secretsmanager:GetSecretValue", "iam:PassRole"
METRICS = "cloudwatch:PutMetricData"
BOUNDARY = "arn:aws:iam::123456789012:policy/finks-dev-boundary"
BOUNDED = {"iam:PermissionsBoundary": BOUNDARY}

_ALLOWED: Rows = {
    "ecs-execution": [
        (READ_SECRET, "{fmp}"),
        (READ_SECRET, "{auth}"),
        (READ_SECRET, "{master}"),
        ("kms:Decrypt", "{key}", via("secretsmanager")),
        ("ecr:BatchGetImage", "{ecr}:repository/finks-dev/finks-dbt"),
        ("logs:PutLogEvents", FLOW_LOG),
    ],
    "prefect-worker": [
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-flow-run:7", CLUSTER),
        (("ecs:DescribeTasks", "ecs:StopTask"), TASK, CLUSTER),
        ("ecs:TagResource", TASK, {"ecs:CreateAction": "RunTask"}),
        (PASS, "{role}-flow-run", TO_TASKS),
        (PASS, "{role}-ecs-execution", TO_TASKS),
        (("sqs:ReceiveMessage", "sqs:DeleteMessage"), "{sqs}:finks-dev-ecs-events"),
        ("kms:Decrypt", "{key}", via("sqs")),
        ("logs:GetLogEvents", FLOW_LOG),
    ],
    "flow-run": [
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
    ],
    "prefect-server": [("ssmmessages:OpenDataChannel", "*")],  # dev has ECS Exec switched on
    "api": [("logs:PutLogEvents", "{logs}:log-group:/aws/lambda/finks-dev-api:log-stream:1")],
    "scheduler": [
        ("ecs:UpdateService", SERVER),
        ("ecs:UpdateService", WORKER),
        (("rds:StartDBInstance", "rds:StopDBInstance"), "{rds}:db:finks-dev-prefect"),
    ],
    "events": [("states:StartExecution", "{states}:stateMachine:finks-dev-redeploy-prefect")],
    "redeploy": [("ecs:UpdateService", SERVER)],
    "deploy": [
        ("ecs:UpdateService", SERVER),
        ("ecs:RunTask", "{ecs}:task-definition/finks-dev-prefect-worker:3", CLUSTER),
        ("iam:CreateRole", "{role}-glue", BOUNDED),
        ("iam:PutRolePolicy", "{role}-dbt", BOUNDED),
        (PASS, "{role}-dbt", TO_TASKS),
        (PASS, "{role}-api", TO_LAMBDA),
        ("ecr:PutImage", "{ecr}:repository/finks-dev/finks-dbt"),
        (READ_SECRET, "{fmp}"),
    ],
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
                "token.actions.githubusercontent.com:sub": f"repo:acme/finks:{claim}",
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
        (METRICS, "*", {"cloudwatch:namespace": "Finks/Pipeline"}),
    ],
    "dbt": [(READ_SECRET, "{fmp}"), (READ_SECRET, "{master}")],
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
    "deploy": [
        ("iam:CreateRole", "{role}-glue"),
        ("iam:CreateRole", "{role}-evil", BOUNDED),
        ("iam:CreateRole", "{role}-dbt", {"iam:PermissionsBoundary": f"{BOUNDARY}-2"}),
        ("iam:PutRolePolicy", "{role}-deploy", BOUNDED),
        ("iam:PutRolePolicy", "{role}-dbt"),
        ("iam:AttachRolePolicy", "{role}-dbt", BOUNDED),
        ("iam:UpdateAssumeRolePolicy", "{role}-deploy"),
        ("iam:DeleteRolePermissionsBoundary", "{role}-dbt", BOUNDED),
        (("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"), BOUNDARY),
        (PASS, "{role}-deploy", TO_TASKS),
        (PASS, "{role}-dbt", {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:CreateUser", "{iam}:user/eve"),
        ("iam:CreateAccessKey", "{iam}:user/eve"),
        ("rds:DeleteDBInstance", "{rds}:db:finks-dev-prefect"),
        ("ecs:UpdateService", "{ecs}:service/finks-prod/finks-prod-prefect-server"),
        (READ_SECRET, "{secretsmanager}:secret:finks/prod/fmp-api-key-abcdef"),
        (READ_SECRET, "{master}"),
    ],
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
            ("sts.amazonaws.com", "repo:acme/finks:environment:prod"),
            ("sts.amazonaws.com", "repo:acme/finks:ref:refs/heads/feature"),
            ("sts.amazonaws.com", "repo:acme/finks:pull_request"),
            ("sts.amazonaws.com", "repo:evil/finks:environment:dev"),
            ("sts.amazonaws.com", "repo:acme/finks-fork:ref:refs/heads/main"),
            ("https://github.com/acme", "repo:acme/finks:environment:dev"),
        )
    ],
}

PLATFORM: list[Row] = [*rows(_ALLOWED, allowed=True), *rows(_DENIED, allowed=False)]
