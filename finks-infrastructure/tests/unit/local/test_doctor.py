from __future__ import annotations

import socket
from pathlib import Path

import pytest

from config.local import LocalSettings
from local import doctor


def settings_of(state_dir: Path, **ports: str) -> LocalSettings:
    return LocalSettings.model_validate({"FINKS_STATE_DIR": state_dir, **ports})


def java_that_says(folder: Path, version: str) -> None:
    """A `java` command whose -version prints what Java of that version prints."""
    binary = folder / "java"
    binary.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    binary.chmod(0o755)


def finding(settings: LocalSettings, check: str) -> doctor.Finding:
    found = doctor.examine(settings, environments=False)
    return next(one for one in found if one.check.startswith(check))


def test_a_missing_java_is_named_with_the_versions_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    java = finding(settings_of(tmp_path), "Java")
    assert not java.well
    assert "17 or 21" in java.remedy


@pytest.mark.parametrize(
    ("version", "well"),
    [("17.0.15", True), ("21.0.2", True), ("1.8.0_402", False), ("24", False)],
)
def test_only_java_that_spark_runs_on_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, well: bool
) -> None:
    java_that_says(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert finding(settings_of(tmp_path), "Java").well is well


def test_a_taken_port_is_named_with_its_holder_and_the_setting_that_moves_it(
    tmp_path: Path,
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        taken = finding(settings_of(tmp_path, FINKS_CLOUD_PORT=str(port)), f"port {port}")
    assert not taken.well
    assert "pid" in taken.detail
    assert "FINKS_CLOUD_PORT" in taken.remedy
