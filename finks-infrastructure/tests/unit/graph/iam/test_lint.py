from __future__ import annotations

import json
from typing import Any

import pytest

from graph.iam.collect import IDENTITY, TRUST, Placed, placed
from graph.iam.lint import MUTED, lint, lint_document, needless
from graph.model import Graph
from graph.stacks import recorded

LAKE_FORMATION = {"transformation": {"lakeFormation": True}}


@pytest.fixture(scope="module")
def everything() -> Graph:
    """Every document that a stack can have."""
    return recorded("prod", LAKE_FORMATION)


def issues(kind: str, **statement: Any) -> set[str]:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "One", **statement}]})
    return {finding.issue for finding in lint_document(Placed("policy", kind, text))}


def test_nothing_is_wrong_with_the_documents(everything: Graph, dev: Graph) -> None:
    assert [str(finding) for finding in (*lint(everything), *lint(dev))] == []


def test_nothing_is_muted_without_need(everything: Graph) -> None:
    assert [(muted.issue, muted.why) for muted in needless(everything)] == []
    assert all(muted.why for muted in MUTED)


def test_every_kind_of_document_is_read(everything: Graph) -> None:
    found = list(placed(everything))
    assert {document.kind for document in found} == {"identity", "trust", "resource", "boundary"}
    resources = {document.place for document in found if document.kind == "resource"}
    assert {"storage-bronze-policy", "storage-kms-key"} <= resources
    assert any("secret" in place for place in resources)
    assert any("queue" in place or "events" in place for place in resources)
    assert any("topic" in place for place in resources)


@pytest.mark.parametrize(
    ("statement", "issue"),
    [
        ({"Action": "s3:GetObjekt", "Resource": "*"}, "UNKNOWN_ACTION"),
        ({"Action": "sthree:GetObject", "Resource": "*"}, "UNKNOWN_PREFIX"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}, "RESOURCE_MISMATCH"),
        ({"Action": "s3:GetObject", "Resource": "*"}, "RESOURCE_STAR"),
        (
            {
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::bucket/*",
                "Condition": {"StringEquals": {"s3:prefix": "a"}},
            },
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
    ],
)
def test_what_does_not_fit_is_found(statement: dict[str, Any], issue: str) -> None:
    assert issue in issues(IDENTITY, Effect="Allow", **statement)


def test_a_way_around_the_policy_is_found() -> None:
    found = issues(
        IDENTITY, Effect="Allow", Action="s3:PutBucketPolicy", Resource="arn:aws:s3:::bucket"
    )
    assert "RESOURCE_POLICY_PRIVILEGE_ESCALATION" in found


def test_trust_policies_are_muted_for_their_missing_resource_alone() -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}}
    assert issues(TRUST, **trust, Action="sts:AssumeRole") == {"MALFORMED"}
    assert "UNKNOWN_ACTION" in issues(TRUST, **trust, Action="sts:TakeRole", Resource="*")
