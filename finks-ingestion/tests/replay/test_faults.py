"""Each effect of a scenario, as a raw client sees it over a real connection."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import pytest

from replay.scenario import parse_scenario
from replay.serving import Running, running_replay
from tests.conftest import KEY, SYMBOLS

HISTORY = "historical-price-eod/full"
WEEK = f"{HISTORY}?symbol=IBM&from=2013-02-18&to=2013-02-22"
Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a replay with the tables of a scenario."""
    with ExitStack() as stack:
        yield lambda **tables: stack.enter_context(running_replay(scenario=parse_scenario(tables)))


def ruled(start: Start, **rule: Any) -> Running:
    return start(rules=[rule])


def opened(replay: Running, path: str, key: str = KEY) -> HTTPResponse:
    parts = urlsplit(replay.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", f"{parts.path}/{path}", headers={"apikey": key})
    return connection.getresponse()


def get(replay: Running, path: str, key: str = KEY) -> tuple[int, bytes]:
    answer = opened(replay, path, key)
    return answer.status, answer.read()


def records(replay: Running, path: str) -> list[dict[str, Any]]:
    status, body = get(replay, path)
    assert status == 200, body
    found: list[dict[str, Any]] = json.loads(body)
    return found


def control(replay: Running, method: str, path: str) -> tuple[int, Any]:
    parts = urlsplit(replay.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if answer.status == 200 else body


def test_an_empty_scenario_answers_as_none_does(start: Start, replay_url: str) -> None:
    without, empty = Running(replay_url, start().app), start()
    paths = ["quote?symbol=IBM", "batch-quote?symbols=IBM,FB", "profile?symbol=IBM", WEEK]
    for path in [*paths, "quote", "nothing", "search-symbol?query=A", "eod-bulk?date=2013-03-01"]:
        expected, got = opened(without, path), opened(empty, path)
        assert (got.status, got.read()) == (expected.status, expected.read()), path
        assert got.headers["content-type"] == expected.headers["content-type"], path
    assert get(empty, "quote?symbol=IBM", key="wrong") == get(without, "quote?symbol=IBM", "wrong")


def test_latency_with_jitter(start: Start) -> None:
    effect = {"kind": "latency", "milliseconds": 150, "jitter": 100}
    began = time.monotonic()
    assert get(ruled(start, effect=effect), WEEK)[0] == 200
    assert 0.15 <= time.monotonic() - began < 2


def test_a_hanging_call_ends_with_its_client(start: Start) -> None:
    replay = ruled(start, preset="time-out", symbols=["IBM"])
    parts = urlsplit(replay.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=0.3)
    connection.request("GET", f"{parts.path}/{WEEK}", headers={"apikey": KEY})
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert get(replay, "quote?symbol=FB")[0] == 200, "the others are served"
    assert replay.log["by_status"] == {"0": 1, "200": 1}


@pytest.mark.parametrize(
    ("preset", "status", "phrase", "is_json"),
    [
        ("invalid-key", 401, "Invalid API KEY", True),
        ("legacy-endpoint", 403, "Legacy Endpoint", True),
        ("suspended", 403, "suspended", True),
        ("bandwidth-limit", 429, "Bandwidth Limit Reach", True),
        ("premium-symbol", 402, "This value set for 'symbol' is not available", False),
        ("premium-symbol-json", 402, "This value set for 'symbol' is not available", True),
        ("exclusive-endpoint", 402, "Exclusive Endpoint", False),
        ("exclusive-endpoint-json", 402, "Exclusive Endpoint", True),
        ("restricted-endpoint", 402, "Restricted Endpoint", False),
        ("rate-limit", 429, "Limit Reach .", True),
        ("error-body-key", 200, "Invalid API KEY", True),
        ("error-body-symbol", 200, "Premium Query Parameter", True),
        ("error-body-limit", 200, "Limit Reach .", True),
        ("error-body-unknown", 200, "Something", True),
        ("html-body", 200, "<html>", False),
        ("server-error", 500, "<html>", False),
        ("bad-gateway", 502, "<html>", False),
        ("gateway-timeout", 504, "<html>", False),
    ],
)
def test_answers(start: Start, preset: str, status: int, phrase: str, is_json: bool) -> None:
    got, body = get(ruled(start, preset=preset), WEEK)

    assert got == status
    assert phrase in (json.loads(body)["Error Message"] if is_json else body.decode())


@pytest.mark.parametrize(
    ("preset", "status", "body"),
    [
        ("no-data", 200, b"[]"),
        ("object-body", 200, b"{}"),
        ("empty-body", 200, b""),
        ("unavailable", 503, b""),
    ],
)
def test_small_answers(start: Start, preset: str, status: int, body: bytes) -> None:
    assert get(ruled(start, preset=preset), WEEK) == (status, body)


def test_retry_after(start: Start) -> None:
    answer = opened(ruled(start, preset="rate-limit-retry-after"), WEEK)
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")


def test_a_strict_limit_with_its_own_window(start: Start) -> None:
    replay = start(limit={"calls": 2, "window_seconds": 0.5, "counting": "sliding"})

    statuses = [get(replay, "quote?symbol=IBM")[0] for _ in range(3)]
    time.sleep(0.5)
    statuses.append(get(replay, "quote?symbol=IBM")[0])

    assert statuses == [200, 200, 429, 200]


def test_a_limit_of_bandwidth(start: Start) -> None:
    replay = start(limit={"calls": 100, "bandwidth_bytes": 1000})

    answers = [get(replay, WEEK) for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 429], "what was begun is sent whole"
    assert b"Bandwidth Limit Reach" in answers[-1][1]


def test_connection_reset(start: Start) -> None:
    with pytest.raises(ConnectionResetError):
        get(ruled(start, preset="connection-reset"), WEEK)


def test_reset_within_the_body(start: Start) -> None:
    answer = opened(ruled(start, preset="reset-in-body"), WEEK)
    assert answer.status == 200
    with pytest.raises(ConnectionResetError):
        answer.read()


def test_truncated_body(start: Start) -> None:
    answer = opened(ruled(start, preset="truncated-body"), WEEK)
    announced = int(answer.headers["content-length"])
    with pytest.raises(IncompleteRead) as raised:
        answer.read()
    assert len(raised.value.partial) == announced // 2


def test_broken_gzip(start: Start) -> None:
    answers = {}
    for preset in ("broken-gzip", "cut-gzip", "no-gzip"):
        answer = opened(ruled(start, preset=preset), WEEK)
        assert answer.headers["content-encoding"] == "gzip"
        answers[preset] = answer.read()

    with pytest.raises((zlib.error, gzip.BadGzipFile, EOFError)):
        gzip.decompress(answers["broken-gzip"])
    with pytest.raises(EOFError):
        gzip.decompress(answers["cut-gzip"])
    assert json.loads(answers["no-gzip"])[0]["symbol"] == "IBM"


def test_endless_body(start: Start) -> None:
    replay = ruled(start, preset="endless-body", symbols=["IBM"])
    answer = opened(replay, WEEK)
    begun = answer.read(1_000_000)
    answer.close()

    assert "content-length" not in answer.headers
    assert begun.startswith(b'[{"symbol":"IBM"')
    assert len(begun) == 1_000_000
    assert get(replay, "quote?symbol=FB")[0] == 200, "the server goes on"


def test_an_endless_body_of_bounded_length_is_valid(start: Start) -> None:
    effect = {"kind": "endless", "max_bytes": 100_000}
    assert len(records(ruled(start, effect=effect), WEEK)) > 500


def test_slow_drip(start: Start) -> None:
    effect = {"kind": "drip", "chunk_bytes": 100, "interval_milliseconds": 30}
    began = time.monotonic()
    found = records(ruled(start, effect=effect), WEEK)
    assert len(found) == 4, "whole in the end"
    assert time.monotonic() - began > 0.15


def test_a_split_restates_history_from_a_moment_on(start: Start) -> None:
    replay = ruled(
        start,
        endpoints=[HISTORY],
        symbols=["IBM"],
        from_call=2,
        effect={"kind": "restate", "factor": 0.5, "before": "2013-02-21"},
    )

    before, after = ({r["date"]: r for r in records(replay, WEEK)} for _ in range(2))

    assert before["2013-02-20"]["close"] == pytest.approx(after["2013-02-20"]["close"] * 2)
    assert before["2013-02-20"]["vwap"] == pytest.approx(after["2013-02-20"]["vwap"] * 2)
    assert after["2013-02-20"]["volume"] == before["2013-02-20"]["volume"] * 2
    assert after["2013-02-20"]["changePercent"] == before["2013-02-20"]["changePercent"]
    assert before["2013-02-21"] == after["2013-02-21"]


@pytest.mark.parametrize(
    ("effect", "field", "expected"),
    [
        ({"kind": "set", "fields": {"lei": ["x"]}}, "lei", ["x"]),
        ({"kind": "set", "fields": {"symbol": "XXX"}}, "symbol", "XXX"),
        ({"kind": "set", "fields": {"close": 1e300}}, "close", 1e300),
        ({"kind": "drop", "fields": ["close"]}, "close", None),
        ({"kind": "retype", "fields": {"volume": "string"}}, "volume", "3107900"),
        ({"kind": "retype", "fields": {"volume": "object"}}, "volume", {"value": 3107900}),
        ({"kind": "retype", "fields": {"volume": "list"}}, "volume", [3107900]),
        ({"kind": "retype", "fields": {"volume": "boolean"}}, "volume", True),
        ({"kind": "retype", "fields": {"symbol": "number"}}, "symbol", 1.0),
        ({"kind": "retype", "fields": {"nothing": "string"}}, "nothing", None),
    ],
)
def test_edits_of_fields(start: Start, effect: Any, field: str, expected: Any) -> None:
    first, *others = records(ruled(start, effect=effect | {"records": [0]}), WEEK)

    assert first.get(field) == expected
    assert all(other["symbol"] == "IBM" and other["close"] > 1 for other in others)
    assert len(others) == 3


def test_not_a_number(start: Start) -> None:
    assert all(math.isnan(r["close"]) for r in records(ruled(start, preset="not-a-number"), WEEK))


def test_records_outside_the_window_and_duplicates(start: Start) -> None:
    outside = records(ruled(start, preset="outside-window"), WEEK)
    assert len(outside) == 8
    assert [r["date"] for r in outside[4:]] == [f"2013-02-{day}" for day in (17, 16, 15, 14)]

    effect = {"kind": "duplicate", "records": [1], "changes": {"close": 1}}
    twice = records(ruled(start, effect=effect), WEEK)
    assert len(twice) == 5
    assert twice[1] | {"close": 1} == twice[2]


def test_a_batch_is_edited_for_the_symbols_of_the_rule_only(start: Start) -> None:
    effect = {"kind": "drop", "fields": ["price"]}
    replay = ruled(start, symbols=["FB"], effect=effect)
    answer = records(replay, "batch-quote?symbols=IBM,FB")
    assert ["price" in record for record in answer] == [True, False]


def test_the_plan(start: Start) -> None:
    small = start(plan={"batch": False})
    for path in ("batch-quote?symbols=IBM", "eod-bulk?date=2013-03-01", "profile-bulk?part=0"):
        status, body = get(small, path)
        assert (status, body[:19]) == (402, b"Restricted Endpoint"), path


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode())))


