"""The pack answers the engine: same rules, same judgement, and previews with unknown values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pulumi_policy import StackValidationPolicy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from exported import Resource
from rules import RULES
from tests.case import Case, but
from tests.cases import CASES
from tests.cases.encryption import SECRET
from tests.cases.public_access import BLOCK, BUCKET
from tests.engine import Engine, started

STACK_RULES = {rule.name for rule in RULES if isinstance(rule, StackValidationPolicy)}
FIRST = {case.rule: case for case in reversed(CASES)}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with started() as engine:
        yield engine


def test_announces_all_rules(engine: Engine) -> None:
    assert engine.rules() == [rule.name for rule in RULES]


@pytest.mark.parametrize("case", FIRST.values(), ids=FIRST)
def test_judges_as_the_checks_without_it(engine: Engine, case: Case) -> None:
    def found(resources: tuple[Resource, ...]) -> set[str]:
        if case.rule in STACK_RULES:
            return {rule for rule, _ in engine.analyze_stack(resources)}
        return {rule for resource in resources for rule in engine.analyze(resource)}

    assert case.rule in found(tuple(case.bad))
    assert case.rule not in found(tuple(case.good))


def test_preview_follows_dependencies_where_ids_are_unknown(engine: Engine) -> None:
    bucket = but(BUCKET, bucket=UNKNOWN_STRING_VALUE)
    block = but(BLOCK, bucket=UNKNOWN_STRING_VALUE)
    attached = replace(block, property_dependencies={"bucket": [bucket.urn]})
    rule = "s3-public-access-blocked"
    assert rule not in dict(engine.analyze_stack([bucket, attached]))
    assert "not blocked" in dict(engine.analyze_stack([bucket, block]))[rule]


def test_preview_takes_an_unknown_key_for_one(engine: Engine) -> None:
    assert engine.analyze(but(SECRET, kmsKeyId=UNKNOWN_STRING_VALUE)) == []
    assert engine.analyze(but(SECRET, kmsKeyId=None)) == ["secret-own-key"]


def test_preview_says_what_it_cannot_judge_and_judges_the_others(engine: Engine) -> None:
    unknown = replace(but(BLOCK, blockPublicAcls=UNKNOWN_STRING_VALUE), urn="urn:x::unknown")
    other = replace(but(BUCKET, bucket="finks-prod-silver"), urn="urn:x::silver")
    messages = [
        message
        for rule, message in engine.analyze_stack([BUCKET, unknown, other])
        if rule == "s3-public-access-blocked"
    ]
    assert any("can't run policy" in message for message in messages)
    assert any("not blocked" in message for message in messages)
