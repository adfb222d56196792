"""A split: the source restates a symbol's history, and bronze follows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from replay.scenario import parse_scenario
from replay.serving import running_replay
from replay.settings import ReplaySettings
from tests.conftest import KEY, Extract, Lake, Outcome

HISTORY = "historical_price_eod"
PRICES = ("open", "high", "low", "close")
WEEK = ("2013-02-04", "2013-02-05", "2013-02-06", "2013-02-07", "2013-02-08")
NEXT = ("2013-02-11", "2013-02-12", "2013-02-13", "2013-02-14")
AFTER = "2013-02-15"
Run = Callable[..., Outcome]


@pytest.fixture
def before(extract: Extract) -> None:
    """Two weeks of bronze by two runs: the older dates share their files."""
    window = {"EXTRACTION_START": WEEK[0], "EXTRACTION_END": WEEK[-1]}
    assert extract(**window, RUN_ID="week", DATASETS=HISTORY).code == 0
    window = {"EXTRACTION_START": NEXT[0], "EXTRACTION_END": NEXT[-1]}
    assert extract(**window, RUN_ID="next", DATASETS=HISTORY).code == 0


@pytest.fixture
def split(extract: Extract) -> Run:
    """Run against an FMP in which AAPL was split, 8 for 1; `rules` are further ones."""

    def run(*rules: dict[str, Any], **settings: str) -> Outcome:
        restated = {"symbols": ["AAPL"], "effect": {"kind": "restate", "factor": 0.125}}
        scenario = parse_scenario({"rules": [*rules, restated]})
        with running_replay(ReplaySettings(api_keys=frozenset({KEY})), scenario=scenario) as replay:
            outcome = extract(
                **({"FMP_BASE_URL": replay.url, "DATASETS": HISTORY, "RUN_ID": "split"} | settings)
            )
            outcome.summary["log"] = replay.log
            return outcome

    return run


def prices(lake: Lake, day: str, symbol: str) -> list[Decimal]:
    (row,) = [row for row in lake.rows(HISTORY, day) if row["symbol"] == symbol]
    return [row[name] for name in PRICES]


@pytest.mark.usefixtures("before")
def test_all_dates_of_a_restated_symbol_are_fetched_again(lake: Lake, split: Run) -> None:
    old = {day: prices(lake, day, "AAPL") for day in (*WEEK, *NEXT)}
    others = {day: lake.rows(HISTORY, day)[1:] for day in (*WEEK, *NEXT)}

    outcome = split()

    assert outcome.code == 0, outcome.error
    assert outcome.dataset()["restated"] == {
        "symbols": ["AAPL"],
        "dates": {"count": 9, "first": WEEK[0], "last": NEXT[-1]},
    }
    assert outcome.summary["log"]["by_symbols"]["AAPL"] == 2
    assert outcome.summary["api_calls"] == 6, "one more than without the split"
    for day in (*WEEK, *NEXT):
        manifest = lake.manifest(HISTORY, day)
        rows = lake.rows(HISTORY, day)
        assert (manifest["run_id"], manifest["status"], manifest["rows"]) == (
            "split",
            "complete",
            5,
        )
        assert len(rows) == len({row["symbol"] for row in rows}) == 5
        for new, was in zip(prices(lake, day, "AAPL"), old[day], strict=True):
            assert abs(new * 8 - was) < Decimal("0.001")
        assert sorted(rows, key=lambda r: r["symbol"])[1:] == others[day], "lineage included"
    assert lake.manifest(HISTORY, AFTER)["rows"] == 5


@pytest.mark.usefixtures("before")
def test_what_is_restated_already_is_not_fetched_again(lake: Lake, split: Run) -> None:
    split()
    again = split(RUN_ID="again", EXTRACTION_DATE="2013-02-19")

    assert again.code == 0
    assert again.dataset()["restated"]["symbols"] == []
    assert again.summary["api_calls"] == 5
    assert lake.manifest(HISTORY, WEEK[0])["run_id"] == "split"


@pytest.mark.usefixtures("before")
def test_a_history_that_cannot_be_fetched_leaves_everything_as_it_was(
    lake: Lake, split: Run
) -> None:
    """Then the new date is incomplete: the next run compares again."""
    failing = {"symbols": ["AAPL"], "from_call": 2, "preset": "server-error"}

    outcome = split(failing)

    assert outcome.code == 4
    assert {lake.manifest(HISTORY, day)["run_id"] for day in (*WEEK, *NEXT)} == {"week", "next"}
    assert lake.manifest(HISTORY, AFTER)["status"] == "incomplete"

    mended = split(RUN_ID="mended")
    assert mended.code == 0, mended.error
    assert mended.dataset()["restated"]["symbols"] == ["AAPL"]
    assert lake.manifest(HISTORY, WEEK[0])["run_id"] == "mended"


@pytest.mark.usefixtures("before")
def test_an_older_window_is_compared_with_what_follows(lake: Lake, split: Run) -> None:
    outcome = split(EXTRACTION_DATE="2013-02-01")

    assert outcome.code == 0, outcome.error
    assert outcome.dataset()["restated"]["dates"]["count"] == 9
    assert lake.manifest(HISTORY, NEXT[-1])["run_id"] == "split"


@pytest.mark.usefixtures("before")
def test_a_volume_that_was_corrected_is_no_split(extract: Extract, lake: Lake) -> None:
    correction = {"symbols": ["AAPL"], "effect": {"kind": "set", "fields": {"volume": 1}}}
    scenario = parse_scenario({"rules": [correction]})
    with running_replay(ReplaySettings(api_keys=frozenset({KEY})), scenario=scenario) as replay:
        outcome = extract(FMP_BASE_URL=replay.url, DATASETS=HISTORY)

    assert (outcome.code, outcome.summary["api_calls"]) == (0, 5)
    assert lake.manifest(HISTORY, NEXT[-1])["run_id"] == "next"


def test_dates_that_are_restated_and_lack_a_symbol(
    extract: Extract, lake: Lake, split: Run
) -> None:
    """AAPL's old bars are replaced and GOOG's come beside them, whichever is published first."""
    failing = {"symbols": ["GOOG"], "preset": "server-error"}
    with running_replay(
        ReplaySettings(api_keys=frozenset({KEY})), scenario=parse_scenario({"rules": [failing]})
    ) as replay:
        window = {"EXTRACTION_START": WEEK[0], "EXTRACTION_END": NEXT[-1]}
        first = extract(**window, FMP_BASE_URL=replay.url, RUN_ID="first", DATASETS=HISTORY)
    assert first.code == 4
    old = {day: prices(lake, day, "AAPL") for day in (*WEEK, *NEXT)}

    outcome = split(EXTRACTION_START=WEEK[0], EXTRACTION_END=AFTER)

    assert outcome.code == 0, outcome.error
    assert outcome.dataset()["restated"]["symbols"] == ["AAPL"]
    assert outcome.summary["api_calls"] == 6
    assert outcome.dataset()["dates_committed"]["count"] == 10
    assert outcome.summary["rows"] == 9 + 5, "what is restated is counted apart"
    for day in (*WEEK, *NEXT):
        manifest, rows = lake.manifest(HISTORY, day), lake.rows(HISTORY, day)
        assert (manifest["status"], manifest["rows"], len(rows)) == ("complete", 5, 5)
        assert len({row["symbol"] for row in rows}) == 5
        for new, was in zip(prices(lake, day, "AAPL"), old[day], strict=True):
            assert abs(new * 8 - was) < Decimal("0.001")


@pytest.mark.usefixtures("before")
def test_symbols_that_are_not_asked_for_are_not_compared(lake: Lake, split: Run) -> None:
    """Nor are they lost: the next run that asks for them finds the difference."""
    assert split(EXTRACTION_DATE=NEXT[0], SYMBOLS="IBM").summary["api_calls"] == 0
    assert split(SYMBOLS="IBM").dataset()["restated"]["symbols"] == []

    outcome = split(RUN_ID="rest")

    assert outcome.code == 0, outcome.error
    assert outcome.dataset()["restated"]["symbols"] == ["AAPL"]
    assert outcome.summary["api_calls"] == 5, "IBM has the date already"
    assert len(lake.rows(HISTORY, AFTER)) == 5


@pytest.mark.usefixtures("before")
def test_new_rows_wait_when_the_history_of_a_restated_symbol_cannot_be_had(
    lake: Lake, split: Run
) -> None:
    old = {day: prices(lake, day, "AAPL") for day in (*WEEK, *NEXT)}
    refused = {"symbols": ["AAPL"], "count_by": "symbol", "calls": [2], "preset": "premium-symbol"}
    outcome = split(refused)

    assert outcome.code == 4
    assert "AAPL" in outcome.dataset()["symbols_failed"]
    assert outcome.dataset()["symbols_empty"] == []
    manifest = lake.manifest(HISTORY, AFTER)
    assert (manifest["status"], manifest["rows"]) == ("incomplete", 4)
    assert manifest["symbols_failed"] == ["AAPL"]
    assert "AAPL" not in manifest["symbols_received"]
    assert "AAPL" not in {row["symbol"] for row in lake.rows(HISTORY, AFTER)}
    assert {day: prices(lake, day, "AAPL") for day in old} == old

    again = split(RUN_ID="again")
    assert again.code == 0, again.error
    assert again.dataset()["restated"]["symbols"] == ["AAPL"]
    assert again.dataset()["symbols_empty"] == []
    assert lake.manifest(HISTORY, AFTER)["status"] == "complete"
    for day, was in old.items():
        for new, before in zip(prices(lake, day, "AAPL"), was, strict=True):
            assert abs(new * 8 - before) < Decimal("0.001")
