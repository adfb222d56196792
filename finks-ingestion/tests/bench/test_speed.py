"""The benchmark itself on five symbols: that it works, and not how fast anything is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.contest import BENCH_PYTHON, WITH_OWN_ENVIRONMENT
from bench.results import FINKS, WITH_RECORDS
from bench.servers import CLOUD_PYTHON


@pytest.mark.skipif(not CLOUD_PYTHON.exists(), reason="needs the local cloud; see `make test`")
@pytest.mark.timeout(120)
def test_five_symbols_make_a_comparison(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "bench.json"
    monkeypatch.setenv("BENCH_JSON", str(report))
    monkeypatch.setenv("S3_BUCKET", "not-the-benchmark's")
    without = [] if BENCH_PYTHON.exists() else ["--without", *WITH_OWN_ENVIRONMENT]
    options = ["--symbols", "5", "--rounds", "1", "--concurrency", "2", *without]
    options += ["--python", sys.executable]
    # Nothing is said about speed here: five symbols are all start-up.
    assert main(["speed", *options]) in (0, 1)
    content = json.loads(report.read_text(encoding="utf-8"))
    written = {
        json.dumps(result["records"])
        for result in content["results"]
        if result["contender"] in WITH_RECORDS
    }
    assert len(written) == 1, "all wrote the same records"
    ours = [result for result in content["results"] if result["contender"] == FINKS]
    assert sum(ours[0]["records"].values()) > 1000
    calls = [goal for goal in content["goals"] if goal["name"].startswith("API calls")]
    assert [goal["value"] for goal in calls] == [1.0]
    assert "this connector" in capsys.readouterr().out


def test_more_symbols_than_the_scenario_has_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["speed", "--symbols", "501"]) == 2
    assert "take 1 to 500" in capsys.readouterr().err
