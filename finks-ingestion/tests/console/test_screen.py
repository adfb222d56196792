"""The connector on a pseudo-terminal, and on what is none, read as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay.scenario import parse_scenario
from replay.serving import running_replay
from tests.conftest import KEY, SYMBOLS, Lake
from tests.console.pseudo_terminal import run_on_terminal

SLOW = {"effect": {"kind": "latency", "milliseconds": 250}}
PREMIUM = {"symbols": ["GOOG"], "preset": "premium-symbol"}


@pytest.fixture(scope="module")
def slow_replay() -> Iterator[str]:
    """Slow enough to see the bars, and without one symbol."""
    with running_replay(scenario=parse_scenario({"rules": [SLOW, PREMIUM]})) as replay:
        yield replay.url


@pytest.fixture
def settings(lake: Lake, slow_replay: str) -> dict[str, str]:
    return {
        "S3_BUCKET": lake.name,
        "SYMBOLS": ",".join(SYMBOLS),
        "FMP_API_KEY": KEY,
        "FMP_BASE_URL": slow_replay,
        "FMP_RETRY_SECONDS": "0",
        "FINKS_TODAY": "2013-03-01",
        "EXTRACTION_DATE": "2013-02-15",
        "RUN_ID": "run-1",
    }


@pytest.mark.parametrize("width", [80, 120])
def test_a_run_shows_bars_then_warnings_and_a_table(settings: dict[str, str], width: int) -> None:
    session = run_on_terminal(["fmp"], settings, width=width)

    assert session.code == 4
    assert session.seen("historical_price_eod  ━")
    assert session.seen(" left")
    assert "━━ " not in session.text, "the bars are gone at the end"
    assert "WARNING  FMP refused historical-price-eod/full symbol=GOOG" in session.text
    headline = next(line for line in session.screen if line.startswith("fmp "))
    assert headline == "fmp incomplete (exit code 4) · 2013-02-15 · 5 symbols"
    row = next(line for line in session.screen if line.startswith("historical_price_eod  "))
    assert row.split() == ["historical_price_eod", "incomplete", "1", "4", "4", "1"]
    assert "leave the symbol out" in " ".join(session.text.split())
    assert "run run-1" in session.text
    assert KEY not in session.raw
    assert "{" not in session.text, "no JSON among the lines"
    assert session.raw.count("\x1b[?25l") == session.raw.count("\x1b[?25h"), "the cursor is back"
    assert json.loads(session.stdout)["exit_code"] == 4, "stdout is a pipe, and gets the summary"


def test_a_terminal_for_both_gets_the_json_only_when_asked(settings: dict[str, str]) -> None:
    plain = run_on_terminal(["fmp"], settings, stdout_too=True)
    asked = run_on_terminal(["fmp", "--json"], settings, width=4000, stdout_too=True)

    assert "fmp incomplete" in plain.text
    assert '"event"' not in plain.text
    assert json.loads(asked.screen[-1])["event"] == "summary"


def test_no_color_is_respected(settings: dict[str, str]) -> None:
    colourful = run_on_terminal(["fmp"], settings)
    plain = run_on_terminal(["fmp"], settings | {"NO_COLOR": "1"})

    assert "\x1b[32m" in colourful.raw or "\x1b[1;33m" in colourful.raw
    assert "\x1b[3" not in plain.raw
    assert "fmp incomplete" in plain.text


def test_sigterm_takes_the_bars_away_and_gives_the_cursor_back(settings: dict[str, str]) -> None:
    session = run_on_terminal(["fmp"], settings, terminate_at="0/5 calls")

    assert session.code == 6
    assert "fmp interrupted (exit code 6)" in session.text
    assert "nothing was published, run again" in " ".join(session.text.split())
    assert "calls  " not in session.text
    assert session.raw.count("\x1b[?25l") == session.raw.count("\x1b[?25h")


def test_a_bad_setting_is_told_with_its_remedy(settings: dict[str, str]) -> None:
    session = run_on_terminal(["fmp"], settings | {"EXTRACTION_DATE": "15.2.2013"})

    assert session.code == 2
    assert session.screen[0] == "fmp bad configuration (exit code 2)"
    assert "write it as YYYY-MM-DD" in " ".join(session.text.split())


@pytest.mark.parametrize("terminal", [{"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}])
def test_a_redirected_stderr_keeps_its_json_lines(
    settings: dict[str, str], terminal: dict[str, str]
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "connectors", "fmp"],
        cwd=Path(__file__).parents[2],
        env=os.environ | settings | terminal,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    lines = [json.loads(line) for line in run.stderr.splitlines()]
    events = [line["event"] for line in lines if "event" in line]
    assert events == ["dataset_begun", "dataset_done"]
    assert {line["run_id"] for line in lines} == {"run-1"}
    assert json.loads(run.stdout)["exit_code"] == 4


def test_a_dumb_terminal_gets_json_lines(settings: dict[str, str]) -> None:
    session = run_on_terminal(["fmp"], settings | {"TERM": "dumb"}, width=4000)

    assert "\x1b[" not in session.raw
    assert all(json.loads(line)["run_id"] == "run-1" for line in session.screen)
