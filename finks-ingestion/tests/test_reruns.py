"""A run that was cut goes on where it ended: no call is made twice, and the result is the same."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import KEY, Extract, Lake, Outcome
from tests.servers import Answer, FaultServer, Request
from utils.state_folder import account_id
from utils.usage import UsageLog

HISTORY = "historical_price_eod"
DAYS = ("2013-02-12", "2013-02-13", "2013-02-14", "2013-02-15")
SYMBOLS = tuple(f"S{number:02d}" for number in range(20))
LATE = "S07"
GONE = "Exclusive Endpoint : not available under your current subscription"
LINEAGE = ("_run_id", "_ingested_at")
Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]


def bar(symbol: str, day: str, **changes: Any) -> dict[str, Any]:
    close = 10 + int(symbol[1:])
    prices = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": 100}
    return {"symbol": symbol, "date": day, **prices} | changes


def history(request: Request) -> Answer:
    """The days that were asked for; one symbol is traded from the third on only."""
    if request.endpoint == "profile":
        return 200, json.dumps([{"symbol": request.query["symbol"], "ipoDate": DAYS[2]}])
    symbol, first, last = (request.query[name] for name in ("symbol", "from", "to"))
    days = DAYS[2:] if symbol == LATE else DAYS
    return 200, json.dumps([bar(symbol, day) for day in days if first <= day <= last])


def but_for(symbol: str, answer: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """A server that has errors for one symbol."""
    return lambda r: (500, "") if symbol in r.query.values() else answer(r)


@pytest.fixture
def run(extract: Extract) -> Extract:
    def run(*flags: str, **settings: str) -> Outcome:
        window = {"EXTRACTION_START": DAYS[0], "EXTRACTION_END": DAYS[-1], "DATASETS": HISTORY}
        own = {"SYMBOLS": ",".join(SYMBOLS), "CONCURRENCY": "1", "FMP_CALLS_PER_MINUTE": "100000"}
        return extract(*flags, **(window | own | settings))

    return run


@pytest.fixture
def whole(run: Extract, misbehave: Misbehave, lake: Lake) -> dict[str, Any]:
    """What one run makes of it that nobody cuts, in a bucket of its own."""
    other = Lake(f"{lake.name}-whole", lake.client)
    lake.client.create_bucket(
        Bucket=other.name, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"}
    )
    outcome = run(S3_BUCKET=other.name, FMP_BASE_URL=misbehave(history).url)
    assert (outcome.code, outcome.summary["api_calls"]) == (0, len(SYMBOLS))
    return content(other)


def content(lake: Lake) -> dict[str, Any]:
    """What bronze says of each day, but for who wrote it and when."""
    found = {}
    for day in lake.dates(HISTORY):
        rows = sorted(lake.rows(HISTORY, day), key=lambda row: row["symbol"])
        manifest = lake.manifest(HISTORY, day)
        for name in ("run_id", "files", "started_at", "finished_at"):
            del manifest[name]
        found[day] = (
            manifest,
            [{name: value for name, value in row.items() if name not in LINEAGE} for row in rows],
        )
    return found


def asked(server: FaultServer) -> Counter[str]:
    return Counter(query["symbol"] for query in server.asked("historical-price-eod/full"))


def test_a_spent_budget_is_gone_on_with_on_the_next_days(
    run: Extract, lake: Lake, misbehave: Misbehave, tmp_path: Path, whole: dict[str, Any]
) -> None:
    """Each day another run of the account uses up what is left after seven calls of ours."""
    budget, share = 30, 7
    today = [1]

    def answer(request: Request) -> Answer:
        if len(server.requests) % share == 0:
            day = date(2013, 3, today[0])
            while usage.take_call(day, budget):
                pass
        return history(request)

    server = misbehave(answer)
    (tmp_path / "limits").mkdir(mode=0o700, exist_ok=True)
    account = account_id(urlsplit(server.url).netloc, KEY)
    usage = UsageLog(tmp_path / "limits" / f"{account}.usage")

    codes = []
    for today[0] in (1, 4, 5):
        outcome = run(
            FMP_BASE_URL=server.url,
            FMP_CALLS_PER_DAY=str(budget),
            FINKS_TODAY=f"2013-03-0{today[0]}",
            RUN_ID=f"day-{today[0]}",
        )
        codes.append(outcome.code)
        assert outcome.summary["api_calls"] == min(share, len(SYMBOLS) - share * (len(codes) - 1))
    usage.close()

    assert codes == [4, 4, 0]
    assert asked(server) == Counter(SYMBOLS), "calls made over calls needed: 1.00"
    assert content(lake) == whole
    assert len({row["_run_id"] for row in lake.rows(HISTORY, DAYS[0])}) == 3


@pytest.mark.timeout(120)
def test_a_deadline_is_gone_on_with_by_the_next_runs(
    run: Extract, lake: Lake, misbehave: Misbehave, whole: dict[str, Any]
) -> None:
    def answer(request: Request) -> Answer:
        time.sleep(0.1)
        return history(request)

    server = misbehave(answer)
    codes: list[int] = []
    while not codes or codes[-1] != 0:
        outcome = run(FMP_BASE_URL=server.url, RUN_DEADLINE_SECONDS="1")
        codes.append(outcome.code)
        assert outcome.code in (0, 4) or not outcome.summary["rows"]
        assert len(codes) <= len(SYMBOLS), outcome.error

    assert len(codes) > 1, "no run was cut"
    assert asked(server) == Counter(SYMBOLS)
    assert content(lake) == whole


def test_one_lost_symbol_costs_one_call(
    run: Extract, lake: Lake, misbehave: Misbehave, whole: dict[str, Any]
) -> None:
    """The plan says so, and a budget for that call alone is enough."""
    first = run(FMP_BASE_URL=misbehave(but_for("S03", history)).url)
    assert first.code == 4
    assert lake.manifest(HISTORY, DAYS[0])["symbols_failed"] == ["S03"]
    server = misbehave(history)

    plan = run("--plan", FMP_BASE_URL=server.url)
    again = run(FMP_BASE_URL=server.url, FMP_CALLS_PER_DAY="2")

    (call,) = plan.summary["datasets"][HISTORY]["calls"]
    assert (call["symbol"], call["from"], call["to"]) == ("S03", DAYS[0], DAYS[-1])
    assert (again.code, again.summary["api_calls"], again.summary["rows"]) == (0, 1, len(DAYS))
    assert content(lake) == whole
    assert run(FMP_BASE_URL=server.url).summary["api_calls"] == 0


def test_symbols_are_asked_for_the_span_of_their_own_gaps(
    run: Extract, lake: Lake, misbehave: Misbehave, whole: dict[str, Any]
) -> None:
    """Days that bronze has in between come again, and are not written twice."""
    server = misbehave(history)
    few = {"FMP_BASE_URL": server.url, "SYMBOLS": ",".join(SYMBOLS[:10])}
    for day in DAYS[1:3]:
        assert run(**few, EXTRACTION_START=day, EXTRACTION_END=day).code == 0
    server.requests.clear()

    outcome = run(FMP_BASE_URL=server.url)

    assert outcome.code == 0, outcome.error
    assert asked(server) == Counter(SYMBOLS)
    assert outcome.summary["rows"] == 10 * 2 + 10 * 4 - 1, "one was not traded on the first day"
    assert content(lake) == whole


def test_what_adds_nothing_leaves_the_date_as_it_is(
    run: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    run(FMP_BASE_URL=misbehave(but_for("S03", history)).url, RUN_ID="first")
    before = lake.keys()

    again = run(FMP_BASE_URL=misbehave(but_for("S03", history)).url, RUN_ID="again")
    dead = run(FMP_BASE_URL="http://127.0.0.1:9/stable", RUN_ID="dead")
    gone = run(FMP_BASE_URL=misbehave(lambda _r: (402, GONE)).url, RUN_ID="gone")

    assert (again.code, dead.code, gone.code) == (4, 5, 3), "one symbol, or the source"
    assert lake.keys() == before
    assert lake.manifest(HISTORY, DAYS[0])["run_id"] == "first"


@pytest.mark.parametrize(("close", "calls"), [(11, 1), (10.5, 2)])
def test_of_two_contradicting_records_the_source_has_one_later(
    run: Extract, lake: Lake, misbehave: Misbehave, close: float, calls: int
) -> None:
    """When it is not the one that bronze has, history was restated."""

    def both(_request: Request) -> Answer:
        return 200, json.dumps([bar("S01", DAYS[0]), bar("S01", DAYS[0], close=10.5)])

    one_day = {"SYMBOLS": "S01", "EXTRACTION_END": DAYS[0]}
    assert run(FMP_BASE_URL=misbehave(both).url, **one_day).code == 4
    server = misbehave(lambda _r: (200, json.dumps([bar("S01", DAYS[0], close=close)])))

    outcome = run(FMP_BASE_URL=server.url, **one_day)

    assert (outcome.code, outcome.summary["api_calls"]) == (0, calls), outcome.error
    assert [float(row["close"]) for row in lake.rows(HISTORY, DAYS[0])] == [close]
    manifest = lake.manifest(HISTORY, DAYS[0])
    assert (manifest["status"], manifest["symbols_rejected"]) == ("complete", [])


def test_only_missing_symbols_are_observed_again(
    run: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    def answer(request: Request) -> Answer:
        if request.endpoint == "batch-quote":
            return 402, GONE
        observed = {"symbol": request.query["symbol"], "price": 1, "timestamp": 1}
        return 200, json.dumps([observed])

    today = {"DATASETS": "quote,company_profile", "SYMBOLS": "S01,S02,S03"}
    today |= {"EXTRACTION_START": "2013-03-01", "EXTRACTION_END": "2013-03-01"}
    assert run(FMP_BASE_URL=misbehave(but_for("S02", answer)).url, **today).code == 4
    server = misbehave(answer)

    assert run(FMP_BASE_URL=server.url, **today).code == 0

    for endpoint in ("quote", "profile"):
        assert server.asked(endpoint) == [{"symbol": "S02"}]
    for dataset in ("quote", "company_profile"):
        rows = lake.rows(dataset, "2013-03-01")
        assert sorted(row["symbol"] for row in rows) == ["S01", "S02", "S03"]
        assert lake.manifest(dataset, "2013-03-01")["status"] == "complete"
