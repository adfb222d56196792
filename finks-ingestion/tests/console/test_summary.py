"""The table at the end, for runs of every outcome."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from rich.cells import cell_len
from rich.console import Console

from connectors.errors import ExitCode
from connectors.report import DatasetReport, RunReport
from console.summary import show_summary

BEGAN = datetime(2013, 3, 1, 22, tzinfo=UTC)
DAYS = [date(2013, 2, 11) + timedelta(days=n) for n in range(5)]


def shown(report: RunReport, width: int = 80) -> list[str]:
    """The lines, without the spaces that fill them up."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    with console.capture() as capture:
        show_summary(report, console)
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.fixture
def report() -> RunReport:
    return RunReport(
        "fmp",
        "20130301T220000Z-ab12cd34",
        "flow-1",
        window=(DAYS[0], DAYS[-1]),
        symbols=["AAPL"] * 1500,
        started_at=BEGAN,
        finished_at=BEGAN + timedelta(seconds=343.4),
        api_calls=1515,
        retries=1,
    )


def test_a_complete_run(report: RunReport) -> None:
    report.datasets = [
        DatasetReport(
            "historical_price_eod",
            rows=7500,
            dates_committed=DAYS,
            symbols_received=["AAPL"] * 1500,
        ),
        DatasetReport("quote", status="skipped", reason="complete already"),
        DatasetReport("company_profile", status="skipped", reason="complete already"),
    ]
    report.conclude()

    assert shown(report) == [
        "fmp complete · 2013-02-11 to 2013-02-15 · 1,500 symbols",
        "1,515 calls, 1 retry in 5 min 43 s · run 20130301T220000Z-ab12cd34",
        "",
        "dataset               status    dates   rows  symbols",
        "─────────────────────────────────────────────────────",
        "historical_price_eod  complete      5  7,500    1,500",
        "quote                 skipped       -      -        -",
        "company_profile       skipped       -      -        -",
        "",
        "skipped  quote, company_profile: complete already",
        "",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_an_incomplete_run_says_what_is_missing_and_what_to_do(
    report: RunReport, width: int
) -> None:
    history = DatasetReport(
        "historical_price_eod",
        rows=12_345_678,
        dates_committed=DAYS,
        symbols_received=["AAPL"] * 1499,
        symbols_failed={"GOOG": "refused"},
        records_rejected=12,
    )
    history.warn("GOOG: refused; take a larger plan")
    report.datasets = [history, DatasetReport("quote", rows=1, symbols_received=["AAPL"])]
    report.conclude()

    lines = shown(report, width)
    assert max(cell_len(line) for line in lines) <= width
    assert lines[0] == "fmp incomplete (exit code 4) · 2013-02-11 to 2013-02-15 · 1,500 symbols"
    assert lines[3].split() == [
        "dataset",
        "status",
        "dates",
        "rows",
        "symbols",
        "failed",
        "rejected",
    ]
    assert lines[5].split() == [
        "historical_price_eod",
        "incomplete",
        "5",
        "12,345,678",
        "1,499",
        "1",
        "12",
    ]
    assert lines[6].split()[-2:] == ["0", "0"]
    assert lines[8:] == [
        "incomplete  historical_price_eod: GOOG: refused; take a larger plan",
        "",
    ]


def test_drift_and_restated_history_are_told(report: RunReport) -> None:
    report.datasets = [
        DatasetReport(
            "historical_price_eod",
            dates_committed=DAYS[-1:],
            drift=["new field adjClose", "volume is a string in 3 records"],
            symbols_restated=[f"S{n}" for n in range(12)],
            dates_restated=DAYS[:-1],
        )
    ]
    report.conclude()

    text = " ".join(" ".join(shown(report)).split())
    assert "restated historical_price_eod: S0, S1," in text
    assert "S9 and 2 more: 4 dates from 2013-02-11 to 2013-02-14 published again" in text
    assert "drift historical_price_eod: new field adjClose; volume is a string" in text


def test_an_error_that_ended_the_run_is_told_beside_what_the_datasets_say(
    report: RunReport,
) -> None:
    report.datasets = [DatasetReport("quote", status="incomplete", reason="unknown symbols: X")]
    report.exit_code = ExitCode.TRANSIENT_ERROR
    report.error = "cannot write s3://bronze/fmp [quote]; check that AWS answers"

    lines = shown(report)
    assert lines[0].startswith("fmp transient error (exit code 5)")
    assert "incomplete  quote: unknown symbols: X" in lines
    assert lines[-2] == "error       cannot write s3://bronze/fmp [quote]; check that AWS answers"


def test_a_run_that_did_not_begin() -> None:
    report = RunReport(
        "fmp", "", "", exit_code=ExitCode.BAD_CONFIGURATION, error="FMP_API_KEY is not set; set it"
    )

    assert shown(report) == [
        "fmp bad configuration (exit code 2)",
        "0 calls, 0 retries",
        "",
        "error  FMP_API_KEY is not set; set it",
        "",
    ]
