"""Datasets of one run beside each other: their calls, their look-ups, their failures."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest

from tests.conftest import Extract, Lake
from tests.servers import Answer, FaultServer, Request
from utils.bronze import BronzeStore
from utils.manifests import Manifest
from utils.s3 import S3Error

Misbehave = Callable[[Callable[[Request], Answer]], FaultServer]
TODAY = "2013-02-15"
HISTORY, PROFILES = "historical_price_eod", "company_profile"
BOTH = {"DATASETS": f"{HISTORY},{PROFILES}", "EXTRACTION_DATE": TODAY, "FINKS_TODAY": TODAY}
SYMBOLS = [f"S{n:03}" for n in range(90)]


class Fmp:
    """Answers every call after a while; knows how many it has at a time, and in which order."""

    def __init__(self, unknown: frozenset[str] = frozenset(), seconds: float = 0.0) -> None:
        self.order: list[str] = []
        self.most = 0
        self._unknown, self._seconds = unknown, seconds
        self._under_way = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        with self._lock:
            self.order.append(request.endpoint)
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        time.sleep(self._seconds)
        with self._lock:
            self._under_way -= 1
        symbol = request.query["symbol"]
        if symbol in self._unknown:
            return 200, "[]"
        if request.endpoint == "profile":
            return 200, json.dumps([{"symbol": symbol, "ipoDate": "1990-01-02"}])
        return 200, json.dumps([{"symbol": symbol, "date": TODAY, "close": 1, "volume": 1}])


def test_the_next_dataset_begins_while_calls_of_the_one_before_wait(
    extract: Extract, misbehave: Misbehave, lake: Lake
) -> None:
    fmp = Fmp(seconds=0.01)
    url = misbehave(fmp).url
    outcome = extract(FMP_BASE_URL=url, SYMBOLS=",".join(SYMBOLS), CONCURRENCY="4", **BOTH)

    assert outcome.code == 0, outcome.error
    first = fmp.order.index("profile")
    rest = fmp.order[first + 1 :]
    assert set(fmp.order[:first]) == {"historical-price-eod/full"}
    assert "historical-price-eod/full" in rest
    assert "profile" not in rest[: rest.index("historical-price-eod/full")], "one goes ahead"
    assert fmp.most <= 4, "CONCURRENCY is that of all datasets together"
    assert len(fmp.order) == outcome.summary["api_calls"] == 2 * len(SYMBOLS)
    for dataset in (HISTORY, PROFILES):
        assert lake.manifest(dataset, TODAY)["symbols_received"] == SYMBOLS


def test_what_the_profiles_of_a_run_say_need_not_be_looked_up(
    extract: Extract, misbehave: Misbehave
) -> None:
    unknown = frozenset(SYMBOLS[:20])
    fmp = Fmp(unknown)
    url = misbehave(fmp).url
    outcome = extract(FMP_BASE_URL=url, SYMBOLS=",".join(SYMBOLS[:25]), **BOTH)

    assert outcome.code == 4
    assert outcome.dataset()["reason"].startswith("unknown symbols: S000, S001")
    assert "not looked up" not in outcome.dataset()["reason"], "though these are more than ten"
    assert len(fmp.order) == 50


def test_a_key_that_ends_on_the_way_stops_all_datasets(
    extract: Extract, misbehave: Misbehave, lake: Lake
) -> None:
    fmp = Fmp()

    def answer(request: Request) -> Answer:
        if request.endpoint == "profile":
            return 401, json.dumps({"Error Message": "Invalid API KEY."})
        return fmp(request)

    server = misbehave(answer)
    outcome = extract(FMP_BASE_URL=server.url, SYMBOLS=",".join(SYMBOLS), **BOTH)

    assert outcome.code == 3
    assert len(server.asked("profile")) == 1
    assert lake.dates(HISTORY) == []


def test_what_s3_did_not_take_within_the_commit_is_told(
    extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = BronzeStore.commit

    def failing(store: BronzeStore, manifest: Manifest, replaces: Manifest | None) -> bool:
        if manifest.dataset == "quote":
            raise S3Error("S3 is gone; run again", transient=True)
        return commit(store, manifest, replaces)

    monkeypatch.setattr(BronzeStore, "commit", failing)
    outcome = extract(EXTRACTION_DATE="2013-03-01", DATASETS=f"{HISTORY},quote,{PROFILES}")

    assert (outcome.code, outcome.error) == (5, "S3 is gone; run again")
    told = {name: found["status"] for name, found in outcome.summary["datasets"].items()}
    assert told == {HISTORY: "complete", "quote": "incomplete", PROFILES: "incomplete"}
    assert "S3 failed before all its dates" in outcome.summary["datasets"][PROFILES]["reason"]
    assert (lake.dates(HISTORY), lake.dates(PROFILES)) == (["2013-03-01"], [])
