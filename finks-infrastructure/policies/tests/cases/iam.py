"""Examples of rules/iam.py."""

from __future__ import annotations

from typing import Any

from exported import Resource
from tests.case import ACCOUNT, Case, aws, document

BRONZE = "arn:aws:s3:::finks-prod-bronze/fmp/*"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/finks-prod-dbt"
PASSED = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
FROM_HERE = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def allows(action: str | list[str], resource: str | list[str], **more: Any) -> Resource:
    return aws(
        "iam/rolePolicy:RolePolicy",
        "policy",
        "",
        policy=document({"Sid": "Work", "Action": action, "Resource": resource, **more}),
    )


def trusts(principal: dict[str, Any], condition: dict[str, Any] | None = None) -> Resource:
    statement = {"Sid": "Take", "Action": "sts:AssumeRole", "Principal": principal}
    if condition:
        statement["Condition"] = condition
    return aws("iam/role:Role", "role", assumeRolePolicy=document(statement))


def from_github(subject: str | None, audience: str | None = "sts.amazonaws.com") -> Resource:
    claims = {"sub": subject, "aud": audience}
    return trusts(
        {"Federated": GITHUB},
        {
            "StringLike": {
                f"token.actions.githubusercontent.com:{claim}": value
                for claim, value in claims.items()
                if value
            }
        },
    )


def attaches(policy: str) -> Resource:
    return aws(
        "iam/rolePolicyAttachment:RolePolicyAttachment",
        "attachment",
        "",
        policyArn=f"arn:aws:iam::aws:policy/{policy}",
    )


def key_policy(action: str, principal: str) -> Resource:
    return aws(
        "kms/key:Key",
        "key",
        policy=document({"Action": action, "Resource": "*", "Principal": {"AWS": principal}}),
    )


LAKE_ROLE = aws("iam/role:Role", "role", managedPolicyArns=[])
INLINE = aws(
    "iam/role:Role",
    "role",
    inlinePolicies=[{"name": "x", "policy": document({"Action": "*", "Resource": "*"})}],
)

CASES = (
    Case("iam-no-wildcards", [allows("s3:Put*", BRONZE)], [allows("s3:Put*", "*")], says="s3:put*"),
    Case("iam-no-wildcards", [LAKE_ROLE], [INLINE], says="allows * on every resource"),
    Case(
        "iam-no-wildcards",
        good=[allows(["ec2:Describe*", "logs:List*"], "*")],  # describing takes no resource
        bad=[allows(["ec2:Describe*", "secretsmanager:Get*"], "*")],
        says="secretsmanager:get*",
    ),
    Case(
        "iam-no-wildcards",
        good=[allows("s3:*", "*", Effect="Deny")],
        bad=[allows("s3:*", ["arn:aws:s3:::x", "*"])],
        says="s3:* on every resource",
    ),
    Case(
        "iam-no-whole-service",
        good=[allows(["s3:GetObject", "s3:PutObject"], BRONZE)],
        bad=[allows("s3:*", BRONZE)],
        says="allows s3:*",
    ),
    Case(
        "iam-no-negation",
        good=[allows("s3:GetObject", BRONZE, Effect="Deny", NotPrincipal={"AWS": ROLE_ARN})],
        bad=[allows("s3:GetObject", BRONZE, NotPrincipal={"AWS": ROLE_ARN})],
        says="NotPrincipal",
    ),
    Case(
        "iam-no-negation",
        good=[allows("s3:GetObject", BRONZE)],
        bad=[
            aws(
                "iam/policy:Policy",
                "policy",
                policy=document({"NotAction": "iam:*", "Resource": "*"}),
            )
        ],
        says="NotAction",
    ),
    Case(
        "iam-no-administrators",
        good=[attaches("service-role/AmazonECSTaskExecutionRolePolicy")],
        bad=[attaches("AdministratorAccess")],
        says="AdministratorAccess",
    ),
    Case(
        "iam-no-administrators",
        good=[LAKE_ROLE],
        bad=[
            aws(
                "iam/role:Role",
                "role",
                managedPolicyArns=["arn:aws:iam::aws:policy/PowerUserAccess"],
            )
        ],
        says="PowerUserAccess",
    ),
    Case(
        "iam-no-access-keys",
        good=[LAKE_ROLE],
        bad=[aws("iam/accessKey:AccessKey", "key", "", user="ci")],
        says="long-lived",
    ),
    Case(
        "iam-trust-has-source",
        good=[trusts({"Service": "glue.amazonaws.com"}, FROM_HERE)],
        bad=[trusts({"Service": "glue.amazonaws.com"})],
        says="glue.amazonaws.com",
    ),
    Case(
        "iam-trust-has-source",
        good=[trusts({"AWS": ROLE_ARN})],  # no service, no deputy
        bad=[trusts({"Service": "glue.amazonaws.com"}, {"Bool": {"aws:SecureTransport": "true"}})],
        says="glue.amazonaws.com",
    ),
    Case(
        "iam-oidc-trust-pinned",
        good=[from_github("repo:finks/finks:ref:refs/heads/main")],
        bad=[from_github(None)],
        says="which repository",
    ),
    Case(
        "iam-oidc-trust-pinned",
        good=[from_github("repo:finks/finks:environment:*")],
        bad=[from_github("repo:finks/*")],
        says="trusts repo:finks/*",
    ),
    Case(
        "iam-oidc-trust-pinned",
        good=[from_github("repo:finks/finks:environment:prod")],
        bad=[from_github("repo:finks/finks:environment:prod", audience=None)],
        says="which audience",
    ),
    Case(
        "iam-pass-role-bounded",
        good=[allows("iam:PassRole", ROLE_ARN, Condition=PASSED)],
        bad=[allows("iam:PassRole", ROLE_ARN)],
        says="any service",
    ),
    Case(
        "iam-pass-role-bounded",
        good=[allows("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/finks-*", Condition=PASSED)],
        bad=[allows("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/*", Condition=PASSED)],
        says="any role",
    ),
    Case(
        "iam-pass-role-bounded",
        good=[allows("iam:Get*", "*")],
        bad=[allows("iam:*", "*")],
        says="any role",
    ),
    Case(
        "iam-writes-bounded",
        good=[
            allows("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/finks-prod-*"),
            allows("iam:GetRole", "*"),
        ],
        bad=[allows("iam:CreateRole", "*")],
        says="iam:createrole",
    ),
    Case(
        "kms-key-policy-narrow",
        good=[key_policy("kms:*", f"arn:aws:iam::{ACCOUNT}:root")],
        bad=[key_policy("kms:*", ROLE_ARN)],
        says="finks-prod-dbt",
    ),
    Case(
        "kms-key-policy-narrow",
        good=[key_policy("kms:Decrypt", ROLE_ARN)],
        bad=[key_policy("*", ROLE_ARN)],
        says="finks-prod-dbt",
    ),
)
