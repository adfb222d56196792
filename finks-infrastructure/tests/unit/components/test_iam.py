"""Roles, who takes them, and that what is passed on to other components waits for the policies."""

from __future__ import annotations

import json
from typing import Any

import pulumi_random as random
import pytest

from blueprint.names import ROLES
from blueprint.permissions.workloads import WORKLOADS
from components.base import StackContext
from components.iam import Iam, IamArgs
from graph.model import Graph
from graph.stack_file import INFRASTRUCTURE
from tests.unit.components.conftest import RecordComponent

ACCOUNT = "123456789012"
HERE = f"ca-central-1:{ACCOUNT}"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:"
ARGS = IamArgs(
    key_arn=f"arn:aws:kms:{HERE}:key/1",
    fmp_secret_arn=f"{SECRET}finks/dev/fmp-api-key-a",
    prefect_auth_secret_arn=f"{SECRET}finks/dev/prefect-auth-b",
    database_secret_arn=f"{SECRET}rds!db-c",
)
ECS, GLUE = "ecs-tasks.amazonaws.com", "glue.amazonaws.com"


@pytest.fixture
def record(record_component: RecordComponent) -> RecordComponent:
    def recorded(stack: str = "dev", **changes: Any) -> Graph:
        return record_component(lambda context: Iam("iam", ARGS, context), stack=stack, **changes)

    return recorded


def roles(graph: Graph) -> dict[str, dict[str, Any]]:
    return {role.name: role.inputs for role in graph.of_type("aws:iam/role:Role")}


def policy(graph: Graph, workload: str) -> dict[str, dict[str, Any]]:
    text = graph.named(f"iam-{workload}-policy").inputs["policy"]
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_role_for_each_workload_with_its_name(record: RecordComponent, stack: str) -> None:
    graph = record(stack)
    found = {name: inputs["name"] for name, inputs in roles(graph).items()}
    assert found == {f"iam-{name}": f"finks-{stack}-{name}" for name in WORKLOADS}
    arns = graph.named("iam").outputs["roleArns"]
    assert arns == {name: f"arn:aws:iam::{ACCOUNT}:role/finks-{stack}-{name}" for name in WORKLOADS}


@pytest.mark.parametrize(
    ("workload", "service", "source"),
    [
        *(
            (name, ECS, f"arn:aws:ecs:{HERE}:*")
            for name in ("ecs-execution", "fmp-ingestion", "dbt", "prefect-server", "flow-run")
        ),
        ("glue", GLUE, None),
        ("crawler", GLUE, None),
        ("api", "lambda.amazonaws.com", None),
        (
            "scheduler",
            "scheduler.amazonaws.com",
            f"arn:aws:scheduler:{HERE}:schedule-group/finks-dev",
        ),
        ("events", "events.amazonaws.com", f"arn:aws:events:{HERE}:rule/finks-dev-*"),
        (
            "redeploy",
            "states.amazonaws.com",
            f"arn:aws:states:{HERE}:stateMachine:finks-dev-redeploy-prefect",
        ),
    ],
)
def test_one_service_takes_a_role_for_this_account(
    record: RecordComponent, workload: str, service: str, source: str | None
) -> None:
    trust = json.loads(roles(record())[f"iam-{workload}"]["assumeRolePolicy"])
    (statement,) = trust["Statement"]
    assert statement["Action"] == ["sts:AssumeRole"]
    assert statement["Principal"] == {"Service": service}
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    if source:
        condition["ArnLike"] = {"aws:SourceArn": source}
    assert statement["Condition"] == condition


def test_policies_are_inline_and_of_their_role(record: RecordComponent) -> None:
    graph = record()
    assert graph.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment") == []
    for inline in graph.of_type("aws:iam/rolePolicy:RolePolicy"):
        workload = inline.name.removeprefix("iam-").removesuffix("-policy")
        assert inline.inputs["role"] == f"finks-dev-{workload}"
        assert inline.inputs["name"] == workload
    assert all("managedPolicyArns" not in inputs for inputs in roles(graph).values())


def test_secrets_and_key_are_those_that_are_wired(record: RecordComponent) -> None:
    statements = policy(record(), "ecs-execution")
    assert statements["ReadInjectedSecrets"]["Resource"] == [
        ARGS.fmp_secret_arn,
        ARGS.prefect_auth_secret_arn,
        ARGS.database_secret_arn,
    ]
    key = statements["UseKeyThroughSecretsmanager"]
    assert key["Resource"] == [ARGS.key_arn]
    assert key["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.ca-central-1.amazonaws.com"}
    }


def test_ecs_exec_is_for_stacks_that_have_it_switched_on(record: RecordComponent) -> None:
    without = record(compute={"execEnabled": False})
    assert "iam-prefect-server-policy" not in {found.name for found in without.resources}
    assert "ExecChannels" not in policy(without, "flow-run")
    given = record(compute={"execEnabled": True})
    for workload in ("fmp-ingestion", "dbt", "prefect-server", "prefect-worker", "flow-run"):
        assert "ExecChannels" in policy(given, workload)
        (group,) = policy(given, workload)["WriteExecLog"]["Resource"]
        assert group == f"arn:aws:logs:{HERE}:log-group:/ecs/finks-dev-exec:*"


@pytest.mark.parametrize("redis", [True, False])
def test_the_background_loops_are_named_where_they_run(
    record: RecordComponent, redis: bool
) -> None:
    graph = record(orchestration={"redis": redis})
    services = policy(graph, "redeploy")["RestartServers"]["Resource"]
    wanted = ["prefect-server", "prefect-services"] if redis else ["prefect-server"]
    prefix = f"arn:aws:ecs:{HERE}:service/finks-dev/finks-dev-"
    assert services == [f"{prefix}{name}" for name in wanted]


def test_without_the_api_it_has_no_role(record: RecordComponent) -> None:
    graph = record(api={"enabled": False})
    assert "iam-api" not in roles(graph)
    assert "api" not in graph.named("iam").outputs["roleArns"]


def test_an_arn_is_known_when_its_policy_is_there(record_component: RecordComponent) -> None:
    # What starts with a role whose policy is still missing fails; so it depends on both.
    def make(context: StackContext) -> None:
        arns = Iam("iam", ARGS, context).role_arns
        random.RandomId("task", byte_length=4, keepers={"role": arns["dbt"]})

    graph = record_component(make)
    waits_for = {graph.by_urn()[urn].name for urn in graph.named("task").dependencies}
    assert {"iam-dbt", "iam-dbt-policy"} <= waits_for


def test_the_page_has_a_line_for_every_role() -> None:
    page = (INFRASTRUCTURE.parent / "docs" / "aws" / "iam.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    named = {name.strip() for line in lines for name in line.split("|")[1].split(",")}
    assert set(ROLES) - named == set()
