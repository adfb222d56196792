from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.stacks import recorded
from operations.errors import OutputsError
from operations.stack_outputs import StackOutputs, read_file, read_stack

OUTPUTS: dict[str, Any] = {
    "environment": "dev",
    "region": "ca-central-1",
    "clusterName": "finks-dev",
    "taskDefinitions": {"prefect-worker": "arn:worker:3", "dbt": "arn:dbt:1"},
    "taskSubnetIds": ["subnet-1", "subnet-2"],
    "taskSecurityGroupId": "sg-1",
    "tasksInPublicSubnets": True,
    "somethingElse": 1,
}


def command(folder: Path, body: str) -> None:
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_outputs_are_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS))
    outputs = read_file(tmp_path / "outputs.json")
    assert outputs.subnets == ("subnet-1", "subnet-2")
    assert outputs.public_address is True
    assert outputs.task_definition("prefect-worker") == "arn:worker:3"


def test_outputs_are_read_from_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answer").write_text(json.dumps(OUTPUTS))
    asked = '[ "$1 $2 $3 $4 $5" = "stack output --json --stack dev" ] || exit 9'
    command(tmp_path, f"{asked}\ncat {tmp_path}/answer")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert read_stack("dev").cluster == "finks-dev"


def test_what_the_cli_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command(tmp_path, "echo 'error: no stack named dev' >&2; exit 255")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(OutputsError, match=r"no stack named dev.*pulumi login"):
        read_stack("dev")


def test_without_the_cli_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputsError, match=r"install it.*--outputs FILE"):
        read_stack("dev")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "no json",
            r"is no JSON .*; write it with 'pulumi stack output --json --stack STACK > FILE'",
        ),
        ("[]", "no JSON object of outputs by name; write it with"),
        ("{}", "no output environment, region, clusterName"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "outputs.json").write_text(text)
    with pytest.raises(OutputsError, match=message):
        read_file(tmp_path / "outputs.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputsError, match=r"gone\.json cannot be read"):
        read_file(tmp_path / "gone.json")


def test_an_unknown_workload_is_refused_with_the_known_ones() -> None:
    with pytest.raises(OutputsError, match="no task definition glue; it has dbt, prefect-worker"):
        StackOutputs.parse(OUTPUTS).task_definition("glue")


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_stack_tells_what_operations_ask_for(stack: str) -> None:
    graph = recorded(stack)
    outputs = StackOutputs.parse(graph.outputs)
    definition = graph.named("compute-prefect-worker", "aws:ecs/taskDefinition:TaskDefinition")
    assert outputs.task_definition("prefect-worker") == definition.outputs["arn"]
    assert outputs.environment == stack
    assert len(outputs.subnets) == 2
