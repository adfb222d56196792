"""Which manifest may take another's place, and messages that stay short."""

from __future__ import annotations

import pytest

from connectors.coverage import Coverage
from connectors.draft import describe, is_better
from connectors.errors import TransientSourceError
from connectors.fmp.datasets import HISTORICAL_PRICE_EOD
from connectors.report import DatasetReport
from tests.connectors.test_plan import TODAY, manifest, plan


@pytest.mark.parametrize(
    ("new", "old", "better"),
    [
        (("complete", "AB"), ("complete", "AB"), True),
        (("complete", "AB"), ("incomplete", "A"), True),
        (("incomplete", "A"), ("complete", "A"), False),
        (("incomplete", "A"), ("complete", "AB"), False),
        (("incomplete", "ABC"), ("complete", "AB"), True),
        (("incomplete", "AC"), ("incomplete", "AB"), False),
        (("incomplete", "AB"), ("incomplete", "AB"), True),
        (("incomplete", ""), ("incomplete", "A"), False),
    ],
)
def test_what_is_whole_is_not_replaced_by_less(
    new: tuple[str, str], old: tuple[str, str], better: bool
) -> None:
    after, before = (
        manifest(11, status=status, symbols_received=list(symbols))
        for status, symbols in (new, old)
    )

    assert is_better(after, before) is better


def test_a_thousand_failing_symbols_make_a_short_message() -> None:
    planned = plan()
    coverage = Coverage(HISTORICAL_PRICE_EOD, planned, TODAY)
    for n in range(1000):
        coverage.fail([f"S{n}"], TransientSourceError(f"bad {n}"))
    report = DatasetReport("historical_price_eod")

    describe(report, HISTORICAL_PRICE_EOD, planned, coverage, "SYMBOLS")

    assert report.status == "incomplete"
    assert "and 995 more errors" in report.reason
    assert len(report.reason) < 500
