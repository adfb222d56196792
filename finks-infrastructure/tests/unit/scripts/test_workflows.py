"""The workflows of GitHub: pinned actions, no standing credentials, one stack after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = Path(__file__).resolve().parents[4] / ".github" / "workflows"
PULUMI = ("pulumi.yml", "pulumi-up.yml")


def read(name: str) -> dict[str, Any]:
    # PyYAML takes the key `on` for the boolean.
    document: dict[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text())
    return document


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in read(name)["jobs"].values() for step in job.get("steps", [])]


@pytest.mark.parametrize("name", PULUMI)
def test_actions_are_pinned_to_commits(name: str) -> None:
    used = re.findall(r"uses: (\S+)(.*)", (WORKFLOWS / name).read_text())
    assert used
    for action, comment in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.search(r"# v\d+\.\d+\.\d+$", comment), f"{action}: say which version it is"


@pytest.mark.parametrize("name", PULUMI)
def test_credentials_come_from_oidc_alone(name: str) -> None:
    text = (WORKFLOWS / name).read_text()
    assert "secrets." not in text
    logins = [step for step in steps(name) if "configure-aws-credentials" in step.get("uses", "")]
    assert logins
    for login in logins:
        assert login["with"].keys() <= {"role-to-assume", "aws-region"}


def test_nothing_may_write_but_the_jobs_that_say_so() -> None:
    for name in PULUMI:
        assert read(name)["permissions"] == {"contents": "read"}


def test_one_stack_follows_the_other() -> None:
    jobs = read("pulumi.yml")["jobs"]
    assert jobs["dev"]["needs"] == "check"
    assert jobs["staging"]["needs"] == "dev"
    assert jobs["prod"]["needs"] == "staging"
    for stack in ("dev", "staging", "prod"):
        assert jobs[stack]["uses"] == "./.github/workflows/pulumi-up.yml"
        assert jobs[stack]["with"] == {"stack": stack}
    assert "refs/heads/main" in jobs["dev"]["if"]
    assert "pull_request" in jobs["dev"]["if"]


def test_a_deployment_waits_for_its_environment_and_is_never_cut_off() -> None:
    up = read("pulumi-up.yml")["jobs"]["up"]
    assert up["environment"] == "${{ inputs.stack }}"
    assert up["concurrency"]["cancel-in-progress"] is False
    runs = [step["run"] for step in up["steps"] if "run" in step]
    assert any(run.startswith("make infra-up") for run in runs)
    assert runs[-1].startswith("make infra-validate")


def test_the_code_of_a_pull_request_gets_no_deploy_role() -> None:
    preview = read("pulumi.yml")["jobs"]["preview"]
    assert "AWS_DEPLOY_ROLE_ARN" not in str(preview)
    assert "environment" not in preview
    assert "head.repo.full_name == github.repository" in preview["if"]


@pytest.mark.parametrize("name", PULUMI)
def test_inputs_do_not_become_shell(name: str) -> None:
    for step in steps(name):
        run = step.get("run", "")
        assert "${{ inputs" not in run
        assert "${{ github" not in run


def test_targets_of_make_exist() -> None:
    makefile = (WORKFLOWS.parents[1] / "Makefile").read_text()
    for name in PULUMI:
        for target in re.findall(r"make ([a-z-]+)", (WORKFLOWS / name).read_text()):
            assert f"\n{target}: ##" in makefile
