"""Limits and budgets from end to end: what is refused, shared and remembered."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import Interrupted, RateLimitedError
from connectors.fmp.client import FmpClient
from tests.conftest import KEY, Extract, Lake
from tests.connectors.fmp.test_connector import settings
from tests.servers import Answer, FaultServer, Request

Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]
HISTORY = "historical_price_eod"


def bar(request: Request) -> Answer:
    fields = {"symbol": request.query["symbol"], "date": "2013-02-15", "close": 11}
    return 200, json.dumps([fields])


def ask(client: FmpClient) -> bytes:
    return client.get("quote", {"symbol": "IBM"}, "quote symbol=IBM", bytes)


def test_a_plan_beyond_the_days_calls_is_refused_before_the_first(
    extract: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    server = misbehave(bar)

    outcome = extract(FMP_BASE_URL=server.url, DATASETS=HISTORY, FMP_CALLS_PER_DAY="9")

    # Five symbols, each of which may have to be looked up.
    assert outcome.code == 2
    assert "up to 10 calls, after 0 on 2013-03-01" in outcome.error
    assert "10 exceed the 9 of FMP_CALLS_PER_DAY" in outcome.error
    assert outcome.error.endswith("or raise FMP_CALLS_PER_DAY")
    assert server.requests == []
    assert lake.keys() == []


def test_a_second_run_of_the_day_knows_of_the_first(extract: Extract, misbehave: Misbehave) -> None:
    server = misbehave(bar)
    run = {"FMP_BASE_URL": server.url, "DATASETS": HISTORY, "FMP_CALLS_PER_DAY": "12"}

    first = extract(**run, FORCE="true")
    second = extract(**run, FORCE="true")
    nothing_to_do = extract(**run)
    tomorrow = extract(**run, FORCE="true", FINKS_TODAY="2013-03-04")

    assert (first.code, first.summary["api_calls"]) == (0, 5)
    assert second.code == 2
    assert "after 5 on 2013-03-01 already: 15 exceed the 12" in second.error
    assert (nothing_to_do.code, tomorrow.code) == (0, 0)
    assert len(server.requests) == 10


def test_another_key_has_its_own_budget(extract: Extract, misbehave: Misbehave) -> None:
    server = misbehave(bar)
    run = {"FMP_BASE_URL": server.url, "DATASETS": HISTORY, "FMP_CALLS_PER_DAY": "12"}

    extract(**run, FORCE="true")

    assert extract(**run, FORCE="true", FMP_API_KEY="another").code == 0


def test_all_datasets_of_today_are_counted(extract: Extract) -> None:
    """History 5, looked up 5, batch quotes 1, quotes in their place 5, profiles 5."""
    run = {"EXTRACTION_DATE": "2013-03-01"}

    assert "up to 21 calls" in extract(**run, FMP_CALLS_PER_DAY="20").error
    assert extract(**run, FMP_CALLS_PER_DAY="21").code == 0


def test_calls_that_are_repeated_count_and_end_the_run_at_the_budget(
    extract: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    """The last symbol's calls fail: repeating them uses the budget up; what came is kept."""

    def answer(request: Request) -> Answer:
        return (503, "") if request.query["symbol"] == "MSFT" else bar(request)

    server = misbehave(answer)
    outcome = extract(
        FMP_BASE_URL=server.url,
        DATASETS=HISTORY,
        SYMBOLS="AAPL,MSFT",
        FMP_CALLS_PER_DAY="4",
        FMP_RETRY_SECONDS="600",
    )

    assert outcome.code == 4
    assert "all 4 calls of FMP_CALLS_PER_DAY were made on 2013-03-01" in outcome.error
    assert len(server.requests) == 4
    assert lake.manifest(HISTORY, "2013-02-15")["symbols_received"] == ["AAPL"]


