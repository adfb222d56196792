"""A stdout that nobody reads costs a run nothing but its summary line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import KEY, Lake

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def settings(lake: Lake, replay_url: str) -> dict[str, str]:
    return {
        "S3_BUCKET": lake.name,
        "SYMBOLS": "AAPL",
        "FMP_API_KEY": KEY,
        "FMP_BASE_URL": replay_url,
        "FINKS_TODAY": "2013-03-01",
        "EXTRACTION_DATE": "2013-02-15",
    }


@pytest.mark.parametrize("command", [["fmp"], ["fmp", "--plan"], ["contract"], ["--help"]])
def test_a_reader_that_is_gone(settings: dict[str, str], command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        run = subprocess.run(
            [sys.executable, "-m", "connectors", *command],
            cwd=PROJECT,
            env=os.environ | settings,
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.count("stdout takes nothing: Broken pipe") == 1


@pytest.mark.parametrize("closed", [1, 2])
def test_a_stream_that_is_closed(settings: dict[str, str], lake: Lake, closed: int) -> None:
    """As the shell does with `>&-` and `2>&-`."""
    run = subprocess.run(
        ["sh", "-c", f'exec "$0" -m connectors fmp {closed}>&-', sys.executable],
        cwd=PROJECT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert lake.dates("historical_price_eod") == ["2013-02-15"]
    if closed == 1:
        assert run.stdout == ""
        assert all(json.loads(line)["run_id"] for line in run.stderr.splitlines())
    else:
        assert json.loads(run.stdout)["status"] == "complete"
