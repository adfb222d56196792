"""The deploy role: who takes it, and that nothing makes it more than it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from blueprint.permissions.boundary import OF_OTHER_COMPONENTS, UNBOUNDED
from components.base import StackContext
from components.boundary import Boundary
from components.iam import Iam
from graph.checks.policies import check_policies
from graph.model import Graph
from graph.stacks import recorded
from tests.unit.components.conftest import RecordComponent
from tests.unit.components.test_iam import ARGS

HOST = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{HOST}"
BOUNDARY = "arn:aws:iam::123456789012:policy/finks-{}-boundary"


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def make(context: StackContext) -> Iam:
        boundary = Boundary("boundary", context.settings.github, context)
        return Iam("iam", ARGS, replace(context, boundary_arn=boundary.arn))

    def of_repository(stack: str = "dev", **github: Any) -> Graph:
        settings = {"repository": "acme/finks", **github}
        return record_component(make, stack=stack, github=settings)

    return of_repository


@pytest.fixture(scope="module")
def whole() -> Graph:
    changes = {"transformation": {"lakeFormation": True}}
    return recorded("prod", changes)


def trust(graph: Graph) -> dict[str, Any]:
    text = graph.named("iam-github-deploy").inputs["assumeRolePolicy"]
    (statement,) = json.loads(text)["Statement"]
    found: dict[str, Any] = statement
    return found


@pytest.mark.parametrize(
    ("stack", "subjects"),
    [
        ("dev", ["repo:acme/finks:environment:dev", "repo:acme/finks:ref:refs/heads/main"]),
        ("staging", ["repo:acme/finks:environment:staging"]),
        ("prod", ["repo:acme/finks:environment:prod"]),
    ],
)
def test_jobs_of_the_repository_and_environment_take_it(
    record: RecordComponent, stack: str, subjects: list[str]
) -> None:
    statement = trust(record(stack))
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert statement["Condition"] == {
        "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:sub": subjects}
    }


def test_the_provider_is_made_once_an_account(record: RecordComponent) -> None:
    kind = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    (provider,) = record().of_type(kind)
    assert provider.inputs["url"] == f"https://{HOST}"
    assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]
    there = record(createProvider=False)
    assert there.of_type(kind) == []
    assert trust(there)["Principal"] == {"Federated": PROVIDER}


def test_without_a_repository_there_is_no_deploy_role(record_component: RecordComponent) -> None:
    graph = record_component(lambda context: Iam("iam", ARGS, context))
    names = [role.inputs["name"] for role in graph.of_type("aws:iam/role:Role")]
    assert "finks-dev-deploy" not in names
    assert "deploy" not in graph.named("iam").outputs["roleArns"]
    assert all("permissionsBoundary" not in role.inputs for role in graph.resources)


def test_its_documents_fit_and_name_no_whole_service(record: RecordComponent) -> None:
    graph = record("prod")
    assert [str(found) for found in check_policies(graph)] == []
    for policy in graph.of_type("aws:iam/policy:Policy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            if statement["Effect"] == "Allow":
                assert not [a for a in statement["Action"] if a.endswith(":*")], statement["Sid"]
                writes = [
                    action
                    for action in statement["Action"]
                    if action.startswith("iam:") and not action.startswith(("iam:Get", "iam:List"))
                ]
                assert not (writes and "*" in statement["Resource"]), statement["Sid"]


def test_every_role_of_the_program_is_bounded_but_the_listed(whole: Graph) -> None:
    boundary = BOUNDARY.format("prod")
    unbounded = {
        role.inputs["name"]
        for role in whole.of_type("aws:iam/role:Role")
        if role.inputs.get("permissionsBoundary") != boundary
    }
    assert unbounded == {f"finks-prod-{name}" for name in UNBOUNDED}


def test_the_boundary_is_as_wide_as_the_roles(whole: Graph) -> None:
    inner: set[str] = set()
    for policy in whole.of_type("aws:iam/rolePolicy:RolePolicy"):
        if not any(policy.inputs["role"].endswith(f"-{name}") for name in UNBOUNDED):
            for statement in json.loads(policy.inputs["policy"])["Statement"]:
                inner |= set(statement["Action"])
    statements = json.loads(whole.named("boundary-policy").inputs["policy"])["Statement"]
    outer = {action for statement in statements for action in statement["Action"]}
    assert outer - inner <= {action for found in OF_OTHER_COMPONENTS.values() for action in found}
    assert inner - outer == set()
    assert not [action for action in outer if "*" in action]


def test_roles_wait_for_the_boundary(whole: Graph) -> None:
    boundary = whole.named("boundary-policy").urn
    role = whole.named("network-flow-logs-role")
    assert boundary in role.dependencies
