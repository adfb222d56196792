from __future__ import annotations

from pathlib import Path

import pytest

from local.cloud.glue.errors import LaunchError
from local.cloud.glue.java import find_java


def fake_java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!/bin/sh\necho '    java.home = {folder}\n    java.version = {version}' >&2\n"
    )
    program.chmod(0o755)
    return folder


def test_java_home_wins_when_spark_runs_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = fake_java(tmp_path / "home", "21.0.4")
    other = fake_java(tmp_path / "other", "17.0.1")
    monkeypatch.setenv("PATH", f"{other / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert (find_java().home, find_java().major) == (home, 21)
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "new", "25.0.1")))
    assert find_java().home == other


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.2", "24.0.1"])
def test_a_wrong_version_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    home = fake_java(tmp_path / "home", version)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{home / 'bin'}:/bin")
    monkeypatch.setattr("shutil.which", lambda _: str(home / "bin" / "java"))
    with pytest.raises(LaunchError, match=f"Java (8|11|24) in {home}.*install Java 17 or 21"):
        find_java()


def test_no_java_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LaunchError, match="no Java was found: install Java 17 or 21"):
        find_java()
