"""What a deployment changes in IAM: roles of the stack, and only within the boundary."""

from __future__ import annotations

from blueprint.names import ROLES
from blueprint.permissions.boundary import UNBOUNDED
from blueprint.permissions.scope import ECS_TASKS, Scope
from blueprint.statements import Statement, allow, deny

_SERVICES = (
    "apigateway.amazonaws.com",
    ECS_TASKS,
    "events.amazonaws.com",
    "glue.amazonaws.com",
    "lakeformation.amazonaws.com",
    "lambda.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)


def roles(scope: Scope, boundary_arn: str) -> list[Statement]:
    """Roles by name, with the boundary (blueprint/permissions/boundary.py), never itself."""
    policies = f"arn:aws:iam::{scope.account_id}:policy/{scope.names.prefix}"
    bounded = [name for name in ROLES if name not in UNBOUNDED]
    roles = [
        *(scope.role(name) for name in bounded),
        f"arn:aws:iam::{scope.account_id}:role/{scope.names.database_monitoring_role}",
    ]
    own = [scope.role("deploy"), boundary_arn, f"{policies}-deploy-*"]
    return [
        allow(
            "ChangeRolesWithinTheBoundary",
            [
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ],
            roles,
            condition={"StringEquals": {"iam:PermissionsBoundary": boundary_arn}},
        ),
        allow(
            "KeepRoles",
            [
                "iam:DeleteRole",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ],
            roles,
        ),
        allow(
            "PassRoles",
            ["iam:PassRole"],
            roles,
            condition={"StringEquals": {"iam:PassedToService": list(_SERVICES)}},
        ),
        deny("KeepTheBoundary", ["iam:DeleteRolePermissionsBoundary"], ["*"]),
        deny(
            "NeverItself",
            [
                "iam:AttachRolePolicy",
                "iam:Create*",
                "iam:Delete*",
                "iam:DetachRolePolicy",
                "iam:PassRole",
                "iam:Put*",
                "iam:SetDefaultPolicyVersion",
                "iam:UpdateAssumeRolePolicy",
            ],
            own,
        ),
    ]
