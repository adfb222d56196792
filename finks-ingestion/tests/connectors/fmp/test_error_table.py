"""Every way in which FMP is known to fail, end to end: what the run makes of it.

The rows are those of FMP's table of errors, and the faults of networks and servers. Each runs
the real connector against a scripted FMP over HTTP and a real S3 endpoint.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from replay.presets import PRESETS
from tests.conftest import Extract, Lake
from tests.connectors.fmp.table import (
    EVERYTHING,
    HISTORY,
    KEY,
    NOTHING,
    PAST,
    PROFILE,
    QUOTE,
    TODAY,
    Row,
    run_row,
)

END_OF_DAY = "historical-price-eod/full"
OTHERS = frozenset({"AAPL", "IBM"})
SLOW_DRIP = {"effect": {"kind": "drip", "chunk_bytes": 1, "interval_milliseconds": 20}}


def always(preset: str, **conditions: Any) -> list[dict[str, Any]]:
    return [{"preset": preset} | conditions]


def for_goog(preset: str, *endpoints: str) -> list[dict[str, Any]]:
    return always(preset, symbols=["GOOG"], endpoints=list(endpoints))


def at_first(preset: str) -> list[dict[str, Any]]:
    """The first attempt of each request fails."""
    return always(preset, count_by="request", calls=[1])


ACCOUNT = [
    Row("401", always("invalid-key"), 3, NOTHING, 1, "set a valid key as FMP_API_KEY"),
    Row("a wrong key", [], 3, NOTHING, 1, "Invalid API KEY", settings={"FMP_API_KEY": "wrong"}),
    Row("401 on the way", always("invalid-key", from_call=2), 3, NOTHING, (2, 3), "a valid key"),
    Row("401 for quotes", always("invalid-key"), 3, NOTHING, 1, "a valid key", QUOTE),
    Row("403 legacy", always("legacy-endpoint"), 3, NOTHING, 1, "set FMP_BASE_URL"),
    Row("403 suspended", always("suspended"), 3, NOTHING, 1, "settle the account"),
    Row("403 for profiles", always("suspended"), 3, NOTHING, 1, "settle the account", PROFILE),
    Row("429 bandwidth", always("bandwidth-limit"), 3, NOTHING, 1, "bandwidth of the last 30 days"),
    Row("200 with 401's text", always("error-body-key"), 3, NOTHING, 1, "set a valid key"),
]

PLAN = [
    *(
        Row(f"{name} for one symbol", for_goog(preset), 4, OTHERS, 3, "leave the symbol out")
        for name, preset in (
            ("402 as text", "premium-symbol"),
            ("402 as JSON", "premium-symbol-json"),
            ("200 with 402's text", "error-body-symbol"),
        )
    ),
    Row("402 for every symbol", always("premium-symbol"), 3, NOTHING, 3, "leave the symbol out"),
    *(
        Row(f"402 {preset}", always(preset), 3, NOTHING, 1, "take a larger plan")
        for preset in ("exclusive-endpoint", "exclusive-endpoint-json", "restricted-endpoint")
    ),
    *(
        Row(
            f"batch-quote {preset}",
            always(preset, endpoints=["batch-quote"]),
            *(0, EVERYTHING, 4),
            dataset=QUOTE,
        )
        for preset in ("exclusive-endpoint", "exclusive-endpoint-json", "restricted-endpoint")
    ),
    Row("no batch in the plan", [], 0, EVERYTHING, 4, dataset=QUOTE, plan={"batch": False}),
    Row(
        "402 for one endpoint of three",
        always("exclusive-endpoint", endpoints=[END_OF_DAY]),
        *(4, EVERYTHING, 5, "take a larger plan", QUOTE),
        settings={"DATASETS": f"{HISTORY},{QUOTE},{PROFILE}"},
    ),
]

LIMITS = [
    Row("429 once a request", at_first("rate-limit"), 0, EVERYTHING, 6),
    Row("429 with Retry-After", at_first("rate-limit-retry-after"), 0, EVERYTHING, 6),
    Row("200 with 429's text", at_first("error-body-limit"), 0, EVERYTHING, 6),
    Row("429 without an end", always("rate-limit"), 5, NOTHING, (2, 20), "FMP_CALLS_PER_MINUTE"),
]

STATUS_200 = [
    Row("[] for one symbol", for_goog("no-data", END_OF_DAY), 4, OTHERS, 4, "no record of GOOG"),
    Row(
        "[] for all",
        always("no-data", endpoints=[END_OF_DAY]),
        *(4, NOTHING, 6, "no symbol has a record on 2013-02-15"),
    ),
    Row(
        "an unknown symbol",
        [],
        *(4, OTHERS, 4, "unknown symbols: ZZZZ"),
        settings={"SYMBOLS": "AAPL,IBM,ZZZZ"},
    ),
    Row("200 with another error", for_goog("error-body-unknown"), 4, OTHERS, 3, "GOOG"),
]

TRANSIENT = [
    "server-error",
    "bad-gateway",
    "unavailable",
    "gateway-timeout",
    "html-body",
    "empty-body",
    "object-body",
    "connection-reset",
    "reset-in-body",
    "truncated-body",
    "broken-gzip",
    "cut-gzip",
    "no-gzip",
    "endless-body",
    "time-out",
]
IMPATIENT = {"FMP_TIMEOUT_SECONDS": "0.4"}
PASSING = [
    Row(f"{preset} passes", at_first(preset), 0, EVERYTHING, 6, settings=IMPATIENT)
    for preset in TRANSIENT
]
LASTING = [
    *(
        Row(
            f"{preset} for one symbol",
            for_goog(preset),
            *(4, OTHERS, (4, 20), "GOOG"),
            settings=IMPATIENT,
        )
        for preset in TRANSIENT
    ),
    *(
        Row(f"{preset} lasts", always(preset), 5, NOTHING, (2, 20), "again", settings=IMPATIENT)
        for preset in TRANSIENT
        if preset != "endless-body"  # as good as the row above, at some hundred megabytes
    ),
    Row(
        "slow drip for one symbol",
        [SLOW_DRIP | {"symbols": ["GOOG"]}],
        *(4, OTHERS, (4, 20), "GOOG"),
        settings=IMPATIENT,
    ),
]

MIXED = [
    Row(
        "a bad day",
        [
            {"preset": preset, "probability": 0.15}
            for preset in ("connection-reset", "rate-limit", "unavailable", "truncated-body")
        ],
        *(0, EVERYTHING, (5, 20)),
        settings={"FMP_RETRY_SECONDS": "60"},
    ),
    Row("429 bandwidth on the way", always("bandwidth-limit", from_call=3), 3, NOTHING, 3, "days"),
]

RECORDS = [
    *(
        Row(f"{preset} for one symbol", for_goog(preset), 4, OTHERS, 3, "refused; see the reasons")
        for preset in ("wrong-symbol", "not-a-number", "absurd-number")
    ),
    Row(
        "absurd quote",
        always("absurd-number"),
        *(4, NOTHING, 1, "refused; see the reasons", QUOTE),
    ),
    Row(
        "a required field missing everywhere",
        [{"effect": {"kind": "drop", "fields": ["close"]}}],
        *(3, NOTHING, 3, "no record of historical_price_eod has close: the source has changed"),
    ),
    Row("outside-window", always("outside-window"), 4, EVERYTHING, 3, "refused; see the reasons"),
    Row("duplicate-records", always("duplicate-records"), 0, EVERYTHING, 3),
    Row("new-field", always("new-field"), 0, EVERYTHING, 3),
]

ROWS = [*ACCOUNT, *PLAN, *LIMITS, *STATUS_200, *PASSING, *LASTING, *MIXED, *RECORDS]


@pytest.mark.parametrize("row", [row.parameter() for row in ROWS])
def test_row(row: Row, extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = run_row(row, extract, lake, monkeypatch)

    assert seen.outcome.code == row.code, seen.outcome.error
    assert seen.outcome.summary["exit_code"] == row.code
    assert row.says in seen.outcome.error
    day = PAST if row.dataset == HISTORY else TODAY
    assert seen.committed(row.dataset, day) == row.committed
    fewest, most = row.calls if isinstance(row.calls, tuple) else (row.calls, row.calls)
    assert fewest <= seen.log["total"] <= most, seen.log["counts"]
    assert seen.outcome.summary["api_calls"] == seen.log["total"], "the run counts right"
    assert seen.places_with(KEY) == []


def test_the_table_uses_every_preset() -> None:
    """But for the slow drip: one record is too short for its pace."""
    used = {rule.get("preset") for row in ROWS for rule in row.rules}
    assert set(PRESETS) - used == {"slow-drip"}


def test_batch_quotes_are_tried_once(
    extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = always("restricted-endpoint", endpoints=["batch-quote"])
    row = Row("", rules, 0, EVERYTHING, 4, dataset=QUOTE)
    seen = run_row(row, extract, lake, monkeypatch)
    assert seen.log["by_endpoint"] == {"batch-quote": 1, "quote": 3}


@pytest.mark.parametrize(
    "effect",
    [
        {"status": 401, "message": f"Invalid API KEY. {KEY} is none"},
        {"status": 402, "body": f"Premium Query Parameter: apikey={KEY}"},
        {"status": 500, "body": f"<p>{KEY}</p>"},
        {"status": 200, "body": f"<p>{KEY}</p>"},
        {"status": 429, "message": f"Limit Reach . {KEY}"},
        {"status": 302, "body": "", "headers": {"location": f"https://127.0.0.1:9/?apikey={KEY}"}},
    ],
    ids=lambda effect: str(effect["status"]),
)
def test_a_server_that_repeats_the_key_puts_it_nowhere(
    effect: dict[str, Any], extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Row("", [{"effect": {"kind": "answer"} | effect}], 3, NOTHING, (1, 20))
    seen = run_row(row, extract, lake, monkeypatch)
    assert seen.outcome.code in (3, 5)
    assert seen.places_with(KEY) == []


def test_a_new_field_is_kept(extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    run_row(Row("", always("new-field"), 0, EVERYTHING, 3), extract, lake, monkeypatch)
    extras = [json.loads(row["_extra"]) for row in lake.rows(HISTORY, PAST)]
    assert [extra["newField"] for extra in extras] == [{"since": 2013}] * 3


def test_retry_after_is_honoured(
    extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = always("rate-limit-retry-after", calls=[1])
    seen = run_row(Row("", rules, 0, EVERYTHING, 4), extract, lake, monkeypatch)
    assert seen.outcome.code == 0
    assert len(seen.naps) == 1
    assert 1 <= seen.naps[0] <= 1.5
