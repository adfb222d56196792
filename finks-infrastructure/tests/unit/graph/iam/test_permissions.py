"""The table of who may do what, answered from the rendered documents of the whole program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blueprint.names import ROLES
from blueprint.permissions.boundary import OF_OTHER_COMPONENTS
from graph.iam.simulate import Simulator
from tests.unit.graph.iam.deployment import DEPLOYMENT
from tests.unit.graph.iam.lake import LAKE
from tests.unit.graph.iam.platform import PLATFORM
from tests.unit.graph.iam.requests import Row

TABLE = [*LAKE, *PLATFORM, *DEPLOYMENT]


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_permission(row: Row, simulator: Simulator, stands_for: dict[str, str]) -> None:
    decision = simulator.decide(row.request(stands_for))
    assert decision.allowed == row.allowed, decision.because


def test_the_table_asks_both_ways_and_for_nothing_twice() -> None:
    asked = [str(row) for row in TABLE]
    allowed = sum(row.allowed for row in TABLE)
    assert len(set(asked)) == len(asked)
    assert allowed >= 60
    assert len(TABLE) - allowed >= allowed


def test_every_role_of_a_workload_is_asked_about(simulator: Simulator) -> None:
    asked = {row.who for row in TABLE if row.who in ROLES}
    having = {arn.partition("/finks-dev-")[2] for arn in simulator.policies.identity}
    assert asked == having - {*OF_OTHER_COMPONENTS, "config-recorder"}


def test_no_permission_can_be_taken_away_unnoticed(
    simulator: Simulator, stands_for: dict[str, str]
) -> None:
    asked = [row.request(stands_for) for row in TABLE if row.allowed]
    unnoticed = []
    for role, documents in simulator.policies.identity.items():
        if role.partition("/finks-dev-")[2] not in {row.who for row in TABLE}:
            continue
        requests = [request for request in asked if request.principal == role]
        for index, document in enumerate(documents):
            for statement in document.statements:
                kept = tuple(other for other in document.statements if other is not statement)
                documents[index] = replace(document, statements=kept)
                if statement.allows and all(simulator.decide(each).allowed for each in requests):
                    unnoticed.append(statement.sid)
            documents[index] = document
    # Its key is older than the program, so the graph does not have its policy.
    assert unnoticed == ["iam-github-deploy-data#UseKeyOfState"]
