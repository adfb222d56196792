"""Edits of records, and the bulk files, as a raw client sees them over a real connection."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import pytest

from tests.conftest import SYMBOLS
from tests.replay.client import HISTORY, WEEK, Start, get, records, ruled


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
