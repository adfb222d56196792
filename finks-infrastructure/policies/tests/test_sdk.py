"""Rules and examples speak of types and properties that the provider has: a misspelt one of a rule
would never find anything, and nobody would notice.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.tags import UNTAGGABLE
from tests.cases import CASES
from tests.infrastructure import sdk_inputs

RULES = Path(__file__).parents[1] / "rules"
NAMED = set(
    re.findall(r'"(aws:\w+/\w+:\w+)"', "".join(path.read_text() for path in RULES.glob("*.py")))
)
EXAMPLES = [
    resource
    for case in CASES
    for resource in (*case.good, *case.bad)
    if resource.type.startswith("aws:")
]


@pytest.fixture(scope="module")
def inputs() -> dict[str, set[str]]:
    return sdk_inputs({resource.type for resource in EXAMPLES} | NAMED)


def test_types_of_rules_are_of_the_provider(inputs: dict[str, set[str]]) -> None:
    assert len(NAMED) > 50
    assert NAMED - inputs.keys() == set()


def test_examples_have_inputs_of_the_provider(inputs: dict[str, set[str]]) -> None:
    unknown = {
        (resource.type, key)
        for resource in EXAMPLES
        for key in resource.inputs
        if key not in inputs[resource.type] and (key != "tags" or resource.type not in UNTAGGABLE)
    }
    assert unknown == set()


def test_untaggable_types_have_no_tags(inputs: dict[str, set[str]]) -> None:
    assert {kind for kind in UNTAGGABLE if "tags" in inputs[kind]} == set()
