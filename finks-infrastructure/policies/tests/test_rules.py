"""Every rule on examples that it lets pass and on examples that it does not."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import EnforcementLevel

from exported import judge
from rules import RULES
from tests.case import Case
from tests.cases import CASES

BY_NAME = {rule.name: rule for rule in RULES}


def _id(value: Any) -> str | None:
    return f"{value.rule}: {value.says}" if isinstance(value, Case) else None


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_lets_pass(case: Case) -> None:
    assert judge(case.good, [BY_NAME[case.rule]]) == []


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_refuses(case: Case) -> None:
    rule = BY_NAME[case.rule]
    violations = judge(case.bad, [rule])
    assert any(case.says in violation.message for violation in violations), violations
    assert {violation.urn for violation in violations} == {case.bad[0].urn}
    assert all(violation.message.startswith(f"{case.bad[0].name}: ") for violation in violations)
    assert all(violation.message.endswith(str(rule.remediation_steps)) for violation in violations)


def test_every_rule_has_an_example() -> None:
    assert {case.rule for case in CASES} == BY_NAME.keys()


def test_rules_are_named_once_and_say_why() -> None:
    assert len(BY_NAME) == len(RULES) >= 30
    for rule in RULES:
        assert rule.name == rule.name.lower().replace("_", "-")
        assert rule.description.endswith(".")
        advisory = rule.enforcement_level is EnforcementLevel.ADVISORY
        assert advisory == (" Advisory: " in f"{rule.description} "), rule.name
