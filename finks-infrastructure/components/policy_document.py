"""IAM policy documents as typed values, rendered to JSON.

They are built here and not by the provider's data source, so that a test can read and simulate
them without an account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

VERSION = "2012-10-17"

type Strings = Sequence[pulumi.Input[str]]
type Condition = Mapping[str, Mapping[str, Any]]
"""Operator → key → value or values, as in IAM's JSON."""
type Statement = dict[str, Any]
"""One statement in IAM's own shape; values may be outputs of resources."""


def allow(
    sid: str,
    actions: Sequence[str],
    resources: Strings | None = None,
    *,
    principals: Mapping[str, Any] | str | None = None,
    condition: Condition | None = None,
) -> Statement:
    """An allowing statement.

    A document of an identity names `resources`, a trust policy `principals` alone, a resource's
    own policy both.
    """
    return _statement("Allow", sid, actions, resources, principals, condition)


def deny(
    sid: str,
    actions: Sequence[str],
    resources: Strings | None = None,
    *,
    principals: Mapping[str, Any] | str | None = None,
    condition: Condition | None = None,
) -> Statement:
    """A denying statement; it wins over every allowing one."""
    return _statement("Deny", sid, actions, resources, principals, condition)


def document(*statements: Statement) -> pulumi.Output[str]:
    """The JSON of a policy document."""
    return pulumi.Output.json_dumps(
        {"Version": VERSION, "Statement": list(statements)}, sort_keys=False
    )


def service_trust(
    service: str, account_id: str, *, source_arn: str | None = None
) -> pulumi.Output[str]:
    """Trust policy that lets an AWS service of this account, and of no other, take a role.

    Without the condition another customer's resource could have the service act with our role
    (the confused deputy, IAM User Guide).
    """
    condition: dict[str, dict[str, Any]] = {"StringEquals": {"aws:SourceAccount": account_id}}
    if source_arn is not None:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return document(
        allow(
            "AssumeRole",
            ["sts:AssumeRole"],
            principals={"Service": service},
            condition=condition,
        )
    )


def _statement(
    effect: str,
    sid: str,
    actions: Sequence[str],
    resources: Strings | None,
    principals: Mapping[str, Any] | str | None,
    condition: Condition | None,
) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": effect, "Action": list(actions)}
    if principals is not None:
        statement["Principal"] = principals
    if resources is not None:
        statement["Resource"] = list(resources)
    if condition is not None:
        statement["Condition"] = condition
    return statement
