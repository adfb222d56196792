"""What a deployment looks at: descriptions of resources, roles and policies."""

from __future__ import annotations

from blueprint.permissions.scope import Scope
from blueprint.statements import Statement, allow

READS = (
    "access-analyzer:Get*",
    "access-analyzer:List*",
    "acm:DescribeCertificate",
    "acm:ListTagsForCertificate",
    "application-autoscaling:Describe*",
    "application-autoscaling:ListTagsForResource",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetInsightSelectors",
    "cloudtrail:GetTrail",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags",
    "cloudwatch:Describe*",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "config:Describe*",
    "config:ListTagsForResource",
    "ec2:Describe*",
    "ecr:GetAuthorizationToken",
    "ecs:Describe*",
    "ecs:List*",
    "elasticache:Describe*",
    "elasticache:ListTagsForResource",
    "elasticloadbalancing:Describe*",
    "events:Describe*",
    "events:List*",
    "glue:GetSecurityConfiguration",
    "guardduty:Get*",
    "guardduty:ListTagsForResource",
    "kms:ListAliases",
    "lakeformation:DescribeResource",
    "logs:Describe*",
    "logs:ListTagsForResource",
    "rds:Describe*",
    "rds:ListTagsForResource",
    "route53:Get*",
    "route53:List*",
    "servicediscovery:Get*",
    "servicediscovery:List*",
)
"""Descriptions of resources, which most services offer for all resources alone. No data."""


def read(scope: Scope) -> list[Statement]:
    """Everything that a refresh reads, and no data."""
    account = f"arn:aws:iam::{scope.account_id}"
    named = {
        "ReadRoles": (
            (
                *("GetRole", "GetRolePolicy", "ListAttachedRolePolicies"),
                *("ListInstanceProfilesForRole", "ListRolePolicies", "ListRoleTags"),
            ),
            f"{account}:role/{scope.names.prefix}-*",
        ),
        "ReadPolicies": (
            (
                *("GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy"),
                *("ListPolicyTags", "ListPolicyVersions"),
            ),
            f"{account}:policy/{scope.names.prefix}-*",
        ),
        "ReadProvider": (
            ("GetOpenIDConnectProvider", "ListOpenIDConnectProviderTags"),
            f"{account}:oidc-provider/*",
        ),
    }
    return [
        allow("DescribeResources", READS, ["*"]),
        *(
            allow(sid, [f"iam:{action}" for action in actions], [resource])
            for sid, (actions, resource) in named.items()
        ),
    ]