def test_bulk_files(start: Start) -> None:
    replay = start(plan={"bulk": True})

    bars = get(replay, "eod-bulk?date=2013-02-15")[1]
    assert bars.startswith(b"symbol,date,open,low,high,close,adjClose,volume\n")
    assert [row["symbol"] for row in rows(bars)] == list(SYMBOLS)
    single = records(replay, f"{HISTORY}?symbol=IBM&from=2013-02-15&to=2013-02-15")[0]
    ibm = rows(bars)[3]
    assert [float(ibm[n]) for n in ("open", "low", "high", "close", "volume")] == [
        single[n] for n in ("open", "low", "high", "close", "volume")
    ]
    assert rows(get(replay, "eod-bulk?date=2013-02-18")[1]) == [], "a holiday"

    profiles = rows(get(replay, "profile-bulk?part=0")[1])
    one = records(replay, "profile?symbol=FB")[0]
    assert list(profiles[1]) == list(one)
    assert profiles[1]["description"] == one["description"]
    assert (profiles[1]["isEtf"], profiles[1]["beta"]) == ("false", "")
    assert rows(get(replay, "profile-bulk?part=1")[1]) == []
    assert [get(replay, p)[0] for p in ("eod-bulk?date=x", "profile-bulk")] == [400, 400]


