"""SIGTERM, sent to the connector as the process that its container runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import Interrupted
from connectors.interruption import Interruption
from connectors.report import RunReport
from tests.conftest import KEY, Extract, Lake
from tests.servers import Answer, FaultServer, Request

Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]


def test_sigterm_before_the_commit_leaves_nothing_visible(lake: Lake, misbehave: Misbehave) -> None:
    """The second symbol's answer never comes: the signal arrives while the run waits for it."""
    waiting = threading.Event()
    bar = {"symbol": "AAPL", "date": "2013-02-15", "close": 11}

    def answer(request: Request) -> Answer:
        if request.query["symbol"] == "AAPL":
            return 200, json.dumps([bar])
        waiting.set()
        time.sleep(1)
        return 200, "[]"

    server = misbehave(answer)
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors", "fmp"],
        cwd=Path(__file__).parent.parent,
        env=os.environ
        | {
            "EXTRACTION_DATE": "2013-02-15",
            "FINKS_TODAY": "2013-03-01",
            "S3_BUCKET": lake.name,
            "SYMBOLS": "AAPL,IBM",
            "FMP_API_KEY": KEY,
            "FMP_BASE_URL": server.url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.wait(60)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)

    summary = json.loads(out)
    assert process.returncode == summary["exit_code"] == 6
    assert "nothing was published" in summary["error"]
    assert not [k for k in lake.keys("fmp/") if k.endswith("_manifest.json")]


def test_a_run_whose_commit_began_finishes(caplog: pytest.LogCaptureFixture) -> None:
    interruption = Interruption()

    with interruption.handled():
        with pytest.raises(Interrupted, match="SIGTERM"):
            os.kill(os.getpid(), signal.SIGTERM)
        interruption.shield()
        os.kill(os.getpid(), signal.SIGTERM)
    assert "SIGTERM arrived during the end of the run" in caplog.text


def test_a_signal_after_the_last_manifest_does_not_deny_the_commit(
    extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    conclude = RunReport.conclude

    def interrupted(report: RunReport) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        conclude(report)

    monkeypatch.setattr(RunReport, "conclude", interrupted)
    outcome = extract()

    assert (outcome.code, outcome.summary["status"]) == (0, "complete")
    assert lake.dates("historical_price_eod") == ["2013-02-15"]
