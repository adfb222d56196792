"""Clients of the local cloud in a shell that is set up for AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.local import LocalSettings
from local import aws
from local.supervisor import Supervisor

WRONG_FILE = "[default]\nregion = eu-west-1\naws_access_key_id = theirs\nca_bundle = /nowhere\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names a profile that nobody has, and files that would change every client."""
    file = tmp_path / "aws"
    file.write_text(WRONG_FILE)
    monkeypatch.setenv("AWS_PROFILE", "finks-dev")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "finks-dev")
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(file))


@pytest.mark.usefixtures("shell")
def test_a_profile_of_the_shell_is_not_asked_for(tmp_path: Path) -> None:
    settings = LocalSettings.model_validate({"FINKS_STATE_DIR": tmp_path})
    session = aws.session(settings)
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == ("local", "local")
    client = session.client("s3", **aws.client_options(settings))
    assert client.meta.endpoint_url == settings.cloud_url
    assert client.meta.region_name == "ca-central-1"


@pytest.mark.usefixtures("shell")
def test_the_users_files_are_not_read(tmp_path: Path) -> None:
    session = aws.session(LocalSettings.model_validate({"FINKS_STATE_DIR": tmp_path}))
    assert session.available_profiles == []


@pytest.mark.usefixtures("shell")
def test_services_do_not_inherit_it(tmp_path: Path) -> None:
    supervisor = Supervisor(LocalSettings.model_validate({"FINKS_STATE_DIR": tmp_path}))
    environment = supervisor._base_environment()
    assert not [key for key in environment if key.startswith("AWS_")]
