"""`python -m graph`: exports, changes of the configuration, and one line for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph import cli
from graph.cli import UsageError, changes, main
from graph.model import Graph, Resource

BUCKET = Resource(
    "urn:b", "aws:s3/bucket:Bucket", "b", None, custom=True, inputs={"bucket": "finks-b"}
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "graph.json"
    Graph("finks", "dev", (BUCKET,), {"bucketBronze": "finks-b"}).save(file)
    return file


def test_a_tree_of_an_export(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree", "--graph", str(export)]) == 0
    assert "aws.s3.Bucket b = finks-b" in capsys.readouterr().out


def test_an_export_is_the_same_in_a_file_and_on_the_screen(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--graph", str(export)]) == 0
    assert capsys.readouterr().out == export.read_text()
    copy = tmp_path / "copy.json"
    assert main(["export", "--graph", str(export), "--out", str(copy)]) == 0
    assert "1 resources of dev" in capsys.readouterr().out
    assert copy.read_text() == export.read_text()


def test_the_cost_of_an_export(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--graph", str(export)]) == 0
    assert "USD a month" in capsys.readouterr().out
    assert main(["cost", "--graph", str(export), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stack"] == "dev"


def test_changes_go_to_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def record_stack(stack: str, changed: object) -> Graph:
        asked.append((stack, changed))
        return Graph("finks", stack, ())

    monkeypatch.setattr(cli, "record_stack", record_stack)
    arguments = ["tree", "--stack", "prod", "--set", "economy=true", "--set", "network.cidr=x"]
    assert main(arguments) == 0
    assert asked == [("prod", {"economy": True, "network": {"cidr": "x"}})]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["a=1", "b=true", 'c=["x"]'], {"a": 1, "b": True, "c": ["x"]}),
        (["owner=data team"], {"owner": "data team"}),
        (["network.a=1", "network.b=2"], {"network": {"a": 1, "b": 2}}),
        (["url=a=b"], {"url": "a=b"}),
        ([], {}),
    ],
)
def test_settings_become_changes(settings: list[str], expected: dict[str, object]) -> None:
    assert changes(settings) == expected


@pytest.mark.parametrize("setting", ["economy", "=true", ""])
def test_a_setting_without_a_value_is_refused(setting: str) -> None:
    with pytest.raises(UsageError, match="write key=value"):
        changes([setting])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tree", "--stack", "production"], "the stacks are dev, staging, prod, local"),
        (["tree", "--set", "economy"], "write key=value"),
        (["export", "--graph", "/nowhere.json"], "/nowhere.json: No such file"),
        (["cost", "--set", "netwrok.cidr=10.0.0.0/8"], "finks:netwrok: is not a key of Finks"),
        (["tree", "--set", "network.natGateways=9"], "natGateways is 9"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 0}', '{"version": 1}', "{"])
def test_a_file_that_is_no_export_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "graph.json"
    file.write_text(text)
    assert main(["tree", "--graph", str(file)]) == 2
    assert "is no export of a graph" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--graph", str(export), "--out", "/nowhere/g.json"]) == 2
    assert "--out /nowhere/g.json: No such file or directory" in capsys.readouterr().err


def test_a_type_without_a_price_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "graph.json"
    cluster = Resource("urn:c", "aws:emr/cluster:Cluster", "c", None, custom=True)
    Graph("finks", "dev", (cluster,)).save(file)
    assert main(["cost", "--graph", str(file)]) == 2
    assert "no price for aws:emr/cluster:Cluster" in capsys.readouterr().err


def test_a_command_is_needed() -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


def test_the_check_is_that_of_graph_checks(
    export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from graph.checks import report

    monkeypatch.setattr(report, "print_check", lambda graph: len(graph.resources))
    assert main(["check", "--graph", str(export)]) == 1
    file_without = Graph("finks", "dev", ())
    file_without.save(export)
    assert main(["check", "--graph", str(export)]) == 0
    assert main(["check", "--graph", str(export), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