def test_bulk_files_are_edited_too(start: Start) -> None:
    effect = {"kind": "set", "fields": {"close": "n/a", "extra": 1}}
    replay = start(plan={"bulk": True}, rules=[{"symbols": ["IBM"], "effect": effect}])
    found = {row["symbol"]: row for row in rows(get(replay, "eod-bulk?date=2013-02-15")[1])}
    assert (found["IBM"]["close"], found["IBM"]["extra"]) == ("n/a", "1")
    assert (found["FB"]["close"], found["FB"]["extra"]) == ("28.32", "")


def test_effects_of_several_rules_add_up(start: Start) -> None:
    replay = start(
        rules=[
            {"effect": {"kind": "latency", "milliseconds": 60}},
            {"effect": {"kind": "latency", "milliseconds": 60}},
            {"name": "a", "effect": {"kind": "set", "fields": {"close": 1}}},
            {"name": "b", "effect": {"kind": "retype", "fields": {"close": "string"}}},
        ]
    )
    began = time.monotonic()
    assert records(replay, WEEK)[0]["close"] == "1"
    assert time.monotonic() - began >= 0.12
    assert list(replay.log["calls"][0]["faults"]) == ["latency", "latency", "a", "b"]


def test_the_list_of_calls(start: Start) -> None:
    replay = start(rules=[{"symbols": ["FB"], "preset": "premium-symbol"}])
    get(replay, f"quote?symbol=IBM&apikey={KEY}")
    get(replay, "quote?symbol=IBM")
    get(replay, "quote?symbol=FB")
    get(replay, "batch-quote?symbols=IBM,MSFT", key="wrong")

    status, view = control(replay, "GET", "/_replay/calls")

    assert status == 200
    assert (view["total"], view["distinct"]) == (4, 3)
    assert view["by_endpoint"] == {"batch-quote": 1, "quote": 3}
    assert view["by_status"] == {"200": 2, "401": 1, "402": 1}
    assert view["by_symbols"] == {"IBM,MSFT": 1, "FB": 1, "IBM": 2}
    assert view["calls"][2]["faults"] == ["premium-symbol"]
    assert view["calls"][0]["query"] == "symbol=IBM"
    assert KEY not in json.dumps(view)

    assert control(replay, "POST", "/_replay/reset")[0] == 200
    assert control(replay, "GET", "/_replay/calls")[1]["total"] == 0
    assert control(replay, "GET", "/_replay/reset")[0] == 404


