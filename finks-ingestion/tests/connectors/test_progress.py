"""What a run tells of its progress: the calls that were made, and the rows that are new."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from tests.conftest import Extract, Outcome
from tests.servers import Answer, FaultServer, Request

Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]
HISTORY = "historical_price_eod"


def bar(request: Request) -> Answer:
    record = {"symbol": request.query["symbol"], "date": "2013-02-15", "close": 1, "volume": 1}
    return 200, json.dumps([record])


def done(outcome: Outcome) -> tuple[int, int, int]:
    """Calls planned, calls made and rows, as the last event of the history has them."""
    (event,) = (
        line
        for line in outcome.log
        if line.get("event") == "dataset_done" and line["dataset"] == HISTORY
    )
    return event["calls"], event["calls_done"], event["rows"]


def test_rows_that_bronze_has_are_not_counted_again(extract: Extract) -> None:
    first = extract(EXTRACTION_START="2013-02-13", EXTRACTION_END="2013-02-14")
    second = extract(EXTRACTION_START="2013-02-15", EXTRACTION_END="2013-02-15")

    assert done(first) == (5, 5, 10)
    assert done(second) == (5, 5, 5), "though the answers overlap with the two days before"
    assert second.summary["rows"] == 5


def test_calls_after_the_deadline_are_not_counted(extract: Extract, misbehave: Misbehave) -> None:
    def slow(request: Request) -> Answer:
        time.sleep(0.7)
        return bar(request)

    server = misbehave(slow)
    outcome = extract(
        FMP_BASE_URL=server.url, DATASETS=HISTORY, CONCURRENCY="1", RUN_DEADLINE_SECONDS="1"
    )

    assert outcome.code == 4
    assert len(server.requests) < 5
    assert done(outcome) == (5, len(server.requests), len(server.requests))


@pytest.mark.parametrize("setting", [{}, {"FMP_CALLS_PER_DAY": "1000"}])
def test_calls_of_a_source_that_is_given_up_are_not_counted(
    extract: Extract, misbehave: Misbehave, setting: dict[str, str]
) -> None:
    server = misbehave(lambda _request: (503, ""))
    symbols = [f"S{n}" for n in range(50)]
    outcome = extract(
        FMP_BASE_URL=server.url,
        DATASETS=HISTORY,
        SYMBOLS=",".join(symbols),
        CONCURRENCY="1",
        **setting,
    )

    assert outcome.code == 5
    assert len(server.requests) == 3
    assert done(outcome) == (50, 3, 0)
    assert sorted(outcome.dataset()["symbols_failed"]) == sorted(symbols)
    warnings = [line for line in outcome.log if line["level"] == "WARNING"]
    assert "FMP refused" in warnings[0]["message"]
    assert len(warnings) < 10, "not one for each symbol that nobody asked for"
