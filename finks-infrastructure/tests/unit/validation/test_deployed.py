"""The entry point for a deployed stack: outputs, account, documentation, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import SSOTokenLoadError

from config import env_files
from tests import validate_stack
from tests.unit.validation.conftest import NAMES, OUTPUTS
from validation import deployed
from validation.check import CheckError, run
from validation.deployed import checks as deployed_checks
from validation.target import Target, TargetError, names_of, outputs_of


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (env_files.VARIABLE, env_files.STACK_VARIABLE, "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(variable, raising=False)


def written(folder: Path, outputs: Any) -> Path:
    file = folder / "outputs.json"
    file.write_text(json.dumps(outputs))
    return file


def test_names_follow_from_the_outputs() -> None:
    assert names_of("dev", OUTPUTS) == NAMES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bucketBronze": "other"}, "output bucketBronze is 'other'"),
        ({"bucketGold": "finks-dev-gold-999"}, "output bucketGold"),
        ({"bucketLogs": None}, "output bucketLogs is None"),
    ],
)
def test_buckets_with_other_names_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TargetError, match=message):
        names_of("dev", {**OUTPUTS, **change})


def test_outputs_come_from_a_file(tmp_path: Path) -> None:
    assert outputs_of("dev", written(tmp_path, OUTPUTS)) == OUTPUTS


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([], "the outputs are no JSON object"),
        ({}, "the outputs are of None, not of dev"),
        ({**OUTPUTS, "environment": "prod"}, "the outputs are of 'prod', not of dev"),
    ],
)
def test_wrong_outputs_are_refused(tmp_path: Path, outputs: Any, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        outputs_of("dev", written(tmp_path, outputs))


def test_wrong_use_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--stack", "dev", "--outputs", str(tmp_path / "none.json")]
    assert validate_stack.main(arguments) == 2
    said = capsys.readouterr().err
    assert "none.json: No such file or directory; write it with 'pulumi stack output" in said
    assert f"--stack dev > {tmp_path / 'none.json'}'" in said
    with pytest.raises(SystemExit) as caught:
        validate_stack.main(["--stack", "production"])
    assert caught.value.code == 2
    assert "'local', 'dev', 'staging', 'prod'" in capsys.readouterr().err


def test_a_profile_that_is_not_there_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    file = written(tmp_path, OUTPUTS)
    assert validate_stack.main(["--stack", "dev", "--outputs", str(file)]) == 2
    assert "'aws configure sso --profile no-such-profile'" in capsys.readouterr().err


def test_a_shell_of_another_stack_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FINKS_PULUMI_STACK", "staging")
    file = written(tmp_path, OUTPUTS)
    assert validate_stack.main(["--stack", "dev", "--outputs", str(file)]) == 2
    assert "for the stack dev, but FINKS_PULUMI_STACK" in capsys.readouterr().err


def test_a_check_that_ends_at_the_login_says_how_to_log_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check() -> str:
        raise SSOTokenLoadError(error_msg="no token")

    profile = tmp_path / "config"
    profile.write_text("[profile finks-dev]\nregion = ca-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(deployed, "checks", lambda _: [("account", check)])
    file = written(tmp_path, OUTPUTS)
    assert validate_stack.main(["--stack", "dev", "--outputs", str(file)]) == 1
    assert "no token; log in with 'aws sso login --profile finks-dev'" in capsys.readouterr().out


def test_a_whole_stack_passes(deployed: Target, capsys: pytest.CaptureFixture[str]) -> None:
    """moto ends every task with 0; tests/unit/validation/test_inside.py runs them."""
    assert run(deployed_checks(deployed)) == 0
    assert "20 passed, 0 failed" in capsys.readouterr().out


def test_one_fault_makes_the_exit_code_1(
    deployed: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.session.client("s3").delete_bucket(Bucket=NAMES.bucket("bronze"))
    assert run(deployed_checks(deployed)) == 1
    printed = capsys.readouterr().out
    assert f"✗ bucket {NAMES.bucket('bronze')}" in printed
    assert "19 passed, 1 failed" in printed


def test_credentials_of_another_account_are_found(deployed: Target) -> None:
    other = {**OUTPUTS, "clusterArn": "arn:aws:ecs:ca-central-1:999999999999:cluster/finks-dev"}
    target = Target(deployed.names, other, deployed.session)
    name, check = next(iter(deployed_checks(target)))
    assert "account" in name
    with pytest.raises(CheckError, match="999999999999"):
        check()


def test_an_output_without_a_row_is_found(tmp_path: Path) -> None:
    page = tmp_path / "outputs.md"
    page.write_text("| output | meaning |\n| --- | --- |\n| `region` | Region |\n")
    assert deployed.documented({"region": "x"}, page) == "1 outputs"
    with pytest.raises(CheckError, match="says nothing of newOne"):
        deployed.documented({"region": "x", "newOne": "y"}, page)
