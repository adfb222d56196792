"""scripts/pulumi.sh with a stand-in for the CLI that writes down how it was called."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[4]
CLI = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case $1 in
  version) echo "${FAKE_VERSION:-v3.200.0}" ;;
  whoami) exit "${FAKE_WHOAMI:-0}" ;;
  stack) [ "$2" = output ] && echo '{}'; exit "${FAKE_SELECT:-0}" ;;
  up | preview) exit "${FAKE_RESULT:-0}" ;;
esac
"""


@dataclass
class Checkout:
    """A folder with the script, the stacks' files and a policy pack, and an empty PATH."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def install_cli(self) -> None:
        cli = self.folder / "bin" / "pulumi"
        cli.write_text(CLI)
        cli.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / "scripts" / "pulumi.sh"), *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for folder in ("scripts", "bin", "home", "finks-infrastructure/policies/.venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(REPOSITORY / "scripts" / "pulumi.sh", tmp_path / "scripts")
    infrastructure = tmp_path / "finks-infrastructure"
    for file in (REPOSITORY / "finks-infrastructure").glob("Pulumi*.yaml"):
        shutil.copy(file, infrastructure)
    (infrastructure / "policies" / "PulumiPolicy.yaml").touch()
    python = infrastructure / "policies" / ".venv" / "bin" / "python"
    python.touch()
    python.chmod(0o755)
    tools = [Path(str(shutil.which(tool))).parent for tool in ("bash", "grep", "sort")]
    path = os.pathsep.join([str(tmp_path / "bin"), *dict.fromkeys(str(tool) for tool in tools)])
    if shutil.which("pulumi", path=os.pathsep.join(path.split(os.pathsep)[1:])):
        pytest.skip("this machine's own CLI is in a folder with bash")
    return Checkout(
        tmp_path,
        {
            "PATH": path,
            "HOME": str(tmp_path / "home"),
            "CALLS": str(tmp_path / "calls"),
        },
    )


@pytest.fixture
def ready(checkout: Checkout) -> Checkout:
    checkout.install_cli()
    checkout.environment["AWS_PROFILE"] = "finks-dev"
    return checkout


@pytest.fixture
def port(ready: Checkout) -> Iterator[int]:
    """A port on which something listens, and to which the stack `local` points."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        file = ready.folder / "finks-infrastructure" / "Pulumi.local.yaml"
        file.write_text(file.read_text().replace(":4566", f":{number}"))
        yield number


@pytest.mark.parametrize("command", ["preview", "up", "destroy", "outputs", "ready"])
def test_without_the_cli_it_says_what_to_install(checkout: Checkout, command: str) -> None:
    done = checkout.run(command, "dev")
    assert done.returncode == 2
    assert "the Pulumi CLI is not installed" in done.stderr
    assert "https://www.pulumi.com/docs/install/" in done.stderr
    assert "make infra-tree STACK=dev" in done.stderr


def test_a_wrong_stack_is_refused_before_anything_else(checkout: Checkout) -> None:
    done = checkout.run("up", "production")
    assert done.returncode == 2
    expected = "there is no stack 'production'; STACK is one of dev, staging, prod, local"
    assert expected in done.stderr


@pytest.mark.parametrize("arguments", [(), ("up",), ("", "dev"), ("apply", "dev")])
def test_wrong_use_is_refused(ready: Checkout, arguments: tuple[str, ...]) -> None:
    done = ready.run(*arguments)
    assert done.returncode == 2
    assert "preview" in done.stderr
    assert not [call for call in ready.calls if call.startswith(("up", "preview"))]


@pytest.mark.parametrize("command", ["preview", "up"])
@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_it_runs_the_cli_with_the_policy_pack(ready: Checkout, command: str, stack: str) -> None:
    done = ready.run(command, stack, "--diff")
    assert done.returncode == 0, done.stderr
    assert f"stack select {stack} --non-interactive" in ready.calls
    assert ready.calls[-1] == f"{command} --stack {stack} --policy-pack policies --diff"


