from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from runner.__main__ import PROJECT_DIR, main


def lines(text: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in text.splitlines()]


def files_of_the_project() -> set[Path]:
    folders = [path for path in PROJECT_DIR.iterdir() if not path.name.startswith(".")]
    inside = {path for folder in folders for path in folder.rglob("*")}
    return {path for path in inside | set(folders) if "__pycache__" not in path.parts}


@pytest.mark.usefixtures("aws")
def test_project_parses_and_the_manifest_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    before = files_of_the_project()
    assert main(["parse"]) == 0
    out, err = capfd.readouterr()
    summary = json.loads(out)
    assert (summary["status"], summary["exit_code"]) == ("succeeded", 0)
    assert (
        f"s3://finks-local-artifacts/dbt/{summary['run_id']}/manifest.json"
        in (summary["artifacts"])
    )
    logged = lines(err)
    assert {line["correlation_id"] for line in logged} == {"flow-1"}
    assert any(line.get("event") == "MainReportVersion" for line in logged)
    assert not any(line["level"] in ("warn", "error") for line in logged)
    body = boto3.client("s3").get_object(
        Bucket="finks-local-artifacts", Key="dbt/run-1/manifest.json"
    )["Body"]
    nodes = json.loads(body.read())["nodes"]
    mart = nodes["model.finks.daily_portfolio_summary"]
    assert (mart["schema"], mart["config"]["incremental_strategy"]) == (
        "finks_local_gold",
        "merge",
    )
    assert files_of_the_project() == before, "dbt wrote into the project"


def test_unknown_dbt_command_is_unhandled(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTIFACTS_URI", "")
    assert main(["biuld"]) == 2
    out, _ = capfd.readouterr()
    assert (json.loads(out)["status"], json.loads(out)["exit_code"]) == ("error", 2)


@pytest.mark.usefixtures("aws")
def test_artifacts_that_cannot_be_kept_fail_the_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARTIFACTS_URI", "s3://finks-no-such-bucket/dbt/")
    assert main(["parse"]) == 2
    assert "check the bucket" in json.loads(capfd.readouterr().out)["error"]


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_no_command_is_bad_configuration(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "usage: python -m runner" in capfd.readouterr().err


def test_bad_environment_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("START_DATE", "15.2.2013")
    assert main(["build"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("bad configuration: START_DATE is '15.2.2013'")
    assert err.count("\n") == 1


def test_sigterm_ends_with_143_and_a_summary(tmp_path: Path) -> None:
    environment = {**os.environ, "ARTIFACTS_URI": "", "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "parse"],
        cwd=PROJECT_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "MainReportVersion" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert json.loads(out)["status"] == "terminated"
    assert list(tmp_path.iterdir()) == []
