"""The simulator by documents that are made for it: each rule of IAM's evaluation alone.

Its agreement with an independent engine is described in docs/aws/iam.md.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.iam.collect import Policies
from graph.iam.document import Request, parse
from graph.iam.simulate import Decision, Simulator
from graph.iam.wildcards import UnsupportedError, matches, matches_arn

ROLE = "arn:aws:iam::123456789012:role/app"
ROOT = "arn:aws:iam::123456789012:root"
KEY = "arn:aws:kms:ca-central-1:123456789012:key/1"
OBJECT = "arn:aws:s3:::data/a"

Statement = dict[str, Any]


def allow(action: Any = "s3:GetObject", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


def deny(action: Any = "s3:GetObject", **more: Any) -> Statement:
    return {**allow(action, **more), "Effect": "Deny"}


def decide(
    *identity: Statement,
    resource: list[Statement] | None = None,
    boundary: list[Statement] | None = None,
    principal: str = ROLE,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    context: dict[str, Any] | None = None,
    opaque: dict[str, list[str]] | None = None,
) -> Decision:
    def document(place: str, statements: list[Statement] | tuple[Statement, ...]) -> Any:
        return parse(place, json.dumps({"Statement": list(statements)}))

    about = on.partition("/")[0] if on.startswith("arn:aws:s3") else on
    simulator = Simulator.__new__(Simulator)
    simulator.policies = Policies(
        identity={ROLE: [document("own", identity)]},
        boundaries={ROLE: document("boundary", boundary)} if boundary is not None else {},
        resource={about: [document("theirs", resource)]} if resource is not None else {},
        trust={ROLE: document("trust", [])},
        opaque=opaque or {},
    )
    return simulator.decide(Request(principal, action, on, context or {}))


def test_what_nothing_allows_is_denied() -> None:
    assert decide() == Decision(False, "nothing allows it")
    assert not decide(allow("s3:PutObject")).allowed


def test_an_explicit_denial_wins_wherever_it_stands() -> None:
    assert decide(allow()).allowed
    assert not decide(allow(), deny()).allowed
    assert not decide(allow(), resource=[deny(Principal="*")]).allowed
    assert not decide(allow(), boundary=[allow(), deny()]).allowed


def test_a_denial_for_others_is_none_for_the_role() -> None:
    other = {"AWS": "arn:aws:iam::123456789012:role/other"}
    assert decide(allow(), resource=[deny(Principal=other)]).allowed


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow("S3:getobject"), True),
        (allow("s3:Get*"), True),
        (allow("s3:?etObject"), True),
        (allow("*"), True),
        ({"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::data/*"}, False),
        ({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::else/*"}, True),
        (allow(Resource="arn:aws:s3:::data"), False),
        (allow(Resource=["arn:aws:s3:::x/*", "arn:aws:s3:::d?ta/*"]), True),
    ],
)
def test_actions_and_resources(statement: Statement, allowed: bool) -> None:
    assert decide(statement).allowed == allowed


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ({"AWS": ROLE}, True),
        ("*", True),
        ({"AWS": ROOT}, False),  # the account hands it on to IAM, which says nothing
        ({"AWS": "arn:aws:iam::210987654321:root"}, False),
        ({"Service": "s3.amazonaws.com"}, False),
    ],
)
def test_a_resource_lets_a_role_of_its_account_in(principal: Any, allowed: bool) -> None:
    assert decide(resource=[allow(Principal=principal)]).allowed == allowed


def test_a_key_lets_nobody_in_by_iam_alone() -> None:
    decrypts = allow("kms:Decrypt")
    asked: dict[str, Any] = {"action": "kms:Decrypt", "on": KEY}
    assert not decide(decrypts, **asked).allowed
    assert not decide(decrypts, resource=[allow("kms:*", Principal={"AWS": KEY})], **asked).allowed
    assert decide(decrypts, resource=[allow("kms:*", Principal={"AWS": ROOT})], **asked).allowed
    assert not decide(resource=[allow("kms:*", Principal={"AWS": ROOT})], **asked).allowed
    assert decide(resource=[allow("kms:*", Principal={"AWS": ROLE})], **asked).allowed


def test_a_boundary_bounds_what_policies_allow() -> None:
    assert decide(allow(), boundary=[allow("s3:*")]).allowed
    assert not decide(allow(), boundary=[allow("s3:PutObject")]).allowed
    assert not decide(boundary=[allow("s3:*")]).allowed
    theirs = [allow(Principal={"AWS": ROLE})]
    assert not decide(resource=theirs, boundary=[allow("s3:PutObject")]).allowed


def test_services_are_let_in_by_the_resource_alone() -> None:
    statement = allow(
        Principal={"Service": "logging.s3.amazonaws.com"},
        Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}},
    )
    service = "logging.s3.amazonaws.com"
    ours = {"aws:SourceAccount": "123456789012"}
    assert decide(resource=[statement], principal=service, context=ours).allowed
    assert not decide(resource=[statement], principal=service).allowed
    assert not decide(allow(), resource=[], principal=service, context=ours).allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a", None, False),
        ("StringEqualsIgnoreCase", "a", "A", True),
        ("StringEqualsIfExists", "a", None, True),
        ("StringEqualsIfExists", "a", "b", False),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringNotEquals", "a", None, True),
        ("StringLike", "fmp/*", "fmp/quote/", True),
        ("StringLike", "fmp/*", "other/", False),
        ("StringNotLike", "fmp/*", "other/", True),
        ("ArnLike", "arn:aws:ecs:*:*:task/c/*", "arn:aws:ecs:r:1:task/c/1", True),
        ("ArnEquals", "arn:aws:ecs:*:*:task/c/*", "arn:aws:ecs:r:1:task/d/1", False),
        ("ArnNotLike", "arn:aws:iam::*:role/x", "arn:aws:iam::1:role/y", True),
        ("Bool", "true", "True", True),
        ("Bool", False, "true", False),
        ("Null", "true", None, True),
        ("Null", "false", None, False),
        ("Null", "false", "", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "ten", False),
        ("ForAnyValue:StringEquals", ["a"], ("x", "a"), True),
        ("ForAnyValue:StringEquals", ["a"], None, False),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a"], ("a", "x"), False),
        ("ForAllValues:StringEquals", ["a"], None, True),
    ],
)
def test_conditions(operator: str, wanted: Any, given: Any, holds: bool) -> None:
    context = {} if given is None else {"x:Key": given}
    statement = allow(Condition={operator: {"X:key": wanted}})
    assert decide(statement, context=context).allowed == holds


def test_all_conditions_of_a_statement_have_to_hold() -> None:
    statement = allow(Condition={"StringEquals": {"a:a": "1", "a:b": "2"}, "Null": {"a:c": "true"}})
    assert decide(statement, context={"a:a": "1", "a:b": "2"}).allowed
    assert not decide(statement, context={"a:a": "1"}).allowed
    assert not decide(statement, context={"a:a": "1", "a:b": "2", "a:c": "3"}).allowed


@pytest.mark.parametrize(
    "statement",
    [
        allow(Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01"}}),
        allow(Condition={"ForSomeValues:StringEquals": {"aws:TagKeys": "x"}}),
        allow(Resource="arn:aws:s3:::data/${aws:username}"),
    ],
)
def test_it_never_guesses(statement: Statement) -> None:
    with pytest.raises(UnsupportedError):
        decide(statement)


def test_it_does_not_guess_the_text_of_a_policy_of_aws() -> None:
    with pytest.raises(UnsupportedError, match="policies of AWS"):
        decide(allow(), opaque={ROLE: ["arn:aws:iam::aws:policy/service-role/AWS_ConfigRole"]})


def test_not_principal_is_refused_when_it_is_read() -> None:
    statement = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "*", "Resource": "*"}
    with pytest.raises(UnsupportedError):
        parse("bucket", json.dumps({"Statement": statement}))


@pytest.mark.parametrize(
    ("pattern", "arn", "fits"),
    [
        ("arn:aws:s3:::data/*", "arn:aws:s3:::data/a/b:c", True),
        ("arn:aws:ecs:*:123456789012:task/*", "arn:aws:ecs:r:210987654321:task/1", False),
        ("arn:aws:logs:r:1:log-group:/ecs/a:*", "arn:aws:logs:r:1:log-group:/ecs/a:x:y", True),
        ("arn:aws:logs:r:1:log-group:/ecs/a:*", "arn:aws:logs:r:1:log-group:/ecs/ab:x", False),
        ("arn:aws:sqs", "arn:aws:sqs:r:1:queue", True),
        ("arn:aws:s3:::data", "arn:aws:s3:::data/a", False),
        ("arn:aws:s3:::d.ta", "arn:aws:s3:::data", False),
        ("arn:aws:s3:::data", "*", False),
    ],
)
def test_arns(pattern: str, arn: str, fits: bool) -> None:
    assert matches_arn(pattern, arn) == fits


def test_a_pattern_is_about_the_whole_text() -> None:
    assert matches("a*", "ab\nc")
    assert not matches("a", "ab")
