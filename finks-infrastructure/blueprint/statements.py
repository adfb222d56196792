"""Statements of IAM policies as typed values, in IAM's own shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

VERSION = "2012-10-17"
EVERYBODY = {"AWS": "*"}
"""Principal of statements that refuse. It means the same as "*" alone, which moto cannot read."""

type Strings = Sequence[Any]
"""Texts, or what becomes one when a resource was made: an output."""
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
