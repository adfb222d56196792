"""IAM policy documents rendered to JSON from typed statements.

They are built here and not by the provider's data source, so that a test can read and simulate
them without an account.
"""

from __future__ import annotations

from typing import Any

import pulumi

from blueprint.statements import EVERYBODY, VERSION, Condition, Statement, Strings, allow, deny

__all__ = [
    "EVERYBODY",
    "VERSION",
    "Condition",
    "Statement",
    "Strings",
    "allow",
    "deny",
    "document",
    "service_trust",
]


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
