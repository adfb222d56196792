"""The arguments that dbt is invoked with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runner.settings import ConfigurationError, Settings

SELECTING_COMMANDS = frozenset(
    {"build", "compile", "docs", "list", "ls", "run", "seed", "show", "snapshot", "source", "test"}
)
OWN_OPTIONS = ("--target", "-t", "--profiles-dir", "--project-dir", "--target-path", "--log-path")


def dbt_arguments(
    command: Sequence[str], settings: Settings, *, project_dir: Path, work_dir: Path
) -> list[str]:
    """dbt's arguments for a command such as ``["build", "--full-refresh"]``.

    What dbt writes goes to `work_dir`: the project may lie on a read-only file system and runs
    must not share a folder. Raises ConfigurationError for options that the runner sets itself.
    """
    for argument in command:
        option = argument.split("=", 1)[0]
        if option in OWN_OPTIONS:
            raise ConfigurationError(
                f"{option} is set by the runner; leave it out (DBT_TARGET chooses the target)"
            )
    arguments = [*command]
    if settings.select:
        if command[0] not in SELECTING_COMMANDS:
            raise ConfigurationError(
                f"DBT_SELECT does not apply to 'dbt {command[0]}'; unset it for this command"
            )
        if any(argument.split("=", 1)[0] in ("--select", "-s") for argument in command):
            raise ConfigurationError("DBT_SELECT and --select are both given; use one of them")
        arguments += ["--select", *settings.select]
    return [
        *arguments,
        *("--target", settings.target),
        *("--project-dir", str(project_dir)),
        *("--profiles-dir", str(project_dir)),
        *("--target-path", str(work_dir / "target")),
        *("--log-path", str(work_dir / "logs")),
        # dbt's own console output is replaced by runner.logs; its debug log becomes an artifact
        *("--log-level", "none"),
        *("--log-level-file", "debug"),
        "--no-version-check",
        "--no-send-anonymous-usage-stats",
    ]
