from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from runner.arguments import dbt_arguments
from runner.settings import ConfigurationError, Settings

PROJECT, WORK = Path("/project"), Path("/work")


def arguments(settings: Settings, *command: str) -> list[str]:
    return dbt_arguments(command, settings, project_dir=PROJECT, work_dir=WORK)


def test_dbt_writes_to_its_own_folder_only(settings: Settings) -> None:
    made = arguments(settings, "build", "--full-refresh")
    assert made[:2] == ["build", "--full-refresh"]
    pairs = dict(itertools.pairwise(made))
    assert pairs["--target"] == "local"
    assert pairs["--target-path"] == "/work/target"
    assert pairs["--log-path"] == "/work/logs"
    assert pairs["--profiles-dir"] == pairs["--project-dir"] == "/project"
    assert "--select" not in made


def test_selection_comes_from_the_environment(settings: Settings) -> None:
    made = arguments(replace(settings, select=("a+", "b")), "build")
    position = made.index("--select")
    assert made[position : position + 3] == ["--select", "a+", "b"]


@pytest.mark.parametrize(
    "command",
    [
        ("build", "--target", "prod"),
        ("build", "--log-path=/x"),
        ("run", "--select", "a"),
        ("parse",),
    ],
)
def test_options_that_contradict_the_environment_are_refused(
    settings: Settings, command: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError):
        arguments(replace(settings, select=("a",)), *command)
