"""The benchmark starts the connector as the image does."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.contenders import finks
from bench.task import Task

TASK = Task(("AAPL.001",), "2013-02-01", "2013-03-01", "http://x/stable", "b", "http://s3", 64)


def test_command_and_variables_are_those_of_the_dockerfile(tmp_path: Path) -> None:
    command = finks.command(Path(sys.executable))
    assert command == [sys.executable, "-m", "connectors", "fmp"]
    assert finks.image_environment()[finks.NO_COMPILING] == "1"
    assert finks.environment(TASK, tmp_path)["CONCURRENCY"] == "64"
    assert (tmp_path / "symbols.txt").read_text(encoding="utf-8") == "AAPL.001"
