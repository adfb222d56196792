"""Answers, damage and limits of a scenario, as a raw client sees them over a real connection."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from http.client import IncompleteRead
from urllib.parse import urlsplit

import pytest

from replay.scenario import parse_scenario
from replay.serving import Running, running_replay
from tests.conftest import KEY
from tests.replay.client import HISTORY, WEEK, Start, connect, control, get, opened, records, ruled


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
    connection = connect(replay, seconds=0.3)
    connection.request("GET", f"/stable/{WEEK}", headers={"apikey": KEY})
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
    assert [call["key_in"] for call in view["calls"][:2]] == ["query", "header"]
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
