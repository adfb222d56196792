"""What a deployment changes of what runs: services, images, functions, jobs."""

from __future__ import annotations

from blueprint.permissions.scope import Scope
from blueprint.statements import Statement, allow

_LOG_GROUPS = ("/ecs/{}-*", "/aws/lambda/{}-*", "/aws/apigateway/{}-*", "/aws/events/{}-*")
_MORE_LOG_GROUPS = ("/aws-glue/jobs/{}/*", "/aws/rds/instance/{}-*", "/vpc/{}/*")


def compute(scope: Scope) -> list[Statement]:
    """By the names of the stack, as far as the services name anything."""
    names, prefix = scope.names, scope.names.prefix
    groups = [pattern.format(prefix) for pattern in (*_LOG_GROUPS, *_MORE_LOG_GROUPS)]
    return [
        allow(
            "ChangeServices",
            [
                "ecs:CreateService",
                "ecs:DeleteService",
                "ecs:PutClusterCapacityProviders",
                "ecs:TagResource",
                "ecs:UntagResource",
                "ecs:UpdateCluster",
                "ecs:UpdateClusterSettings",
                "ecs:UpdateService",
            ],
            [
                scope.arn("ecs", f"cluster/{names.cluster}"),
                scope.arn("ecs", f"service/{names.cluster}/*"),
                scope.arn("ecs", f"task-definition/{prefix}-*"),
            ],
        ),
        allow(
            "RegisterTaskDefinitions",
            ["ecs:RegisterTaskDefinition"],
            [scope.arn("ecs", f"task-definition/{prefix}-*")],
        ),
        # AWS offers no resource for it (Service Authorization Reference, Amazon ECS).
        allow("RetireTaskDefinitions", ["ecs:DeregisterTaskDefinition"], ["*"]),
        allow(
            "DeployFlows",
            ["ecs:RunTask"],
            scope.task_definitions(names.prefect_worker),
            condition=scope.in_our_cluster(),
        ),
        allow(
            "WatchDeploymentOfFlows",
            ["ecs:DescribeTasks", "ecs:StopTask"],
            scope.tasks(),
            condition=scope.in_our_cluster(),
        ),
        allow(
            "ReadDeploymentOfFlows",
            ["logs:GetLogEvents"],
            scope.log_streams(names.log_group(names.prefect_worker)),
        ),
        allow(
            "PushImages",
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImages",
                "ecr:DescribeRepositories",
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetLifecyclePolicy",
                "ecr:GetRepositoryPolicy",
                "ecr:InitiateLayerUpload",
                "ecr:ListTagsForResource",
                "ecr:PutImage",
                "ecr:PutImageScanningConfiguration",
                "ecr:PutImageTagMutability",
                "ecr:PutLifecyclePolicy",
                "ecr:TagResource",
                "ecr:UntagResource",
                "ecr:UploadLayerPart",
            ],
            [scope.arn("ecr", f"repository/{prefix}/*")],
        ),
        allow(
            "ChangeLogGroups",
            [
                "logs:AssociateKmsKey",
                "logs:CreateLogGroup",
                "logs:DeleteMetricFilter",
                "logs:DeleteRetentionPolicy",
                "logs:PutMetricFilter",
                "logs:PutRetentionPolicy",
                "logs:TagResource",
                "logs:UntagResource",
            ],
            [arn for group in groups for arn in _log_group(scope, group)],
        ),
        allow(
            "ChangeFunctions",
            [
                "lambda:AddPermission",
                "lambda:CreateFunction",
                "lambda:DeleteFunction",
                "lambda:GetFunction",
                "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionConcurrency",
                "lambda:GetFunctionConfiguration",
                "lambda:GetFunctionRecursionConfig",
                "lambda:GetPolicy",
                "lambda:GetRuntimeManagementConfig",
                "lambda:ListTags",
                "lambda:ListVersionsByFunction",
                "lambda:PutFunctionConcurrency",
                "lambda:RemovePermission",
                "lambda:TagResource",
                "lambda:UntagResource",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ],
            [scope.arn("lambda", f"function:{prefix}-*")],
        ),
        # API Gateway makes up the ids, and its paths carry no name.
        allow(
            "ChangeApis",
            [f"apigateway:{verb}" for verb in ("DELETE", "GET", "PATCH", "POST", "PUT")],
            [
                f"arn:aws:apigateway:{scope.region}::/{path}"
                for path in ("restapis", "restapis/*", "tags/*", "account")
            ],
        ),
        allow(
            "ChangeScaling",
            [
                "application-autoscaling:DeleteScalingPolicy",
                "application-autoscaling:DeregisterScalableTarget",
                "application-autoscaling:PutScalingPolicy",
                "application-autoscaling:RegisterScalableTarget",
                "application-autoscaling:TagResource",
                "application-autoscaling:UntagResource",
            ],
            [scope.arn("application-autoscaling", "scalable-target/*")],
        ),
        allow(
            "ChangeJobs",
            [
                *(f"glue:{verb}Job" for verb in ("Create", "Delete", "Get", "Update")),
                "glue:GetCrawler",
                "glue:UpdateCrawler",
            ],
            [scope.arn("glue", f"{kind}/{prefix}-*") for kind in ("job", "crawler")],
        ),
        allow(
            "ChangeWorkgroups",
            [
                "athena:CreateWorkGroup",
                "athena:GetWorkGroup",
                "athena:ListTagsForResource",
                "athena:TagResource",
                "athena:UntagResource",
                "athena:UpdateWorkGroup",
            ],
            [
                scope.arn("athena", f"workgroup/{group}")
                for group in (names.workgroup, names.dbt_workgroup)
            ],
        ),
    ]


def _log_group(scope: Scope, group: str) -> list[str]:
    # CloudWatch Logs compares tagging with the plain ARN, everything else with the one in :*.
    arn = scope.arn("logs", f"log-group:{group}")
    return [arn, f"{arn}:*"]
