"""``python -m runner COMMAND [ARGUMENTS]``: any dbt command, or ``contract``.

Exit codes are dbt's: 0 all nodes succeeded (warnings included), 1 some failed, 2 anything else,
a bad configuration among them; 143 after a SIGTERM.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from runner.arguments import dbt_arguments
from runner.artifacts import upload_artifacts
from runner.contract import contract
from runner.execution import UNHANDLED, run_dbt
from runner.logs import JsonLog
from runner.results import read_results
from runner.settings import ConfigurationError, Settings, read_settings
from runner.summary import build_summary

PROJECT_DIR = Path(__file__).resolve().parent.parent
USAGE = "usage: python -m runner COMMAND [ARGUMENTS], for example: python -m runner build"


def main(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code of the container."""
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write(f"no dbt command given; {USAGE}\n")
        return UNHANDLED
    if arguments[0] == "contract":
        sys.stdout.write(json.dumps(contract(PROJECT_DIR), indent=2) + "\n")
        return 0
    work_dir = Path(tempfile.mkdtemp(prefix="finks-dbt-"))
    try:
        settings = read_settings(os.environ)
        dbt = dbt_arguments(arguments, settings, project_dir=PROJECT_DIR, work_dir=work_dir)
        return _run(arguments, dbt, settings, work_dir)
    except ConfigurationError as error:
        sys.stderr.write(f"bad configuration: {error}\n")
        return UNHANDLED
    finally:
        shutil.rmtree(work_dir, ignore_errors=True)


def _run(
    command: Sequence[str], arguments: Sequence[str], settings: Settings, work_dir: Path
) -> int:
    log = JsonLog(settings.run_id, settings.correlation_id)
    log.write("info", f"dbt {' '.join(command)}", target=settings.target)
    started = time.monotonic()
    exit_code, error = run_dbt(arguments, settings, log)
    if error:
        log.write("error", error)
    artifacts: list[str] = []
    try:
        artifacts = upload_artifacts(work_dir, settings)
    except (BotoCoreError, ClientError) as upload_error:
        error = f"artifacts not kept in {settings.artifacts_uri}: {upload_error}; check the bucket"
        log.write("error", error)
        exit_code = exit_code or UNHANDLED
    summary = build_summary(
        command=command,
        settings=settings,
        exit_code=exit_code,
        error=error,
        results=read_results(work_dir / "target"),
        artifacts=artifacts,
        elapsed_seconds=time.monotonic() - started,
        log=log,
    )
    sys.stdout.write(json.dumps(summary) + "\n")
    sys.stdout.flush()
    return exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
