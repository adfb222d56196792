"""All rules of the pack, one module a subject."""

from __future__ import annotations

from types import ModuleType

from pulumi_policy import Policy

from rules import (
    analytics,
    containers,
    encryption,
    iam,
    logs,
    network,
    public_access,
    resilience,
    serverless,
    tags,
    transport,
)

SUBJECTS: tuple[ModuleType, ...] = (
    encryption,
    public_access,
    transport,
    iam,
    network,
    logs,
    tags,
    resilience,
    containers,
    serverless,
    analytics,
)


def rules_of(subject: ModuleType) -> list[Policy]:
    """The rules that a module defines, in its order."""
    return [value for value in vars(subject).values() if isinstance(value, Policy)]


RULES: tuple[Policy, ...] = tuple(rule for subject in SUBJECTS for rule in rules_of(subject))
