"""Which calls the FMP connector makes, and what it makes of the answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date

import pytest

from connectors.errors import AccountError
from connectors.fmp.client import FmpClient
from connectors.fmp.connector import FmpConnector
from connectors.fmp.schemas import HISTORICAL_PRICE_EOD, QUOTE
from connectors.fmp.settings import FmpSettings
from replay.access import CallLimit
from tests.conftest import KEY, SYMBOLS
from tests.prices import adjusted
from tests.servers import Answer, FaultServer, Request, replay_server
from utils.dates import Window

Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]
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


def connector(url: str, key: str = KEY) -> FmpConnector:
    return FmpConnector(settings(url, key))


def test_a_range_beyond_four_years_is_split(replay_url: str) -> None:
    """The replay cuts longer answers, as FMP does: without the split the first years miss."""
    fmp = connector(replay_url)

    window = Window(date(2007, 12, 31), date(2013, 2, 28))
    fetched = fmp.fetch(HISTORICAL_PRICE_EOD, ["IBM"], window)

    frame = adjusted()
    want = frame[(frame["ticker"] == "IBM") & frame["date"].between("2007-12-31", "2013-02-28")]
    records = [r for r in fetched.records["IBM"] if isinstance(r, dict)]
    assert fmp.api_calls == 2
    assert sorted(r["date"] for r in records) == [d.date().isoformat() for d in want["date"]]
    assert sum(r["close"] for r in records) == pytest.approx(want["close"].sum())


def test_quotes_come_in_one_call(replay_url: str) -> None:
    fmp = connector(replay_url)

    fetched = fmp.fetch(QUOTE, [*SYMBOLS, "ZZZZ"], TODAY)

    assert fmp.api_calls == 1
    assert {s for s, records in fetched.records.items() if len(records) == 1} == set(SYMBOLS)
    assert fetched.unknown == {"ZZZZ"}


@pytest.mark.parametrize("body", [NOT_IN_PLAN, json.dumps({"Error Message": NOT_IN_PLAN})])
def test_without_batch_quotes_in_the_plan_they_are_asked_for_one_by_one(
    misbehave: Misbehave, body: str
) -> None:
    def answer(request: Request) -> Answer:
        if request.endpoint == "batch-quote":
            return 402, body
        return 200, json.dumps([{"symbol": request.query["symbol"], "price": 1}])

    fmp_server = misbehave(answer)

    fetched = connector(fmp_server.url).fetch(QUOTE, ["AAPL", "IBM"], TODAY)

    assert len(fmp_server.asked("batch-quote")) == 1
    assert [query["symbol"] for query in fmp_server.asked("quote")] == ["AAPL", "IBM"]
    assert fetched.records["IBM"] == [{"symbol": "IBM", "price": 1}]
    assert not fetched.failed


def test_the_key_travels_in_the_header_only(misbehave: Misbehave) -> None:
    server = misbehave(lambda _request: (200, "[]"))

    connector(server.url, key="s3cret").fetch(QUOTE, ["IBM"], TODAY)

    assert {r.headers["apikey"] for r in server.requests} == {"s3cret"}
    assert not any("s3cret" in r.raw for r in server.requests)


def test_a_key_that_the_answer_repeats_is_masked(misbehave: Misbehave) -> None:
    server = misbehave(lambda _r: (401, '{"Error Message": "Invalid API KEY. s3cret"}'))

    with pytest.raises(AccountError, match=r"\*\*\*") as raised:
        connector(server.url, key="s3cret").fetch(QUOTE, ["IBM"], TODAY)
    assert "s3cret" not in str(raised.value)


def test_a_quote_of_a_symbol_nobody_asked_for_is_a_stray(misbehave: Misbehave) -> None:
    server = misbehave(lambda _r: (200, '[{"symbol": "XXX", "price": 1}, 7]'))

    fetched = connector(server.url).fetch(QUOTE, ["IBM"], TODAY)

    assert fetched.strays == [{"symbol": "XXX", "price": 1}, 7]
    assert fetched.records == {"IBM": []}


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
        fetched = FmpConnector(settings(url), client).fetch(HISTORICAL_PRICE_EOD, SYMBOLS, TODAY)

    assert not fetched.failed
    assert all(len(records) == 1 for records in fetched.records.values())
    assert (client.calls, client.retries) == (6, 1)
    assert 0.5 <= sum(naps) <= 61
