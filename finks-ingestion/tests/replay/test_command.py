"""`python -m replay` as a person starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

PROJECT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "replay"]
SCENARIO = "replay/scenarios/bad_day.toml"


def ended(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *flags], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("scenario", ["none", SCENARIO])
def test_one_line_says_where_it_is_and_what_it_serves(end: signal.Signals, scenario: str) -> None:
    flags = [] if scenario == "none" else ["--scenario", scenario]
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *flags],
        cwd=PROJECT,
        env=os.environ | {"FINKS_TODAY": "2013-02-28"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        line = process.stdout.readline()
        found = re.fullmatch(
            r"replay: (http://127\.0\.0\.1:\d+)/stable, clock 2013-02-28, scenario (\S+); "
            r"Ctrl-C ends it\n",
            line,
        )
        if found:
            answer = httpx.get(f"{found[1]}/health", timeout=30, trust_env=False)
        process.send_signal(end)
        rest, errors = process.communicate(timeout=30)

    assert found, line
    assert found[2] == scenario
    assert answer.status_code == 200
    assert (rest, errors) == ("", "")


def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = ended("--port", str(port))

    assert command.returncode == 2
    assert command.stdout == ""
    assert command.stderr == (
        f"replay: cannot listen on 127.0.0.1:{port} (Address already in use); end what listens "
        "there, or choose another --port (0: a free one) or --host\n"
    )


@pytest.mark.parametrize("flags", [["--port", "99999"], ["--host", "nowhere.invalid"]])
def test_an_address_that_cannot_be(flags: list[str]) -> None:
    command = ended(*flags)

    assert command.returncode == 2
    assert command.stderr.startswith("replay: cannot listen on ")
    assert command.stderr.count("\n") == 1


def test_the_help_has_the_defaults_and_the_environment() -> None:
    text = ended("--help").stdout

    for default in ("4600", "127.0.0.1", "2013-03-01", "finks-local-key", "300"):
        assert f"default {default}" in text
    assert "REPLAY_SCENARIO" in text
    assert max(map(len, text.splitlines())) <= 80