def test_clones_have_the_prices_of_their_originals(start: Start) -> None:
    replay = start(clones=7, prerendered=True)
    clone, original = (records(replay, f"{HISTORY}?symbol={s}") for s in ("AAPL.002", "AAPL"))
    assert [r | {"symbol": "AAPL"} for r in clone] == original
    assert records(replay, "profile?symbol=FB.002")[0]["companyName"] == "Facebook, Inc."
    assert records(replay, "quote?symbol=GOOG.002") == []


def test_prerendered_bodies_are_made_once_and_edited_each_time(start: Start) -> None:
    effect = {"kind": "set", "fields": {"close": 1}}
    replay = start(prerendered=True, rules=[{"calls": [2], "effect": effect}])
    first, second, third = (records(replay, WEEK) for _ in range(3))
    assert first == third
    assert {r["close"] for r in second} == {1}
    assert get(replay, WEEK, key="wrong")[0] == 401


def test_the_server_stops_while_calls_hang() -> None:
    scenario = parse_scenario({"rules": [{"preset": "time-out"}]})
    with running_replay(scenario=scenario) as replay:
        parts = urlsplit(replay.url)
        with socket.create_connection((parts.hostname, parts.port)) as hanging:
            hanging.sendall(b"GET /stable/quote HTTP/1.1\r\nhost: x\r\napikey: k\r\n\r\n")
            began = time.monotonic()
    assert time.monotonic() - began < 5
