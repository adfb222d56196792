"""Which calls the FMP connector makes, and what it makes of the answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import pytest

from connectors.answers import Answer
from connectors.datasets import Dataset
from connectors.endpoints import Ask
from connectors.errors import AccountError
from connectors.fetching import Failure, Fetcher, Outcome
from connectors.fmp.client import FmpClient
from connectors.fmp.connector import FmpConnector
from connectors.fmp.datasets import COMPANY_PROFILE, HISTORICAL_PRICE_EOD, QUOTES
from connectors.fmp.settings import FmpSettings
from connectors.progress import Progress
from replay.access import CallLimit
from replay.clones import clone_symbols
from replay.scenario import parse_scenario
from replay.serving import running_replay
from replay.settings import ReplaySettings
from tests.conftest import KEY, SYMBOLS
from tests.prices import adjusted
from tests.servers import Answer as Reply
from tests.servers import FaultServer, Request, replay_server
from utils.dates import Window
from utils.ordered_pool import OrderedPool

Misbehave = Callable[[Callable[[Request], Reply]], FaultServer]
TODAY = Window(date(2013, 3, 1), date(2013, 3, 1))
NOT_IN_PLAN = "Exclusive Endpoint : this endpoint is not available under your subscription"


def settings(url: str, key: str = KEY) -> FmpSettings:
    return FmpSettings.model_validate(
        {
            "extraction_date": "2013-03-01",
            "finks_today": "2013-03-01",
            "s3_bucket": "bronze",
            "symbols": "IBM",
            "fmp_api_key": key,
            "fmp_base_url": url,
            "fmp_retry_seconds": 0,
        }
    )


@contextmanager
def connected(url: str, key: str = KEY, client: FmpClient | None = None) -> Iterator[FmpConnector]:
    fmp = FmpConnector(settings(url, key), client)
    yield fmp
    fmp.stop()
    fmp.close()


def fetch(
    fmp: FmpConnector, dataset: Dataset, symbols: Sequence[str], window: Window = TODAY
) -> list[Outcome]:
    pool = OrderedPool(4)
    try:
        fetcher = Fetcher(fmp, pool, Progress(), TODAY.end)
        return list(fetcher.outcomes(dataset, [Ask(tuple(symbols), window)]))
    finally:
        pool.close()


def symbols_in(outcomes: Sequence[Outcome]) -> list[str]:
    answers = [o for o in outcomes if isinstance(o, Answer)]
    return [str(s) for a in answers for s in a.rows["symbol"].to_pylist()]


def test_a_range_beyond_four_years_is_split(replay_url: str) -> None:
    """The replay cuts longer answers, as FMP does: without the split the first years miss."""
    window = Window(date(2007, 12, 31), date(2013, 2, 28))
    with connected(replay_url) as fmp:
        (answer,) = fetch(fmp, HISTORICAL_PRICE_EOD, ["IBM"], window)

    frame = adjusted()
    want = frame[(frame["ticker"] == "IBM") & frame["date"].between("2007-12-31", "2013-02-28")]
    assert isinstance(answer, Answer)
    rows = answer.rows.to_pylist()
    assert fmp.api_calls == 2
    assert sorted(r["date"] for r in rows) == [d.date() for d in want["date"]]
    assert float(sum(r["close"] for r in rows)) == pytest.approx(want["close"].sum())


def test_quotes_come_in_one_call(replay_url: str) -> None:
    with connected(replay_url) as fmp:
        outcomes = fetch(fmp, QUOTES, [*SYMBOLS, "ZZZZ"])

    assert fmp.api_calls == 1
    assert symbols_in(outcomes) == list(SYMBOLS)


@pytest.mark.parametrize("body", [NOT_IN_PLAN, json.dumps({"Error Message": NOT_IN_PLAN})])
def test_without_batch_quotes_in_the_plan_they_are_asked_for_one_by_one(
    misbehave: Misbehave, body: str
) -> None:
    def answer(request: Request) -> Reply:
        if request.endpoint == "batch-quote":
            return 402, body
        quote = {"symbol": request.query["symbol"], "price": 1, "timestamp": 1}
        return 200, json.dumps([quote])

    server = misbehave(answer)
    many = [f"S{n}" for n in range(250)]
    with connected(server.url) as fmp:
        outcomes = fetch(fmp, QUOTES, many)

    assert len(server.asked("batch-quote")) == 1
    assert sorted(query["symbol"] for query in server.asked("quote")) == sorted(many)
    assert symbols_in(outcomes) == many


def test_a_batch_with_a_symbol_beyond_the_plan_is_asked_one_by_one(misbehave: Misbehave) -> None:
    premium = "Premium Query Parameter: this value set for 'symbol' is not available"

    def answer(request: Request) -> Reply:
        asked = request.query.get("symbols", request.query.get("symbol", "")).split(",")
        if "S7" in asked:
            return 402, premium
        return 200, json.dumps([{"symbol": s, "price": 1, "timestamp": 1} for s in asked])

    server = misbehave(answer)
    many = [f"S{n}" for n in range(250)]
    with connected(server.url) as fmp:
        outcomes = fetch(fmp, QUOTES, many)

    assert (len(server.asked("batch-quote")), len(server.asked("quote"))) == (3, 100)
    assert sorted(symbols_in(outcomes)) == sorted(set(many) - {"S7"})
    assert [o.symbols for o in outcomes if isinstance(o, Failure)] == [("S7",)]


def test_many_profiles_come_in_bulk_and_what_it_lacks_one_by_one() -> None:
    """The bulk file of the replay has no `ZZZZ`."""
    scenario = parse_scenario({"plan": {"bulk": True}, "clones": 1500, "limit": {"calls": 10**6}})
    served = ReplaySettings(api_keys=frozenset({KEY}))
    with running_replay(served, scenario=scenario) as replay:
        wanted = sorted(clone_symbols(1500))[:600]
        with connected(replay.url) as fmp:
            outcomes = fetch(fmp, COMPANY_PROFILE, [*wanted, "ZZZZ"])
        log = replay.log

    assert sorted(symbols_in(outcomes)) == sorted(wanted)
    assert log["by_endpoint"] == {"profile-bulk": 3, "profile": 1}
    bulk, single = outcomes
    assert isinstance(bulk, Answer)
    assert isinstance(single, Answer)
    assert (bulk.refused, bulk.drift.described(COMPANY_PROFILE.model.model_fields)) == ([], [])
    row = bulk.rows.slice(0, 1).to_pylist()[0]
    assert (row["cik"], row["isEtf"], row["ipoDate"]) == ("0000320193", False, date(1980, 12, 12))


@pytest.mark.parametrize(
    ("last", "calls"),
    [
        ("itself", 2),  # a server that does not know the parameter
        ("refused", 3),  # one that refuses what it does not have
    ],
)
def test_pages_end_without_an_empty_one(misbehave: Misbehave, last: str, calls: int) -> None:
    many = [f"S{n}" for n in range(600)]

    def answer(request: Request) -> Reply:
        if request.endpoint == "profile":
            return 200, json.dumps([{"symbol": request.query["symbol"]}])
        part = 0 if last == "itself" else int(request.query["part"])
        if part > 1:
            return 400, "Query Error: no such part"
        lines = ["symbol,price", *(f"{s},1" for s in many[part * 200 : part * 200 + 200])]
        return 200, "\n".join(lines)

    server = misbehave(answer)
    client = FmpClient(settings(server.url).model_copy(update={"fmp_calls_per_minute": 10_000}))
    with connected(server.url, client=client) as fmp:
        outcomes = fetch(fmp, COMPANY_PROFILE, many)

    assert sorted(symbols_in(outcomes)) == sorted(many)
    assert len(server.asked("profile-bulk")) == calls
    assert len(server.asked("profile")) == 600 - 200 * (calls - 1)


def test_the_key_travels_in_the_header_only(misbehave: Misbehave) -> None:
    server = misbehave(lambda _request: (200, "[]"))

    with connected(server.url, key="s3cret") as fmp:
        fetch(fmp, QUOTES, ["IBM"])

    assert {r.headers["apikey"] for r in server.requests} == {"s3cret"}
    assert not any("s3cret" in r.raw for r in server.requests)


def test_a_key_that_the_answer_repeats_is_masked(misbehave: Misbehave) -> None:
    server = misbehave(lambda _r: (401, '{"Error Message": "Invalid API KEY. s3cret"}'))

    with (
        connected(server.url, key="s3cret") as fmp,
        pytest.raises(AccountError, match=r"\*\*\*") as raised,
    ):
        fetch(fmp, QUOTES, ["IBM"])
    assert "s3cret" not in str(raised.value)


def test_quotes_that_nobody_asked_for_are_refused(misbehave: Misbehave) -> None:
    stray = {"symbol": "XXX", "price": 1, "timestamp": 1}
    server = misbehave(lambda _r: (200, json.dumps([stray, 7])))

    with connected(server.url) as fmp:
        (answer,) = fetch(fmp, QUOTES, ["IBM", "AAPL"])

    assert isinstance(answer, Answer)
    assert len(answer.rows) == 0
    assert [r.reason for r in answer.refused] == [
        "XXX was not asked for",
        "the record is a number, not an object",
    ]


def test_more_calls_than_the_plan_allows_wait_for_the_next_minute() -> None:
    """The real limit of the replay, on a clock whose minutes pass while the client sleeps."""
    naps: list[float] = []

    def clock() -> float:
        return time.time() + sum(naps)

    limit = CallLimit(3, clock=clock)
    with replay_server(limit=limit) as url:
        client = FmpClient(
            settings(url), sleep=naps.append, clock=lambda: time.monotonic() + sum(naps)
        )
        with connected(url, client=client) as fmp:
            outcomes = fetch(fmp, HISTORICAL_PRICE_EOD, SYMBOLS)

    assert symbols_in(outcomes) == list(SYMBOLS)
    assert client.retries == client.calls - len(SYMBOLS)
    assert client.retries >= 1
    assert 0.5 <= sum(naps) <= 130
