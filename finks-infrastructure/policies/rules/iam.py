"""Least privilege: what identities may do, who may take a role, and that nobody has keys."""

from __future__ import annotations

from collections.abc import Iterator

from rules.documents import (
    IDENTITY_POLICIES,
    RESOURCE_POLICIES,
    TRUST_POLICIES,
    Statement,
    statements,
)
from rules.rule import Subject, resource_rule

_ADMINISTRATORS = {
    "AdministratorAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "SystemAdministrator",
}
_SOURCES = {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"}
_HARMLESS = ("describe*", "list*", "get*", "batchget*", "search*")
"""Reading verbs; several services take no resource for them."""
_SECRET_READS = ("secretsmanager:get*", "ssm:get*", "kms:get*", "s3:get*", "dynamodb:batchget*")
"""Reading verbs that hand out data: not harmless."""


def _is_broad(action: str) -> bool:
    """Whether an action's wildcard covers more than reading descriptions of resources."""
    if "*" not in action:
        return False
    verb = action.partition(":")[2]
    return not verb.startswith(tuple(read.rstrip("*") for read in _HARMLESS)) or action.startswith(
        tuple(read.rstrip("*") for read in _SECRET_READS)
    )


def _covers(statement: Statement, action: str) -> bool:
    """Whether a statement's actions include this one, which is in lower case."""
    return any(
        pattern == action or (pattern.endswith("*") and action.startswith(pattern[:-1]))
        for pattern in statement.actions
    )


@resource_rule(
    "iam-no-wildcards",
    *IDENTITY_POLICIES,
    why="An action pattern on every resource grants what nobody listed, and what AWS adds later.",
    remedy="list the actions, or name the resources",
)
def iam_no_wildcards(subject: Subject) -> Iterator[str]:
    """No pattern of actions on resource "*", but for reading descriptions."""
    for statement in statements(subject, IDENTITY_POLICIES):
        broad = [action for action in statement.actions if _is_broad(action)]
        if statement.allows and broad and "*" in statement.resources:
            yield f"{statement.sid} allows {', '.join(broad)} on every resource"


@resource_rule(
    "iam-no-whole-service",
    *IDENTITY_POLICIES,
    why="service:* includes deleting the thing and changing who may use it.",
    remedy="list the actions that the workload calls",
)
def iam_no_whole_service(subject: Subject) -> Iterator[str]:
    """No service:* for an identity, not on named resources either."""
    for statement in statements(subject, IDENTITY_POLICIES):
        whole = [a for a in statement.actions if a == "*" or a.endswith(":*")]
        if statement.allows and whole:
            yield f"{statement.sid} allows {', '.join(whole)}"


@resource_rule(
    "iam-no-negation",
    *dict.fromkeys((*IDENTITY_POLICIES, *RESOURCE_POLICIES, *TRUST_POLICIES)),
    why="Allow with NotAction, NotResource or NotPrincipal grants all the rest, known or not.",
    remedy="list what is allowed; negations belong into Deny",
)
def iam_no_negation(subject: Subject) -> Iterator[str]:
    """No allowing statement that lists what it does not mean."""
    for places in (IDENTITY_POLICIES, RESOURCE_POLICIES, TRUST_POLICIES):
        for statement in statements(subject, places):
            negated = [
                key for key in ("NotAction", "NotResource", "NotPrincipal") if key in statement.raw
            ]
            if statement.allows and negated:
                yield f"{statement.sid} allows by {', '.join(negated)}"


@resource_rule(
    "iam-no-administrators",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/role:Role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    why="Whoever can run code as an administrator owns the account.",
    remedy="attach a policy with the actions that the role needs",
)
def iam_no_administrators(subject: Subject) -> Iterator[str]:
    """None of AWS's managed policies that amount to all rights."""
    for arn in (*subject.each("policyArn"), *subject.each("managedPolicyArns")):
        name = str(arn).rpartition("/")[2]
        if name in _ADMINISTRATORS:
            yield f"{name} is attached"


@resource_rule(
    "iam-no-access-keys",
    "aws:iam/accessKey:AccessKey",
    "aws:iam/user:User",
    "aws:iam/userLoginProfile:UserLoginProfile",
    why="Long-lived keys leak through laptops and logs and stay valid until somebody notices.",
    remedy="use a role: OIDC for CI, IAM Identity Center for people, task roles for workloads",
)
def iam_no_access_keys(_: Subject) -> Iterator[str]:
    """No users and no keys."""
    yield "it gives somebody a long-lived credential"


@resource_rule(
    "iam-trust-has-source",
    *TRUST_POLICIES,
    why="A service that may take a role takes it for any customer who names it (the confused"
    " deputy), unless the trust policy says for whose resources.",
    remedy="add a condition on aws:SourceAccount or aws:SourceArn",
)
def iam_trust_has_source(role: Subject) -> Iterator[str]:
    """Roles of services say on whose behalf."""
    for statement in statements(role, TRUST_POLICIES):
        services = statement.principals.get("Service", [])
        if statement.allows and services and not _SOURCES & statement.conditions.keys():
            yield f"{', '.join(services)} may take the role on anybody's behalf"


@resource_rule(
    "iam-oidc-trust-pinned",
    *TRUST_POLICIES,
    why="GitHub signs tokens for every repository in the world.",
    remedy="compare the provider's :sub with repo:OWNER/NAME:… and :aud with sts.amazonaws.com",
)
def iam_oidc_trust_pinned(role: Subject) -> Iterator[str]:
    """Roles of an OIDC provider name the repository and the audience."""
    for statement in statements(role, TRUST_POLICIES):
        if not statement.allows or "Federated" not in statement.principals:
            continue
        claims = statement.conditions
        subjects = [v for key, values in claims.items() if key.endswith(":sub") for v in values]
        audiences = [v for key, values in claims.items() if key.endswith(":aud") for v in values]
        if not subjects:
            yield f"{statement.sid} does not say which repository"
        for value in subjects:
            repository = value.removeprefix("repo:").partition(":")[0]
            if "*" in repository or "/" not in repository:
                yield f"{statement.sid} trusts {value}"
        if not audiences or any("*" in audience for audience in audiences):
            yield f"{statement.sid} does not say for which audience"


@resource_rule(
    "iam-pass-role-bounded",
    *IDENTITY_POLICIES,
    why="Who may pass any role to any service has the rights of the strongest one.",
    remedy="name the roles and add a condition on iam:PassedToService",
)
def iam_pass_role_bounded(subject: Subject) -> Iterator[str]:
    """iam:PassRole for named roles and named services."""
    for statement in statements(subject, IDENTITY_POLICIES):
        if not statement.allows or not _covers(statement, "iam:passrole"):
            continue
        anything = [r for r in statement.resources if r == "*" or r.endswith((":role/*", ":*"))]
        if anything:
            yield f"{statement.sid} passes any role ({', '.join(anything)})"
        if "iam:passedtoservice" not in statement.conditions:
            yield f"{statement.sid} passes roles to any service"


@resource_rule(
    "iam-writes-bounded",
    *IDENTITY_POLICIES,
    why="Who may change any role or policy can give himself every right.",
    remedy="name the roles and policies, such as role/finks-dev-*",
)
def iam_writes_bounded(subject: Subject) -> Iterator[str]:
    """IAM's writing actions name what they change."""
    for statement in statements(subject, IDENTITY_POLICIES):
        writes = [
            action
            for action in statement.actions
            if action.startswith("iam:")
            and not action.startswith(("iam:get", "iam:list", "iam:simulate", "iam:passrole"))
        ]
        if statement.allows and writes and "*" in statement.resources:
            yield f"{statement.sid} allows {', '.join(writes)} on all of IAM"


@resource_rule(
    "kms-key-policy-narrow",
    "aws:kms/key:Key",
    "aws:kms/keyPolicy:KeyPolicy",
    why="kms:* in a key's policy includes scheduling its deletion and handing it on.",
    remedy="leave kms:* to the account's root and list the actions of all others",
)
def kms_key_policy_narrow(key: Subject) -> Iterator[str]:
    """Only the account itself administers a key by its policy."""
    for statement in statements(key, RESOURCE_POLICIES):
        if not statement.allows or not {"kms:*", "*"} & set(statement.actions):
            continue
        others = [
            value
            for kind, values in statement.principals.items()
            for value in values
            if kind != "AWS" or not value.endswith(":root")
        ]
        if others:
            yield f"{statement.sid} allows kms:* to {', '.join(others)}"