def test_the_result_of_the_cli_is_that_of_the_script(ready: Checkout) -> None:
    assert ready.run("up", "dev", FAKE_RESULT="255").returncode == 255


def test_destroy_runs_without_the_policy_pack(ready: Checkout) -> None:
    assert ready.run("destroy", "dev").returncode == 0
    assert ready.calls[-1] == "destroy --stack dev"


def test_outputs_need_no_credentials_of_aws(ready: Checkout) -> None:
    del ready.environment["AWS_PROFILE"]
    done = ready.run("outputs", "dev")
    assert (done.returncode, done.stdout) == (0, "{}\n")
    assert ready.calls[-1] == "stack output --json --stack dev"


def test_ready_changes_nothing(ready: Checkout) -> None:
    assert ready.run("ready", "dev").returncode == 0
    assert ready.calls[-1] == "stack select dev --non-interactive"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"FAKE_VERSION": "v3.99.1"}, "Pulumi 3.99.1 is too old; install 3.150.0 or newer"),
        ({"FAKE_WHOAMI": "1"}, "not logged in to a state backend: 'pulumi login"),
        ({"FAKE_SELECT": "1"}, "the backend knows no stack dev"),
        ({"AWS_PROFILE": ""}, "no AWS credentials"),
    ],
)
def test_what_is_missing_is_named(
    ready: Checkout, environment: dict[str, str], message: str
) -> None:
    done = ready.run("up", "dev", **environment)
    assert done.returncode == 2
    assert message in done.stderr
    assert not [call for call in ready.calls if call.startswith("up")]


@pytest.mark.parametrize("missing", ["PulumiPolicy.yaml", ".venv"])
def test_a_missing_policy_pack_is_an_error(ready: Checkout, missing: str) -> None:
    path = ready.folder / "finks-infrastructure" / "policies" / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = ready.run("up", "dev")
    assert done.returncode == 2
    assert "polic" in done.stderr
    assert not [call for call in ready.calls if call.startswith("up")]


def test_credentials_may_come_from_esc(ready: Checkout) -> None:
    del ready.environment["AWS_PROFILE"]
    file = ready.folder / "finks-infrastructure" / "Pulumi.dev.yaml"
    file.write_text(f"environment: [finks/dev]\n{file.read_text()}")
    assert ready.run("up", "dev").returncode == 0


def test_the_stack_local_needs_no_credentials_but_the_local_cloud(
    ready: Checkout, port: int
) -> None:
    del ready.environment["AWS_PROFILE"]
    done = ready.run("up", "local")
    assert done.returncode == 0, (port, done.stderr)
    assert ready.calls[-1] == "up --stack local --policy-pack policies"


def test_the_stack_local_without_the_local_cloud_says_how_to_start_it(ready: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    file = ready.folder / "finks-infrastructure" / "Pulumi.local.yaml"
    file.write_text(file.read_text().replace(":4566", f":{closed}"))
    done = ready.run("up", "local")
    assert done.returncode == 2
    assert f"does not answer on 127.0.0.1:{closed}; 'make start' starts it" in done.stderr
    assert "finks-infrastructure/Pulumi.local.yaml" in done.stderr


@pytest.mark.parametrize("verb", ["preview", "up", "flows", "destroy"])
def test_make_complains_about_the_name_of_the_stack_first(verb: str) -> None:
    done = make(f"infra-{verb}", "STACK=production")
    assert done.returncode == 2
    assert done.stderr.startswith("pulumi: there is no stack 'production'")


@pytest.mark.parametrize("verb", ["preview", "up", "destroy"])
def test_make_passes_arguments_on(verb: str) -> None:
    done = make("--dry-run", f"infra-{verb}", "STACK=staging", "ARGS=--yes --diff")
    assert done.stdout.splitlines()[-1] == f'scripts/pulumi.sh {verb} "staging" --yes --diff'


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # A make around the tests must not lend its own flags and variables.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--no-print-directory", "-C", str(REPOSITORY), *arguments],
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
