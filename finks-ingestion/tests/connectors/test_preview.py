"""`--plan`: what it announces is what a run then asks for."""

from __future__ import annotations

import json

import pytest

from connectors.__main__ import main
from replay.scenario import parse_scenario
from replay.serving import running_replay
from replay.settings import ReplaySettings
from tests.conftest import KEY, Extract, Lake

RUN = {
    "EXTRACTION_START": "2013-02-14",
    "EXTRACTION_END": "2013-03-01",
    "FINKS_TODAY": "2013-03-01",
    "SYMBOLS": "AAPL,IBM,MSFT",
    "FMP_API_KEY": KEY,
}


def test_the_calls_of_a_plan_are_those_of_the_run(
    extract: Extract,
    lake: Lake,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenario = parse_scenario({})
    with running_replay(ReplaySettings(api_keys=frozenset({KEY})), scenario=scenario) as replay:
        for name, value in (RUN | {"S3_BUCKET": lake.name, "FMP_BASE_URL": replay.url}).items():
            monkeypatch.setenv(name, value)
        assert main(["fmp", "--plan"]) == 0
        plan = json.loads(capsys.readouterr().out)
        assert replay.log["total"] == 0, "nothing is asked"
        assert lake.keys() == []

        outcome = extract(**RUN, FMP_BASE_URL=replay.url)
        assert outcome.code == 0, outcome.error
        made = replay.log["counts"]

        assert main(["fmp", "--plan"]) == 0
        again = json.loads(capsys.readouterr().out)

    announced = [
        (call["endpoint"], call.get("symbol") or call["symbols"])
        for dataset in plan["datasets"].values()
        for call in dataset["calls"]
    ]
    assert sorted(announced) == sorted((c["endpoint"], c["symbols"]) for c in made)
    assert plan["calls"] == outcome.summary["api_calls"] == 7
    # Batch quotes may be refused, and symbols without bars are looked up.
    assert plan["calls_at_most"] == 13
    history = plan["datasets"]["historical_price_eod"]
    assert history["dates"] == {"count": 11, "first": "2013-02-14", "last": "2013-03-01"}
    assert (plan["exit_code"], plan["error"]) == (0, None)
    assert (again["calls"], again["seconds_at_least"]) == (0, 0)
    assert "complete already" in again["datasets"]["quote"]["reason"]


@pytest.mark.parametrize(
    ("symbols", "limit", "seconds"), [(3, 300, 0), (600, 300, 120), (301, 301, 120), (1, 1, 120)]
)
def test_how_long_a_plan_takes(
    symbols: int,
    limit: int,
    seconds: float,
    lake: Lake,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each symbol takes a history and a profile, or all profiles in bulk; 100 quotes a call."""
    names = ",".join(f"S{n}" for n in range(symbols))
    settings = RUN | {"S3_BUCKET": lake.name, "FMP_BASE_URL": "http://127.0.0.1:9/stable"}
    for name, value in (settings | {"SYMBOLS": names}).items():
        monkeypatch.setenv(name, value)
    assert main(["fmp", "--plan", "--fmp-calls-per-minute", str(limit)]) == 0

    plan = json.loads(capsys.readouterr().out)
    assert plan["seconds_at_least"] == (plan["calls"] - 1) // limit * 60
    assert plan["seconds_at_least"] == seconds


@pytest.mark.parametrize("budget", [("--fmp-calls-per-day", 12), ("--fmp-bandwidth-bytes", 9999)])
def test_a_plan_beyond_a_budget_says_what_the_run_would_be_refused_with(
    budget: tuple[str, int],
    extract: Extract,
    lake: Lake,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = RUN | {"S3_BUCKET": lake.name, "FMP_BASE_URL": "http://127.0.0.1:9/stable"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    flags = [budget[0], str(budget[1])]
    code = main(["fmp", "--plan", *flags])
    plan = json.loads(capsys.readouterr().out)
    run = extract(*flags, **settings)

    assert code == plan["exit_code"] == run.code == 2
    assert plan["error"] == run.error
    assert budget[0].removeprefix("--").replace("-", "_").upper() in run.error
    assert plan["calls_at_most"] == 13, "the calls are told all the same"
    assert run.summary["api_calls"] == 0
