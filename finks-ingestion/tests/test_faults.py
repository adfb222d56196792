"""Faults of FMP and of S3: the exit code, the message, and what bronze then holds."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.publishing import Publisher
from tests.conftest import Extract, Lake
from tests.servers import TRUNCATED, Answer, FaultServer, Request

Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]
HISTORY = "historical_price_eod"
DAY = "2013-02-15"


def bar(symbol: str, day: str = DAY, /, **changes: Any) -> dict[str, Any]:
    prices = {"open": 10, "high": 11.5, "low": 9.5, "close": 11, "volume": 100}
    return {"symbol": symbol, "date": day, **prices, "change": 1, "vwap": 10.7} | changes


def serving(bars: Callable[[str], object]) -> Callable[[Request], Answer]:
    """A well-behaved history of `bars(symbol)`, and a profile for each symbol but ZZZZ."""

    def answer(request: Request) -> Answer:
        symbol = request.query["symbol"]
        if request.endpoint == "profile":
            return 200, "[]" if symbol == "ZZZZ" else json.dumps([{"symbol": symbol}])
        return 200, json.dumps(bars(symbol))

    return answer


def test_an_unknown_symbol_is_named_and_the_others_are_committed(
    extract: Extract, lake: Lake
) -> None:
    outcome = extract(SYMBOLS="AAPL,ZZZZ,IBM")

    assert outcome.code == 4
    assert "unknown symbols: ZZZZ; correct them" in outcome.error
    manifest = lake.manifest(HISTORY, DAY)
    assert (manifest["status"], manifest["symbols_empty"]) == ("incomplete", ["ZZZZ"])
    assert manifest["symbols_received"] == ["AAPL", "IBM"]
    assert extract(SYMBOLS="AAPL,IBM").code == 0, "without it the date can be completed"
    assert lake.manifest(HISTORY, DAY)["status"] == "complete"


def test_a_wrong_key(extract: Extract, lake: Lake) -> None:
    outcome = extract(FMP_API_KEY="wrong", FMP_RETRY_SECONDS="60")

    assert outcome.code == 3
    assert "Invalid API KEY" in outcome.error
    assert "set a valid key as FMP_API_KEY" in outcome.error
    assert outcome.summary["api_calls"] == 1
    assert lake.keys() == []


def test_a_dead_server(extract: Extract, lake: Lake) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/stable"
        began = time.monotonic()
        outcome = extract(FMP_BASE_URL=url, FMP_RETRY_SECONDS="20", EXTRACTION_DATE="2013-03-01")

    assert outcome.code == 5
    assert f"cannot connect to {url}" in outcome.error
    assert "check FMP_BASE_URL" in outcome.error
    assert time.monotonic() - began < 20, "not the budget for each symbol and dataset"
    assert lake.keys() == []


def test_a_hanging_server(extract: Extract, lake: Lake, misbehave: Misbehave) -> None:
    def hang(_request: Request) -> Answer:
        time.sleep(0.6)
        return 200, "[]"

    server = misbehave(hang)
    outcome = extract(FMP_BASE_URL=server.url, FMP_TIMEOUT_SECONDS="0.2", CONCURRENCY="1")

    assert outcome.code == 5
    assert "did not answer" in outcome.error
    assert len(server.requests) == 3, "a few are tried, the other symbols are not waited for"
    assert lake.keys() == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, "oops"),
        (503, ""),
        (200, "<html>maintenance</html>"),
        (200, '[{"symbol": "AAPL",'),
        (200, TRUNCATED + '[{"symbol": "AAPL"'),
        (200, '{"status": "ok"}'),
    ],
)
def test_garbage_is_transient(
    extract: Extract, lake: Lake, misbehave: Misbehave, status: int, body: str
) -> None:
    outcome = extract(FMP_BASE_URL=misbehave(lambda _request: (status, body)).url)

    assert outcome.code == 5, outcome.error
    assert "run again later" in outcome.error
    assert lake.keys() == []


def test_a_passing_fault_is_retried(extract: Extract, lake: Lake, misbehave: Misbehave) -> None:
    good, faults = serving(lambda symbol: [bar(symbol)]), [(502, ""), (200, TRUNCATED + "[")]
    server = misbehave(lambda request: faults.pop() if faults else good(request))

    outcome = extract(FMP_BASE_URL=server.url, FMP_RETRY_SECONDS="20")

    assert (outcome.code, outcome.summary["retries"]) == (0, 2), outcome.error
    assert len(lake.rows(HISTORY, DAY)) == 5


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            (402, "Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is"),
            "leave the symbol out",
        ),
        ((500, "oops"), "run again later"),
    ],
)
def test_one_failing_symbol_does_not_stop_the_others(
    extract: Extract, lake: Lake, misbehave: Misbehave, answer: Answer, message: str
) -> None:
    good = serving(lambda symbol: [bar(symbol)])
    server = misbehave(lambda r: answer if r.query["symbol"] == "GOOG" else good(r))

    outcome = extract(FMP_BASE_URL=server.url)

    assert outcome.code == 4
    assert "GOOG" in outcome.error
    assert message in outcome.error
    manifest = lake.manifest(HISTORY, DAY)
    assert (manifest["status"], manifest["symbols_failed"]) == ("incomplete", ["GOOG"])
    assert len(lake.rows(HISTORY, DAY)) == 4


def test_a_worse_result_never_replaces_a_better_one(
    extract: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    extract(RUN_ID="good")
    good = serving(lambda symbol: [bar(symbol)])
    server = misbehave(lambda r: (500, "") if r.query["symbol"] == "GOOG" else good(r))

    outcome = extract(FMP_BASE_URL=server.url, FORCE="true", RUN_ID="bad")

    assert outcome.code != 0
    assert outcome.dataset()["dates_committed"]["count"] == 0
    assert lake.manifest(HISTORY, DAY)["run_id"] == "good"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"close": None}, "close is missing"),
        ({"close": -1}, "close is -1, not above 0"),
        ({"high": 9}, "high 9 is below low 9.5"),
        ({"close": 12}, "close 12 is outside the day's range"),
        ({"volume": -5}, "volume is -5, below 0"),
        ({"open": float("nan")}, "open is NaN: not finite"),
        ({"open": 10**400}, "absurdly large"),
        ({"date": "2013-02-14"}, "2013-02-14 is outside the asked 2013-02-15"),
        ({"date": "15.02.2013"}, "date is '15.02.2013': '15.02.2013' is no date"),
        ({"date": None}, "date is missing"),
        ({"symbol": "IBM"}, "asked for AAPL, answered IBM"),
    ],
)
def test_bad_records_go_to_quarantine(
    extract: Extract, lake: Lake, misbehave: Misbehave, changes: dict[str, Any], reason: str
) -> None:
    server = misbehave(
        serving(lambda symbol: [bar(symbol, **(changes if symbol == "AAPL" else {}))])
    )

    outcome = extract(FMP_BASE_URL=server.url, SYMBOLS="AAPL,MSFT", RUN_ID="run-1")

    assert outcome.code == 4
    key = f"fmp/_quarantine/{HISTORY}/run=run-1.jsonl"
    assert key in outcome.error
    refused = [json.loads(line) for line in lake.read(key).splitlines()]
    assert len(refused) == 1
    assert reason in refused[0]["reason"]
    assert refused[0]["record"]["volume"] is not None
    assert lake.manifest(HISTORY, DAY)["status"] == "incomplete"
    assert [row["symbol"] for row in lake.rows(HISTORY, DAY)] == ["MSFT"]


def test_repeated_records(extract: Extract, lake: Lake, misbehave: Misbehave) -> None:
    def bars(symbol: str) -> object:
        other = bar(symbol, close=10.5) if symbol == "IBM" else bar(symbol)
        return [bar(symbol), other]

    same = extract(FMP_BASE_URL=misbehave(serving(bars)).url, SYMBOLS="AAPL")
    assert same.code == 0, "an exact repetition takes nothing away"
    assert same.dataset()["records_rejected"] == 1

    contradicting = extract(FMP_BASE_URL=misbehave(serving(bars)).url, SYMBOLS="AAPL,IBM")
    assert contradicting.code == 4
    assert lake.manifest(HISTORY, DAY)["symbols_rejected"] == ["IBM"]
    assert len(lake.rows(HISTORY, DAY)) == 2


def test_unknown_fields_and_fractions_of_shares_are_kept(
    extract: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    server = misbehave(serving(lambda s: [bar(s, adjClose=10.9, tags=["x"], volume=100.6)]))

    outcome = extract(FMP_BASE_URL=server.url, SYMBOLS="AAPL")

    assert outcome.code == 0, outcome.error
    row = lake.rows(HISTORY, DAY)[0]
    assert row["volume"] == 101
    assert json.loads(row["_extra"]) == {"adjClose": 10.9, "tags": ["x"], "volume": 100.6}


def test_a_symbol_that_stops_is_incomplete(
    extract: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    def bars(symbol: str) -> object:
        days = ["2013-02-13"] if symbol == "IBM" else ["2013-02-13", "2013-02-14"]
        return [bar(symbol, day) for day in days]

    outcome = extract(
        FMP_BASE_URL=misbehave(serving(bars)).url,
        EXTRACTION_START="2013-02-13",
        EXTRACTION_END="2013-02-14",
    )

    assert outcome.code == 4
    assert "no record of IBM" in outcome.error
    assert lake.manifest(HISTORY, "2013-02-13")["status"] == "complete"
    assert lake.manifest(HISTORY, "2013-02-14")["status"] == "incomplete"


def test_days_that_the_source_has_not_published_yet_are_incomplete(
    extract: Extract, lake: Lake, misbehave: Misbehave
) -> None:
    server = misbehave(serving(lambda symbol: [bar(symbol, "2013-02-13")]))
    window = {"EXTRACTION_START": "2013-02-13", "EXTRACTION_END": "2013-02-14"}

    outcome = extract(FMP_BASE_URL=server.url, **window)
    assert outcome.code == 4
    assert "no symbol has a record on 2013-02-14" in outcome.error
    assert lake.dates(HISTORY) == ["2013-02-13"]

    later = extract(**window)
    assert later.code == 0, "the next run goes on with what is missing"
    assert later.dataset()["dates_committed"]["first"] == "2013-02-14"


def test_an_unreachable_s3_is_transient(extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        outcome = extract()

    assert outcome.code == 5
    assert f"check that {url} answers" in outcome.error


def test_an_outage_is_not_taken_for_days_without_records(extract: Extract) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        outcome = extract(FMP_BASE_URL=url)

    assert outcome.code == 5
    assert outcome.dataset()["dates_without_records"] == []


def test_what_nobody_foresaw_ends_with_a_summary_and_the_traceback_in_the_log(
    extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of a test")

    monkeypatch.setattr(Publisher, "commit", fail)
    outcome = extract()

    assert (outcome.code, outcome.summary["exit_code"]) == (1, 1)
    assert outcome.summary["status"] == "failed"
    assert "ZeroDivisionError: of a test; this is a mistake of the connector" in outcome.error
    (told,) = [line for line in outcome.log if line["level"] == "CRITICAL"]
    assert "in fail" in told["exception"]


@pytest.mark.parametrize("remedy", ["copy the version before over it", "delete it"])
def test_a_broken_manifest_is_named_with_a_remedy_that_works(
    extract: Extract, lake: Lake, remedy: str
) -> None:
    """On AWS bronze keeps versions, and nobody may delete."""
    key = f"fmp/{HISTORY}/dt={DAY}/_manifest.json"
    lake.client.put_bucket_versioning(
        Bucket=lake.name, VersioningConfiguration={"Status": "Enabled"}
    )
    assert extract().code == 0
    before = lake.client.head_object(Bucket=lake.name, Key=key)["VersionId"]
    lake.client.put_object(Bucket=lake.name, Key=key, Body=b"{}")

    outcome = extract()
    assert outcome.code == 2
    assert f"{key} is no manifest" in outcome.error
    assert remedy in outcome.error
    if remedy == "delete it":
        lake.client.delete_object(Bucket=lake.name, Key=key)
    else:
        lake.client.copy_object(
            Bucket=lake.name,
            Key=key,
            CopySource={"Bucket": lake.name, "Key": key, "VersionId": before},
        )

    again = extract()
    assert again.code == 0, again.error
    assert len(lake.rows(HISTORY, DAY)) == 5


@pytest.mark.parametrize("from_file", [False, True])
def test_symbols_beyond_ten_are_not_said_to_be_known_or_unknown(
    extract: Extract, misbehave: Misbehave, tmp_path: Path, from_file: bool
) -> None:
    """Nobody looked them up."""
    server = misbehave(serving(lambda symbol: [bar(symbol)] if symbol == "AAPL" else []))
    names = ["AAPL", *(f"S{n:02}" for n in range(13))]
    listing = tmp_path / "symbols.txt"
    listing.write_text("\n".join(names))
    given = {"SYMBOLS": "", "SYMBOLS_URI": str(listing)} if from_file else {}
    outcome = extract(**({"SYMBOLS": ",".join(names)} | given), FMP_BASE_URL=server.url)

    assert outcome.code == 4
    assert sorted(q["symbol"] for q in server.asked("profile")) == names[1:11]
    where = "the file of SYMBOLS_URI" if from_file else "SYMBOLS"
    looked_up, not_looked_up = names[1:11], names[11:]
    assert outcome.dataset()["reason"] == (
        f"no record of {', '.join(not_looked_up)}, and not looked up why; run these alone to "
        f"learn it, or take them out of {where}; no record of {', '.join(looked_up)} on some "
        "trading days; run again when the source has them, or take a delisted symbol out of "
        f"{where}"
    )
    (done,) = (
        line
        for line in outcome.log
        if line.get("event") == "dataset_done" and line["dataset"] == HISTORY
    )
    assert (done["calls"], done["calls_done"]) == (24, 24), "look-ups are calls, too"


def test_look_ups_that_fail_are_told_once_for_one_reason(
    extract: Extract, misbehave: Misbehave
) -> None:
    good = serving(lambda symbol: [bar(symbol)] if symbol == "AAPL" else [])
    server = misbehave(lambda r: (503, "") if r.endpoint == "profile" else good(r))
    outcome = extract(FMP_BASE_URL=server.url, DATASETS=HISTORY, CONCURRENCY="1")

    assert outcome.code == 4
    assert "no record of FB, GOOG, IBM, MSFT, and not looked up why" in outcome.error
    told = [line["message"] for line in outcome.log if "cannot look up" in line["message"]]
    assert len(told) == 3, "the last one was given up like the one before"
