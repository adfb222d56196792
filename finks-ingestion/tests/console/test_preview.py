"""What `--plan` shows on a terminal: a table that fits, with the reasons below."""

from __future__ import annotations

import pytest

from tests.conftest import KEY, SYMBOLS, Lake
from tests.console.pseudo_terminal import Session, run_on_terminal


def planned(lake: Lake, *flags: str, width: int = 80) -> Session:
    settings = {
        "S3_BUCKET": lake.name,
        "SYMBOLS": ",".join(SYMBOLS),
        "FMP_API_KEY": KEY,
        "FMP_BASE_URL": "http://127.0.0.1:9/stable",
        "FINKS_TODAY": "2013-03-01",
        "EXTRACTION_START": "2013-02-14",
        "EXTRACTION_END": "2013-03-01",
    }
    return run_on_terminal(["fmp", "--plan", *flags], settings, width=width, stdout_too=True)


@pytest.mark.parametrize("width", [80, 120])
def test_a_line_for_each_dataset_and_the_first_call_below(lake: Lake, width: int) -> None:
    session = planned(lake, width=width)

    assert session.code == 0
    assert session.screen[0] == "fmp would ask for 2013-02-14 to 2013-03-01"
    assert [line.split() for line in session.screen[1:2] + session.screen[3:6]] == [
        ["dataset", "endpoint", "calls", "symbols", "dates"],
        ["historical_price_eod", "historical-price-eod/full", "5", "5", "11"],
        ["quote", "batch-quote", "1", "5", "1"],
        ["company_profile", "profile", "5", "5", "1"],
    ]
    assert session.screen[6:] == [
        "historical_price_eod  such as symbol=AAPL, from=2013-02-14, to=2013-03-01",
        "quote                 symbols=AAPL,FB,GOOG,IBM,MSFT",
        "company_profile       such as symbol=AAPL",
        "11 calls at 300 a minute: less than a minute",
        "at most 21 calls, if endpoints are refused or symbols have no records",
        "up to 71.6 kB of answers",
    ]


def test_what_needs_no_call_is_named_once_with_its_reason(lake: Lake) -> None:
    session = planned(lake, "--extraction-date=2013-02-15")

    assert "quote                 -                              -        -      -" in session.text
    assert session.screen[7:9] == [
        "nothing               quote, company_profile: only today (2013-03-01) can be",
        "                      observed, and the window ends before it",
    ]


def test_a_refusal_stands_below_with_its_remedy(lake: Lake) -> None:
    session = planned(lake, "--fmp-calls-per-day=20")

    assert session.code == 2
    text = " ".join(session.text.split())
    assert "at most 21 calls" in text
    assert "the run would be refused (exit code 2): this run needs up to 21 calls" in text
    assert text.endswith("or raise FMP_CALLS_PER_DAY")
