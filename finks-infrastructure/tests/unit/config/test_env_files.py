"""Env files: which one is read, what is refused, and that the example names every setting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
)

from blueprint.names import REGION
from config import env_files, local
from config.env_files import EnvFileError, RemoteSettings
from config.local import LocalSettings

CONFIG = Path(__file__).resolve().parents[3] / "config"
CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the user's own variables."""
    for field in (*RemoteSettings.model_fields.values(), *LocalSettings.model_fields.values()):
        monkeypatch.delenv(str(field.alias), raising=False)
    for variable in (env_files.VARIABLE, *CREDENTIALS):
        monkeypatch.delenv(variable, raising=False)


def keys_in(file: Path) -> set[str]:
    """Keys of the lines of an env file, commented out or not."""
    return set(re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]+)=", file.read_text(), re.MULTILINE))


@pytest.mark.parametrize("stack", ["dev", "staging"])
def test_the_file_of_a_stack_says_how_to_reach_it(stack: str) -> None:
    found = env_files.load(stack)
    assert found.stack == stack
    assert found.aws_profile == f"finks-{stack}"
    assert found.aws_region == REGION
    assert found.prefect_api_url is not None


def test_two_stacks_are_not_reached_through_the_same_port() -> None:
    assert env_files.load("dev").prefect_api_url != env_files.load("staging").prefect_api_url


def test_a_stack_without_a_file_is_reached_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    found = env_files.load("prod")
    assert (found.aws_profile, found.aws_region) == (None, "eu-west-1")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert env_files.load("dev").aws_profile == "mine"


@pytest.mark.parametrize("variable", CREDENTIALS)
def test_credentials_of_the_environment_win_over_the_profile_of_the_file(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "x")
    found = env_files.load("dev")
    assert found.aws_profile is None
    assert found.prefect_api_url is not None


def test_a_shell_of_another_stack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINKS_PULUMI_STACK", "dev")
    assert env_files.load("dev").stack == "dev"
    with pytest.raises(
        EnvFileError, match=r"for the stack staging, but FINKS_PULUMI_STACK .* is dev; open a new"
    ):
        env_files.load("staging")


@pytest.mark.parametrize(
    ("error", "profile", "end"),
    [
        (ProfileNotFound(profile="a"), None, "'aws configure sso --profile a', or name another"),
        (SSOTokenLoadError(error_msg="no file"), "a", "log in with 'aws sso login --profile a'"),
        (SSOTokenLoadError(error_msg="no file"), None, "log in with 'aws sso login'"),
        (
            TokenRetrievalError(provider="sso", error_msg="expired"),
            "a",
            "expired; log in with 'aws sso login --profile a'",
        ),
        (NoCredentialsError(), None, "; set AWS_PROFILE to a profile of ~/.aws/config"),
        (ClientError({"Error": {"Code": "Denied"}}, "Get"), "a", "(Denied)"),
    ],
)
def test_errors_of_credentials_say_what_to_do(
    error: Exception, profile: str | None, end: str
) -> None:
    message = env_files.explained(error, profile)
    assert message.startswith(str(error))
    assert end in message


def test_without_a_file_the_profile_of_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    message = env_files.explained(SSOTokenLoadError(error_msg="no file"))
    assert message.endswith("'aws sso login --profile mine'")


def test_another_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.env"
    file.write_text("FINKS_PULUMI_STACK=dev\nAWS_PROFILE=sandbox\n")
    monkeypatch.setenv(env_files.VARIABLE, str(file))
    assert env_files.load("dev").aws_profile == "sandbox"


def test_a_path_from_the_repository_works_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(env_files.VARIABLE, "finks-infrastructure/config/.env.dev")
    assert env_files.path_of("dev") == CONFIG / ".env.dev"


def test_a_named_file_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env_files.VARIABLE, "/nowhere/.env")
    with pytest.raises(EnvFileError, match=r"FINKS_ENV_FILE names /nowhere/\.env"):
        env_files.load("dev")
    with pytest.raises(local.SettingsError, match=r"FINKS_ENV_FILE names /nowhere/\.env"):
        local.load()


def test_a_machine_without_profiles_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the deployment on GitHub does: its credentials are in the environment."""
    monkeypatch.setenv(env_files.VARIABLE, "/dev/null")
    assert env_files.load("dev").aws_profile is None
    assert local.load().cloud_port == 4566


def test_the_file_of_another_stack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(env_files.VARIABLE, str(CONFIG / ".env.dev"))
    with pytest.raises(EnvFileError, match="is of the stack dev, not of staging"):
        env_files.load("staging")
    with pytest.raises(local.SettingsError, match=r"\.env\.dev"):
        local.load()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("PREFECT_API_URL=prefect.example.com", "PREFECT_API_URL"),
        ("AWS_PROFIL=finks-dev", "aws_profil"),
    ],
)
def test_a_wrong_line_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, key: str
) -> None:
    file = tmp_path / ".env"
    file.write_text(f"FINKS_PULUMI_STACK=dev\n{line}\n")
    monkeypatch.setenv(env_files.VARIABLE, str(file))
    with pytest.raises(EnvFileError, match=key):
        env_files.load("dev")


def test_an_unknown_stack_is_refused() -> None:
    with pytest.raises(EnvFileError, match="FINKS_PULUMI_STACK"):
        env_files.load("production")


def test_the_local_stack_reads_the_named_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "other.env"
    file.write_text("FINKS_CLOUD_PORT=5003\n")
    monkeypatch.setenv(env_files.VARIABLE, str(file))
    assert local.load().cloud_port == 5003


def test_the_example_names_every_setting_of_the_local_stack() -> None:
    settings = {str(field.alias) for field in LocalSettings.model_fields.values()}
    assert keys_in(CONFIG / ".env.example") == settings | {env_files.VARIABLE}


@pytest.mark.parametrize("stack", ["dev", "staging"])
def test_the_files_of_stacks_name_every_setting_and_no_secret(stack: str) -> None:
    settings = {str(field.alias) for field in RemoteSettings.model_fields.values()}
    assert keys_in(CONFIG / f".env.{stack}") == settings
    assert not re.search(r"SECRET|TOKEN|PASSWORD|_KEY=", (CONFIG / f".env.{stack}").read_text())
