"""parliament over every policy document: actions, resources and conditions that do not fit.

What it is told to overlook stands here, each with its reason; one that nothing needs any more is
reported like a finding.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graph.iam.collect import BOUNDARY, IDENTITY, RESOURCE, TRUST, Placed, placed
from graph.model import Graph

_OF_A_DOCUMENT = "RESOURCE_POLICY_PRIVILEGE_ESCALATION"
"""The finding that follows from all statements together."""


@dataclass(frozen=True)
class Finding:
    """What is wrong with a statement; `sid` is empty for a whole document."""

    kind: str
    place: str
    sid: str
    issue: str
    detail: str

    def __str__(self) -> str:
        return f"{self.place}#{self.sid} ({self.kind}): {self.issue}: {self.detail}"


@dataclass(frozen=True)
class Muted:
    """A finding that is known and right to be there."""

    kind: str
    issue: str
    why: str
    sids: tuple[str, ...] = ()
    """None: of any statement."""
    detail: str = ""
    """Part of the finding's text."""

    def covers(self, finding: Finding) -> bool:
        """Whether this finding is meant."""
        return (
            (self.kind, self.issue) == (finding.kind, finding.issue)
            and (not self.sids or finding.sid in self.sids)
            and self.detail in finding.detail
        )


MUTED = (
    Muted(
        TRUST,
        "MALFORMED",
        "parliament does not know trust policies, which name no resource; the graph's checks hold"
        " them against AWS's own schema",
        detail="neither Resource nor NotResource",
    ),
    Muted(
        TRUST,
        "UNKNOWN_FEDERATION_SOURCE",
        "it knows SAML and a few web identities alone, not GitHub's OIDC provider",
        sids=("GitHubActions",),
    ),
    Muted(
        IDENTITY,
        "RESOURCE_STAR",
        "AWS compares ecs:ListTasks with container instances, which Fargate has none of; the"
        " condition on ecs:cluster bounds it",
        sids=("FindItsTasks",),
    ),
    Muted(
        IDENTITY,
        "RESOURCE_STAR",
        "descriptions of resources for the deployment's refresh, no data in them",
        sids=("DescribeResources",),
    ),
    Muted(
        BOUNDARY,
        "RESOURCE_STAR",
        "a boundary grants nothing; the roles' own policies name the resources",
        sids=("Rest",),
    ),
    Muted(
        IDENTITY,
        "RESOURCE_MISMATCH",
        "the action also tags other types (capacity reservations, subscriptions, Network Load"
        " Balancers); only ours are named",
        sids=("ChangeWorkgroups", "ChangeTopics", "ChangeBalancer"),
    ),
    Muted(
        IDENTITY,
        "RESOURCE_MISMATCH",
        "what is made is named here; the VPC and subnets it is made in by ChangeParts, which asks"
        " for their tags",
        sids=("MakeParts",),
    ),
    Muted(
        IDENTITY,
        "UNKNOWN_CONDITION_FOR_ACTION",
        "the AWS KMS Developer Guide has kms:ResourceAliases for every operation on a key",
        sids=("UseKeyOfState",),
    ),
    Muted(
        IDENTITY,
        "MISMATCHED_TYPE_BUT_USABLE",
        "IAM's documentation compares iam:PermissionsBoundary with StringEquals",
        sids=("ChangeRolesWithinTheBoundary",),
    ),
    Muted(
        RESOURCE,
        "MISMATCHED_TYPE_BUT_USABLE",
        "S3's documentation compares the key of the request with StringNotEquals",
        sids=("OnlyOurKey",),
    ),
    Muted(
        RESOURCE,
        "RESOURCE_MISMATCH",
        "s3:GetObjectAttributes is also for access points; the endpoint names buckets",
        detail="GetObjectAttributes",
    ),
    Muted(
        RESOURCE,
        "RESOURCE_STAR",
        "in the policy of a key, * is that key",
        sids=(
            "IamOfThisAccount",
            "LogGroupsOfThisAccount",
            "AlarmsOfThisAccount",
        ),
    ),
    Muted(
        RESOURCE,
        "RESOURCE_STAR",
        "an endpoint's policy grants nothing: it lets principals of this account through, whose"
        " own policies decide",
        sids=("OwnAccount",),
    ),
    Muted(
        RESOURCE,
        "UNKNOWN_CONDITION_FOR_ACTION",
        "the statement is CloudWatch Logs' own example; kms:DescribeKey carries no context",
        sids=("LogGroupsOfThisAccount",),
    ),
    Muted(
        RESOURCE,
        "MISMATCHED_TYPE",
        "the value of this encryption context is an ARN (CloudWatch Logs User Guide)",
        sids=("LogGroupsOfThisAccount",),
    ),
)


def lint(graph: Graph) -> list[Finding]:
    """The findings of a graph that are not muted."""
    return [
        finding
        for finding in all_findings(graph)
        if not any(muted.covers(finding) for muted in MUTED)
    ]


def needless(graph: Graph) -> list[Muted]:
    """What is muted and no longer found in this graph."""
    found = list(all_findings(graph))
    return [muted for muted in MUTED if not any(muted.covers(finding) for finding in found)]


def all_findings(graph: Graph) -> Iterator[Finding]:
    """Every finding, muted or not."""
    for document in placed(graph):
        yield from lint_document(document)


def lint_document(document: Placed) -> Iterator[Finding]:
    """The findings of one document."""
    parsed = json.loads(document.text)
    for statement in parsed["Statement"]:
        alone = json.dumps({**parsed, "Statement": [statement]})
        for issue, detail in _analyse(alone):
            if issue != _OF_A_DOCUMENT:
                yield Finding(document.kind, document.place, statement["Sid"], issue, detail)
    for issue, detail in _analyse(document.text):
        if issue == _OF_A_DOCUMENT:
            yield Finding(document.kind, document.place, "", issue, detail)


def _analyse(text: str) -> list[tuple[str, str]]:
    analyse: Any = _parliament().analyze_policy_string
    return [(str(found.issue), str(found.detail)) for found in analyse(text).findings]


def _parliament() -> Any:
    with warnings.catch_warnings():
        # It imports pkg_resources, which warns of its end.
        warnings.simplefilter("ignore")
        import parliament
    return parliament
