"""How a row of the table of errors is run: the connector as its container, a scripted FMP, S3."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

import connectors.fmp
from connectors.fmp.client import FmpClient
from connectors.fmp.connector import FmpConnector
from connectors.fmp.settings import FmpSettings
from replay.scenario import parse_scenario
from replay.serving import running_replay
from replay.settings import ReplaySettings
from tests.conftest import Extract, Lake, Outcome

KEY = "Unmistakable0Key0Of0This0Test"
SYMBOLS = ("AAPL", "GOOG", "IBM")
EVERYTHING = frozenset(SYMBOLS)
NOTHING: frozenset[str] = frozenset()
HISTORY, QUOTE, PROFILE = "historical_price_eod", "quote", "company_profile"
PAST, TODAY = "2013-02-15", "2013-03-01"


@dataclass(frozen=True)
class Row:
    """What FMP does, and what has to come of it; `calls` is a number or (fewest, most)."""

    name: str
    rules: Sequence[dict[str, Any]]
    code: int
    committed: frozenset[str]
    calls: int | tuple[int, int]
    says: str = ""
    """A part of the error of the summary."""
    dataset: str = HISTORY
    settings: dict[str, str] = field(default_factory=dict)
    plan: dict[str, bool] = field(default_factory=dict)
    fails: str = ""
    """Why the connector does not do this yet."""

    def parameter(self) -> Any:
        """The row as a parameter of a test."""
        marks = [pytest.mark.xfail(strict=True, reason=self.fails)] if self.fails else []
        return pytest.param(self, id=self.name, marks=marks)


@dataclass(frozen=True)
class Seen:
    """What a run did: as it says itself, and as FMP and S3 saw it."""

    outcome: Outcome
    log: dict[str, Any]
    naps: list[float]
    lake: Lake

    def committed(self, dataset: str, day: str) -> frozenset[str]:
        """Symbols that a reader finds."""
        if day not in self.lake.dates(dataset):
            return NOTHING
        return frozenset(row["symbol"] for row in self.lake.rows(dataset, day))

    def places_with(self, text: str) -> list[str]:
        """Where a text stands: log, summary, objects in S3, and any key in a URL."""
        written = {"log": self.outcome.stderr, "summary": json.dumps(self.outcome.summary)}
        found = [name for name, content in written.items() if text in content]
        found += [f"URL of call {c['number']}" for c in self.log["calls"] if c["key_in"] == "query"]
        keys = self.lake.keys()
        found += [key for key in keys if text in key or text.encode() in self.lake.read(key)]
        return found


def run_row(row: Row, extract: Extract, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Run the connector; its waits pass at once, on a clock that goes on by them."""
    naps: list[float] = []

    class Napping(FmpConnector):
        def __init__(self, settings: FmpSettings) -> None:
            client = FmpClient(
                settings, sleep=naps.append, clock=lambda: time.monotonic() + sum(naps)
            )
            super().__init__(settings, client)

    monkeypatch.setattr(connectors.fmp, "CONNECTOR", Napping)
    scenario = parse_scenario({"rules": list(row.rules), "plan": row.plan})
    served = ReplaySettings(api_keys=frozenset({KEY}), calls_per_minute=10_000)
    with running_replay(served, scenario=scenario) as replay:
        defaults = {
            "FMP_API_KEY": KEY,
            "FMP_BASE_URL": replay.url,
            "FMP_CALLS_PER_MINUTE": "10000",
            "FMP_RETRY_SECONDS": "3",
            "SYMBOLS": ",".join(SYMBOLS),
            "DATASETS": row.dataset,
            "EXTRACTION_DATE": PAST if row.dataset == HISTORY else TODAY,
        }
        outcome = extract(**(defaults | row.settings))
        return Seen(outcome, replay.log, naps, lake)
