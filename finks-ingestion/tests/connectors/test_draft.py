"""What is published of a date, beside or in the place of another; and messages that stay short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from connectors.coverage import Coverage
from connectors.draft import Addition, describe
from connectors.errors import TransientSourceError
from connectors.fmp.datasets import HISTORICAL_PRICE_EOD
from connectors.report import DatasetReport
from tests.connectors.test_plan import TODAY, day, manifest, plan
from utils.manifests import FileEntry, Manifest

ASKED = ["AAPL", "GOOG", "IBM", "MSFT"]


def found(received: Sequence[str], **changes: Any) -> Manifest:
    """A manifest of a run that asked for four symbols; what it did not receive has failed."""
    failed = [s for s in ASKED if s not in received]
    fields: dict[str, Any] = {
        "status": "incomplete" if failed else "complete",
        "rows": len(received),
        "files": [FileEntry(key="+".join(received), sha256="", rows=len(received), bytes=0)],
        "symbols_asked": ASKED,
        "symbols_received": list(received),
        "symbols_failed": failed,
    }
    return manifest(11, **(fields | changes))


def addition(own: Manifest, known: Manifest | None, *, anew: bool = False) -> Addition:
    return Addition(own, known, anew, frozenset(ASKED), frozenset([day(11)]))


def test_what_is_added_stands_beside_what_is_there() -> None:
    known = found(["AAPL"], dates_without_records=[day(8)])
    own = found(["IBM", "MSFT"], symbols_asked=ASKED[1:], symbols_failed=["GOOG"], run_id="own")

    merged = addition(own, known).beside(known)

    assert merged is not None
    assert [file.key for file in merged.files] == ["AAPL", "IBM+MSFT"]
    assert (merged.rows, merged.run_id, merged.status) == (3, "own", "incomplete")
    assert merged.symbols_asked == ASKED
    assert merged.symbols_received == ["AAPL", "IBM", "MSFT"]
    assert merged.symbols_failed == ["GOOG"]
    assert merged.dates_without_records == [day(8)]


def test_the_last_missing_symbol_completes_a_date() -> None:
    known = found(["AAPL", "IBM"], symbols_failed=["GOOG"], symbols_empty=["MSFT"])
    known = known.model_copy(update={"symbols_not_listed": ["MSFT"]})
    own = found(["GOOG"], symbols_asked=["GOOG"], symbols_failed=[])

    merged = addition(own, known).beside(known)

    assert merged is not None
    assert (merged.complete, merged.symbols_not_listed) == (True, ["MSFT"])


def test_what_nobody_wants_and_nobody_has_is_forgotten() -> None:
    known = found(["AAPL", "IBM"], symbols_asked=[*ASKED, "TYPO"], symbols_empty=["TYPO"])
    own = found(["GOOG", "MSFT"], symbols_asked=["GOOG", "MSFT"], symbols_failed=[])

    merged = addition(own, known).beside(known)

    assert merged is not None
    assert (merged.complete, merged.symbols_asked) == (True, ASKED)


def test_what_adds_nothing_changes_nothing() -> None:
    known = found(["AAPL", "IBM", "MSFT"])
    own = found([], symbols_asked=["GOOG"], symbols_empty=["GOOG"], symbols_failed=[])

    assert addition(own, known).beside(known) is None


def test_no_row_comes_in_twice() -> None:
    """Another run was there first with a part of the symbols: its files hold their rows."""
    there = found(["AAPL"])
    later = found(["AAPL", "IBM"])

    assert addition(later, found(["GOOG"])).beside(there) is None
    assert addition(later, None).beside(there) == later, "which holds all of the other"
    assert addition(there, None).beside(later) is None


@pytest.mark.parametrize(
    ("new", "old", "better"),
    [
        (found(ASKED), found(ASKED), True),
        (found(ASKED), found(["AAPL"]), True),
        (found(["AAPL"]), found(["AAPL"]), True),
        (found(["AAPL", "IBM"]), found(["AAPL"], symbols_asked=["AAPL"]), True),
        (found(["AAPL"]), found(ASKED), False),
        (found(["AAPL", "IBM"]), found(["AAPL", "MSFT"]), False),
        (found([]), found(["AAPL"]), False),
        (
            found(["AAPL"]),
            found(["AAPL"], symbols_empty=["IBM"], symbols_failed=[], symbols_not_listed=["IBM"]),
            False,
        ),
        (found(["AAPL"]), found(ASKED, schema_version=1), True),
    ],
)
def test_what_is_fetched_anew_never_replaces_more(
    new: Manifest, old: Manifest, better: bool
) -> None:
    assert (addition(new, old, anew=True).beside(old) == new) is better


def test_a_thousand_failing_symbols_make_a_short_message() -> None:
    symbols = tuple(f"S{n}" for n in range(1000))
    planned = plan(symbols=symbols)
    coverage = Coverage(HISTORICAL_PRICE_EOD, planned, TODAY)
    for n, symbol in enumerate(symbols):
        coverage.fail([symbol], TransientSourceError(f"bad {n}"))
    report = DatasetReport("historical_price_eod")

    describe(report, HISTORICAL_PRICE_EOD, planned, coverage, "SYMBOLS")

    assert report.status == "incomplete"
    assert "and 995 more errors" in report.reason
    assert len(report.reason) < 500
