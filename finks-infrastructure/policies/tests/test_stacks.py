"""The whole graph of every stack, as the program records it, against all rules."""

from __future__ import annotations

import pytest

from exported import judge
from rules import RULES
from tests.conftest import STACKS, Recorded


@pytest.mark.parametrize("stack", STACKS)
def test_no_mandatory_violation(recorded: Recorded, stack: str) -> None:
    resources = recorded(stack)
    assert len(resources) > 100
    violations = [found for found in judge(resources, RULES) if found.mandatory]
    assert not violations, "\n".join(f"{v.rule}: {v.message}" for v in violations)
