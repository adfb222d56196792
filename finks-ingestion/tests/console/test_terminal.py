"""The bars, as they stand on terminals of different widths."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from console.tally import Tally
from console.terminal import render
from tests.console.clocks import Clock


def drawn(tally: Tally, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True)
    with console.capture() as capture:
        console.print(render(tally.snapshot(), width))
    return Text.from_ansi(capture.get()).plain.splitlines()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(clock: Clock) -> Tally:
    """A run of three datasets: one is over, one is on its way, and a call waits."""
    tally = Tally(3000, clock=clock)
    tally.begin("quote", 5)
    for _ in range(5):
        tally.called("quote")
        tally.received("quote", 1)
    clock.now += 3
    tally.end("quote")
    tally.begin("historical_price_eod", 8000)
    for _ in range(1199):
        clock.now += 0.05
        tally.called("historical_price_eod")
        tally.received("historical_price_eod", 252)
    clock.now += 0.05
    with tally.counting("historical_price_eod"):
        tally.retried("FMP refused historical-price-eod/full symbol=AAPL (429): Limit Reach", 30)
    tally.received("historical_price_eod", 252)
    return tally


@pytest.mark.parametrize("width", [80, 120])
def test_everything_fits(tally: Tally, width: int) -> None:
    quote, history, footer = drawn(tally, width)

    assert max(cell_len(line) for line in (quote, history, footer)) <= width
    assert quote.split()[0] == "quote"
    assert quote.endswith("5/5 calls             took 0:03")
    assert history.split()[0] == "historical_price_eod"
    assert history.endswith("1,200/8,000 calls  1,200/min  5:40 left")
    assert footer.startswith("302,405 rows · 1 retry · waiting 30 s: FMP refused historical-price")


def test_the_bar_has_what_the_words_leave_up_to_forty_cells(tally: Tally) -> None:
    widths = [drawn(tally, width)[1].count("━") for width in (80, 120, 300)]

    assert widths[0] < widths[1] == widths[2] == 39  # and one half cell


def test_a_narrow_terminal_shortens_the_names(tally: Tally) -> None:
    quote, history, _ = drawn(tally, 66)

    assert "histo" in history
    assert "…" in history
    assert "1,200/8,000 calls" in history
    assert cell_len(quote) <= 66


def test_before_the_first_dataset_it_plans() -> None:
    assert drawn(Tally(), 80) == ["planning"]