def test_bandwidth_is_counted_by_what_came_and_refused_by_estimate(
    extract: Extract, misbehave: Misbehave
) -> None:
    server = misbehave(lambda request: (200, bar(request)[1].ljust(2000)))
    run = {"FMP_BASE_URL": server.url, "DATASETS": HISTORY, "FORCE": "true"}

    first = extract(**run, FMP_BANDWIDTH_BYTES="30000")
    second = extract(**run, FMP_BANDWIDTH_BYTES="30000", FINKS_TODAY="2013-03-30")
    a_month_later = extract(**run, FMP_BANDWIDTH_BYTES="30000", FINKS_TODAY="2013-04-01")

    assert first.code == 0
    assert second.code == 2
    assert "by estimate, after 10,000 in the 30 days to 2013-03-30" in second.error
    assert "FMP_BANDWIDTH_BYTES" in second.error
    assert a_month_later.code == 0


def test_bandwidth_that_is_used_up_on_the_way_ends_the_run(
    extract: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    server = misbehave(lambda request: (200, bar(request)[1].ljust(20_000)))

    outcome = extract(
        FMP_BASE_URL=server.url, DATASETS=HISTORY, FMP_BANDWIDTH_BYTES="40000", CONCURRENCY="1"
    )

    assert outcome.code == 4
    assert "is used up, with 40,000 bytes in the 30 days to 2013-03-01" in outcome.error
    assert len(server.requests) == 2
    assert lake.manifest(HISTORY, "2013-02-15")["symbols_received"] == ["AAPL", "FB"]


def test_runs_share_the_minute_and_no_file_shows_the_key(
    misbehave: Misbehave, tmp_path: Path
) -> None:
    server = misbehave(lambda _request: (200, "[]"))
    naps: list[float] = []
    stop = threading.Event()

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        stop.set()

    shared = settings(server.url).model_copy(update={"fmp_calls_per_minute": 2})
    for _ in range(2):
        client = FmpClient(shared)
        ask(client)
        client.close()
    third = FmpClient(shared, sleep=sleep, stop=stop)
    with pytest.raises(Interrupted, match="run again"):
        ask(third)

    assert 50 < naps[0] <= 60.2
    files = list((tmp_path / "limits").iterdir())
    assert len(files) == 1
    assert KEY not in files[0].name
    assert KEY.encode() not in files[0].read_bytes()


def test_a_refusal_slows_the_other_runs_down(misbehave: Misbehave) -> None:
    server = misbehave(lambda _request: (429, json.dumps({"Error Message": "Limit Reach ."})))
    naps: list[float] = []
    stop = threading.Event()

    def clock() -> float:
        return 1000.0 + sum(naps)

    one = FmpClient(settings(server.url), sleep=naps.append, clock=clock)
    with pytest.raises(RateLimitedError):
        ask(one)
    other = FmpClient(settings(server.url), sleep=lambda _s: stop.set(), clock=clock, stop=stop)
    with pytest.raises(Interrupted):
        ask(other)

    assert len(server.requests) == 6, "the refused run made them, the other one waits"


def test_without_a_folder_nothing_is_shared(extract: Extract, tmp_path: Path) -> None:
    run = {"FMP_STATE_DIR": "off", "DATASETS": HISTORY, "FORCE": "true", "FMP_CALLS_PER_DAY": "10"}

    assert [extract(**run).code for _ in range(2)] == [0, 0]
    assert not (tmp_path / "limits").exists()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FMP_CALLS_PER_DAY", "-1", "FMP_CALLS_PER_DAY is '-1'"),
        ("FMP_BANDWIDTH_BYTES", "1 GB", "FMP_BANDWIDTH_BYTES is '1 GB'"),
        ("FMP_STATE_DIR", os.devnull, "set FMP_STATE_DIR"),
    ],
)
def test_bad_limits_are_named(extract: Extract, name: str, value: str, message: str) -> None:
    outcome = extract(**{name: value})

    assert outcome.code == 2
    assert message in outcome.error


def test_an_unusable_default_folder_stops_only_budgets(
    extract: Extract, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(
        "connectors.fmp.limits.default_state_folder", lambda: tmp_path / "file" / "limits"
    )

    alone = extract(FMP_STATE_DIR="", DATASETS=HISTORY)
    assert alone.code == 0
    assert "does not share its limit" in alone.stderr
    assert extract(FMP_STATE_DIR="", FMP_CALLS_PER_DAY="100").code == 2
