"""The replay as a client sees it, against pandas on the price file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pandas as pd
import pytest

from replay.access import CallLimit
from replay.prices import load_prices
from replay.settings import ReplaySettings, read_settings
from tests.conftest import KEY, SYMBOLS
from tests.prices import adjusted
from tests.servers import replay_server

QUOTE_KEYS = """
    symbol name price changePercentage change volume dayLow dayHigh yearHigh yearLow marketCap
    priceAvg50 priceAvg200 exchange open previousClose timestamp
""".split()  # noqa: SIM905
PROFILE_KEYS = """
    symbol price marketCap beta lastDividend range change changePercentage volume averageVolume
    companyName currency cik isin cusip exchangeFullName exchange industry website description
    ceo sector country fullTimeEmployees phone address city state zip image ipoDate defaultImage
    isEtf isActivelyTrading isAdr isFund
""".split()  # noqa: SIM905
HISTORY_KEYS = """
    symbol date open high low close volume change changePercent vwap
""".split()  # noqa: SIM905

Get = Callable[..., Any]


@pytest.fixture
def get(replay_url: str) -> Get:
    def call(endpoint: str, **parameters: str) -> Any:
        answer = httpx.get(f"{replay_url}/{endpoint}", params=parameters, headers={"apikey": KEY})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return call


def bars_of(symbol: str) -> pd.DataFrame:
    frame = adjusted()
    return frame[frame["ticker"] == symbol].set_index("date")


def test_keys_and_their_order_are_those_of_fmp(get: Get) -> None:
    assert list(get("quote", symbol="AAPL")[0]) == QUOTE_KEYS
    assert list(get("profile", symbol="AAPL")[0]) == PROFILE_KEYS
    history = get("historical-price-eod/full", symbol="AAPL")
    assert list(history[0]) == HISTORY_KEYS


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_quote_is_computed_from_the_prices(get: Get, symbol: str) -> None:
    quote, bars = get("quote", symbol=symbol)[0], bars_of(symbol)

    last, previous = bars.iloc[-1], bars.iloc[-2]
    year = bars.loc["2012-03-03":]
    expected = {
        "price": last["close"],
        "change": last["close"] - previous["close"],
        "changePercentage": (last["close"] / previous["close"] - 1) * 100,
        "dayLow": last["low"],
        "dayHigh": last["high"],
        "yearHigh": year["high"].max(),
        "yearLow": year["low"].min(),
        "priceAvg50": bars["close"].tail(50).mean(),
        "priceAvg200": bars["close"].tail(200).mean(),
        "open": last["open"],
        "previousClose": previous["close"],
        "volume": last["volume"],
    }
    assert {name: quote[name] for name in expected} == pytest.approx(expected, abs=6e-5)
    closing = datetime.fromtimestamp(quote["timestamp"], UTC)
    assert closing == datetime(2013, 3, 1, 21, tzinfo=UTC), "16:00 in New York"


def test_types_are_those_of_fmp(get: Get) -> None:
    profile = get("profile", symbol="AAPL")[0]

    assert [profile[n] for n in ("cik", "cusip", "zip")] == ["0000320193", "037833100", "95014"]
    assert isinstance(profile["fullTimeEmployees"], str)
    assert isinstance(profile["volume"], int)
    assert profile["isEtf"] is False
    assert profile["range"] == "429.98-705.07"
    day = {"symbol": "AAPL", "from": "2013-03-01", "to": "2013-03-01"}
    assert '"open":438,' in json.dumps(
        get("historical-price-eod/full", **day)[0], separators=(",", ":")
    ), "whole numbers without a decimal point"


def test_google_is_listed_as_it_was_in_2013(get: Get) -> None:
    assert get("profile", symbol="GOOG")[0]["companyName"] == "Google Inc."
    assert get("quote", symbol="GOOGL") == []


def test_change_in_history_is_close_less_open_of_the_day(get: Get) -> None:
    day = {"symbol": "IBM", "from": "2013-02-15", "to": "2013-02-15"}
    record = get("historical-price-eod/full", **day)[0]

    assert record["change"] == pytest.approx(record["close"] - record["open"], abs=1e-9)
    assert record["changePercent"] == pytest.approx(
        (record["close"] / record["open"] - 1) * 100, abs=6e-6
    )


def test_history_is_inclusive_and_newest_first(get: Get) -> None:
    span = {"symbol": "FB", "from": "2013-02-15", "to": "2013-02-20"}
    days = [record["date"] for record in get("historical-price-eod/full", **span)]

    assert days == ["2013-02-20", "2013-02-19", "2013-02-15"]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_whole_adjusted_history_matches_pandas(symbol: str) -> None:
    bars, expected = load_prices(date(2013, 3, 1))[symbol], bars_of(symbol)

    assert [bar.day for bar in bars] == [day.date() for day in expected.index]
    for name in ("open", "high", "low", "close", "volume"):
        got = [float(getattr(bar, name)) for bar in bars]
        assert got == pytest.approx(list(expected[name]), rel=1e-12)


def test_a_split_that_is_still_to_come_adjusts_nothing() -> None:
    before, after = (load_prices(day)["AAPL"] for day in (date(2005, 2, 25), date(2005, 2, 28)))

    raw = adjusted("2005-02-25")
    closes = raw[raw["ticker"] == "AAPL"]["close"]
    assert [float(bar.close) for bar in before] == pytest.approx(list(closes))
    assert [bar.close for bar in before] == [bar.close * 2 for bar in after[:-1]]
    assert [bar.volume * 2 for bar in before] == [bar.volume for bar in after[:-1]]


def test_nothing_after_today_is_served() -> None:
    with replay_server(ReplaySettings(today=date(2012, 5, 16))) as url:
        client = httpx.Client(base_url=url, headers={"apikey": KEY})
        span = {"symbol": "IBM", "from": "2012-05-01", "to": "2013-03-01"}
        newest = client.get("/historical-price-eod/full", params=span).json()[0]
        assert newest["date"] == "2012-05-16"
        assert client.get("/quote", params={"symbol": "FB"}).json() == []
        assert client.get("/search-symbol", params={"query": "FB"}).json() == []


@pytest.mark.parametrize(
    ("endpoint", "parameters"),
    [
        ("quote", {"symbol": "ZZZZ"}),
        ("quote", {"symbol": "AAPL,IBM"}),
        ("profile", {"symbol": "ZZZZ"}),
        ("batch-quote", {"symbols": "ZZZZ"}),
        ("search-symbol", {"query": "ZZZZ"}),
        ("historical-price-eod/full", {"symbol": "ZZZZ"}),
        ("historical-price-eod/full", {"symbol": "IBM", "from": "2013-02-16", "to": "2013-02-18"}),
        ("historical-price-eod/full", {"symbol": "IBM", "from": "1990-01-01", "to": "1990-02-01"}),
    ],
)
def test_no_data_is_an_empty_list(get: Get, endpoint: str, parameters: dict[str, str]) -> None:
    assert get(endpoint, **parameters) == []


def test_batch_and_search(get: Get) -> None:
    batch = get("batch-quote", symbols="IBM,ZZZZ,aapl")
    assert [quote["symbol"] for quote in batch] == ["IBM", "AAPL"]
    assert batch[1] == get("quote", symbol="AAPL")[0]
    assert [found["symbol"] for found in get("search-symbol", query="b")] == ["FB", "IBM"]
    assert get("search-symbol", query="b", exchange="nyse")[0]["symbol"] == "IBM"
    assert len(get("search-symbol", query="b", limit="1")) == 1


def test_the_key_is_checked_in_query_and_header(replay_url: str) -> None:
    url = f"{replay_url}/quote?symbol=IBM"

    assert httpx.get(url, headers={"apikey": KEY}).status_code == 200
    assert httpx.get(f"{url}&apikey={KEY}").status_code == 200
    for refused in (httpx.get(url), httpx.get(url, headers={"apikey": "wrong"})):
        assert refused.status_code == 401
        assert refused.json()["Error Message"].startswith("Invalid API KEY.")


def test_health_needs_no_key(replay_url: str) -> None:
    health = httpx.get(replay_url.removesuffix("/stable") + "/health").json()

    assert health == {"status": "ok", "today": "2013-03-01", "symbols": list(SYMBOLS)}


def test_calls_are_limited_per_key_and_minute() -> None:
    now = 60_000.0
    settings = ReplaySettings(api_keys=frozenset({"a", "b"}), calls_per_minute=2)
    with replay_server(settings, CallLimit(2, clock=lambda: now)) as url:

        def status(key: str) -> int:
            answer = httpx.get(f"{url}/quote?symbol=IBM", headers={"apikey": key})
            if answer.status_code == 429:
                assert answer.json()["Error Message"].startswith("Limit Reach . Please upgrade")
            return answer.status_code

        assert [status("a") for _ in range(3)] == [200, 200, 429]
        assert status("b") == 200
        now += 60
        assert status("a") == 200


def test_legacy_paths_are_refused(replay_url: str) -> None:
    root = replay_url.removesuffix("/stable")
    answer = httpx.get(f"{root}/api/v3/quote/AAPL", headers={"apikey": KEY})

    assert answer.status_code == 403
    assert answer.json()["Error Message"].startswith("Legacy Endpoint")


def test_settings_come_from_the_environment() -> None:
    settings = read_settings(
        {"FINKS_TODAY": "2012-06-01", "REPLAY_API_KEYS": "a, b", "REPLAY_CALLS_PER_MINUTE": "7"}
    )

    assert settings == ReplaySettings(date(2012, 6, 1), frozenset({"a", "b"}), 7)
    assert read_settings({"FINKS_TODAY": ""}) == ReplaySettings()


@pytest.mark.parametrize("environment", [{"FINKS_TODAY": "soon"}, {"REPLAY_CALLS_PER_MINUTE": "0"}])
def test_bad_settings_say_what_to_write(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="write"):
        read_settings(environment)
