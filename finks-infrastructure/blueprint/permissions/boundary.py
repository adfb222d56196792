"""The permissions boundary: what no role of the stack can exceed, whoever writes its policies.

The deploy role may make and change roles. Without a boundary it could make one that may do
everything, and take it. With it, a new role can at most do what the workloads do together.
"""

from __future__ import annotations

from collections import defaultdict

from blueprint.names import ZONES
from blueprint.permissions.scope import Scope
from blueprint.permissions.workloads import WORKLOADS
from blueprint.statements import Statement, allow

UNBOUNDED = ("deploy", "config-recorder")
"""Roles without the boundary, which deployments therefore cannot change. AWS Config reads
settings of everything in the account by a policy that AWS itself extends."""
OF_OTHER_COMPONENTS = {
    "flow-logs": (
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    ),
    "rds-monitoring": (
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
    ),
    "api-logs": (
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
    ),
    "lake-formation": (
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
    ),
}
"""Actions of the roles that other components make (tests hold them against the graph)."""
PASSED_TO = (
    "ecs-tasks.amazonaws.com",
    "glue.amazonaws.com",
    "lambda.amazonaws.com",
)


def boundary(scope: Scope) -> list[Statement]:
    """The union of all actions of the workloads; data, keys, secrets and roles of this stack only.

    Reading of CloudWatch, tasks and catalogs is not narrowed further: the roles' own policies do.
    """
    actions = {action for found in OF_OTHER_COMPONENTS.values() for action in found}
    for workload in WORKLOADS.values():
        for statement in workload.statements(scope):
            actions |= set(statement["Action"])
    by_service: dict[str, list[str]] = defaultdict(list)
    for action in sorted(actions):
        by_service[action.partition(":")[0]].append(action)
    buckets = [scope.bucket(zone) for zone in ZONES]
    resources = {
        "s3": [*buckets, *(f"{bucket}/*" for bucket in buckets)],
        "kms": [scope.key_arn],
        "secretsmanager": list(
            dict.fromkeys(
                (scope.fmp_secret_arn, scope.prefect_auth_secret_arn, scope.database_secret_arn)
            )
        ),
        "iam": [
            scope.role(name)
            for name in WORKLOADS
            if name not in {"scheduler", "events", "redeploy"}
        ],
    }
    passing = {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}
    return [
        allow(
            service.title().replace("-", ""),
            by_service.pop(service),
            named,
            condition=passing if service == "iam" else None,
        )
        for service, named in resources.items()
    ] + [allow("Rest", [action for found in by_service.values() for action in found], ["*"])]
