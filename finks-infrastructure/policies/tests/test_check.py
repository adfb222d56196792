"""The command line over an exported graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from check import main
from exported import Resource, judge, load
from rules import RULES
from tests.case import but
from tests.cases.encryption import TOPIC
from tests.cases.resilience import QUEUE


def written(path: Path, *resources: Resource, version: int = 1) -> str:
    entries: list[dict[str, Any]] = [
        {
            "urn": resource.urn,
            "type": resource.type,
            "name": resource.name,
            "id": resource.name,
            "parent": None,
            "inputs": dict(resource.inputs),
            "outputs": dict(resource.outputs),
            "dependencies": [],
            "protect": False,
        }
        for resource in resources
    ]
    document = {"version": version, "project": "finks", "stack": "prod", "resources": entries}
    path.write_text(json.dumps(document))
    return str(path)


def test_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([written(tmp_path / "graph.json", TOPIC)]) == 0
    assert "over 2 resources: 0 mandatory and 0 advisory" in capsys.readouterr().out


def test_mandatory_violation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = but(TOPIC, kmsMasterKeyId=None)
    assert main([written(tmp_path / "graph.json", bad)]) == 1
    out = capsys.readouterr().out
    assert "mandatory  sns-encrypted  aws:sns/topic:Topic" in out
    assert "alarms: the topic is not encrypted; set kmsMasterKeyId" in out


def test_advisory_violation_is_printed_and_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = but(QUEUE, redrivePolicy=None, sqsManagedSseEnabled=True)
    assert main([written(tmp_path / "graph.json", queue), "--json"]) == 0
    (violation,) = json.loads(capsys.readouterr().out)
    assert (violation["rule"], violation["mandatory"]) == ("sqs-dead-letter", False)


def test_environment_of_untagged_resources(tmp_path: Path) -> None:
    key = Resource(
        "aws:ecs/service:Service",
        "server",
        "urn:pulumi:x::finks::aws:ecs/service:Service::server",
        inputs={"enableExecuteCommand": True},
    )
    graph = written(tmp_path / "graph.json", key)

    def rules(*arguments: str) -> set[str]:
        config = {"environment": arguments[0]} if arguments else {}
        return {v.rule for v in judge(load(Path(graph)), RULES, config)}

    assert "ecs-exec-off" in rules()
    assert "ecs-exec-off" not in rules("dev")


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 2}'])
def test_no_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    path = tmp_path / "graph.json"
    path.write_text(content)
    assert main([str(path)]) == 2
    assert "make infra-export" in capsys.readouterr().err


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
