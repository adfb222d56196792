"""The deployment step against the local cloud: the task really runs, as on AWS."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blueprint.names import Names
from blueprint.prefect import PrefectWiring, TaskNetwork, prefect_task_definitions
from blueprint.task_definition import LOCAL_IMAGES, ContainerPlatform
from config.env_files import STACK_VARIABLE
from operations import deploy_flows
from tests.conftest import RunningCloud

NAMES = Names("local")
# Stands for blocks/work_pool.py of finks-pipelines: says what it was asked for, ends as the
# environment of the project tells it.
ENTRY_POINT = """
import os, pathlib, sys, time
print("pool", os.environ["FINKS_WORK_POOL"], flush=True)
print("command", *sys.argv[1:], flush=True)
print("auth", os.environ["PREFECT_API_AUTH_STRING"], flush=True)
wanted = pathlib.Path("wanted").read_text()
if wanted == "hang":
    time.sleep(120)
sys.exit(int(wanted))
"""


class Site:
    """A local cloud with the worker's task definition, and a project that stands in for it."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "projects" / "finks-pipelines"
        programs = self.project / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "python").symlink_to(Path(sys.executable).resolve())
        (self.project / "blocks").mkdir()
        (self.project / "blocks" / "__init__.py").touch()
        (self.project / "blocks" / "work_pool.py").write_text(ENTRY_POINT)
        self.cloud = RunningCloud(folder / "state", folder / "projects")
        self.cloud.start()
        self.outputs = folder / "outputs.json"
        self.values = self._deploy()
        self.write(self.values)

    def write(self, values: dict[str, Any]) -> None:
        self.outputs.write_text(json.dumps(values))

    def ends_with(self, wanted: str) -> None:
        (self.project / "wanted").write_text(wanted)

    def _deploy(self) -> dict[str, Any]:
        ecs, logs = self.cloud.client("ecs"), self.cloud.client("logs")
        secret = self.cloud.client("secretsmanager").create_secret(
            Name=NAMES.prefect_auth_secret, SecretString="admin:pass"
        )["ARN"]
        ecs.create_cluster(clusterName=NAMES.cluster)
        network = TaskNetwork(("subnet-1",), "sg-1", public_address=False)
        wiring = PrefectWiring(secret, "db", secret, None, None, network)
        arns = {}
        for definition in prefect_task_definitions(ContainerPlatform(NAMES, LOCAL_IMAGES), wiring):
            logs.create_log_group(logGroupName=NAMES.log_group(definition.family))
            made = ecs.register_task_definition(
                family=definition.family,
                requiresCompatibilities=["FARGATE"],
                networkMode="awsvpc",
                cpu=str(definition.cpu),
                memory=str(definition.memory),
                containerDefinitions=[
                    {**definition.container, "memory": definition.memory, "stopTimeout": 2}
                ],
                volumes=[{"name": volume.name} for volume in definition.volumes],
            )
            key = definition.family.removeprefix(f"{NAMES.prefix}-")
            arns[key] = made["taskDefinition"]["taskDefinitionArn"]
        return {
            "environment": "local",
            "region": "ca-central-1",
            "clusterName": NAMES.cluster,
            "taskDefinitions": arns,
            "taskSubnetIds": ["subnet-1"],
            "taskSecurityGroupId": "sg-1",
            "tasksInPublicSubnets": False,
        }


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.cloud.stop()


@pytest.fixture
def site(shared_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    for variable in ("AWS_PROFILE", STACK_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", shared_site.cloud.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    shared_site.write(shared_site.values)
    shared_site.ends_with("0")
    return shared_site


def deploy(site: Site, *more: str) -> int:
    return deploy_flows.main(["--outputs", str(site.outputs), "--poll-seconds", "0.1", *more])


def test_the_flows_are_deployed_by_the_workers_task_with_another_command(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(site) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "pool finks-local",
        "command prefect --no-prompt deploy --all",
        "auth admin:pass",
    ]
    assert "stopped" in printed.err


def test_a_failed_deployment_shows_its_log_and_its_exit_code(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.ends_with("7")
    assert deploy(site) == 1
    printed = capsys.readouterr()
    assert "command prefect" in printed.out
    assert "exit code 7" in printed.err


def test_a_script_reads_the_end_as_json(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.ends_with("7")
    assert deploy(site, "--json") == 1
    end = json.loads(capsys.readouterr().out)
    assert end["exit_code"] == 7
    assert end["log"][0] == "pool finks-local"


def test_a_container_that_never_ran_is_told_from_one_that_failed(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.project / ".venv" / "bin" / "python").rename(site.project / "moved")
    try:
        assert deploy(site) == 1
    finally:
        (site.project / "moved").rename(site.project / ".venv" / "bin" / "python")
    assert "did not run: CannotPullContainerError" in capsys.readouterr().err


def test_a_task_that_hangs_is_stopped(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.ends_with("hang")
    assert deploy(site, "--timeout-minutes", "0.05") == 3
    assert "is being stopped" in capsys.readouterr().err
    ecs = site.cloud.client("ecs")
    arns = ecs.list_tasks(cluster=NAMES.cluster, desiredStatus="RUNNING")["taskArns"]
    assert arns == []


def test_what_ecs_refuses_is_passed_on(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write({**site.values, "clusterName": "elsewhere"})
    assert deploy(site) == 3
    assert "Cluster not found" in capsys.readouterr().err


def test_a_profile_that_is_not_there_says_how_to_make_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert deploy(site) == 2
    assert "'aws configure sso --profile no-such-profile'" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--stack", "prod"], []])
def test_a_shell_of_another_stack_is_refused(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.setenv(STACK_VARIABLE, "dev")
    assert deploy_flows.main(arguments or ["--outputs", str(site.outputs)]) == 2
    assert "but FINKS_PULUMI_STACK in the environment is dev" in capsys.readouterr().err
