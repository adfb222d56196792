"""The progress of a run on a terminal: a bar for each dataset, redrawn in place."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from console.formats import NOTHING, clock_time, duration
from console.tally import DatasetTally, Snapshot, Tally
from utils.wording import counted

_WIDEST_BAR = 40
_NARROWEST = 6
_GAP = 2
_REDRAWN_PER_SECOND = 4


class TerminalProgress(Tally):
    """Draws the tally below the log lines, and takes it away at the end.

    What the bars said is in the summary table then.
    """

    def __init__(
        self,
        console: Console,
        calls_per_minute: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(calls_per_minute, clock=clock)
        self._console = console
        self._live = Live(
            console=console,
            get_renderable=lambda: render(self.snapshot(), console.width),
            refresh_per_second=_REDRAWN_PER_SECOND,
            transient=True,
            redirect_stdout=False,  # it may be a pipe, whose reader wants what is written to it
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()


def render(state: Snapshot, width: int) -> RenderableType:
    """The display of a moment, `width` cells wide."""
    if not state.datasets:
        return Text("planning", style="dim")
    lines = [_cells(dataset, state) for dataset in state.datasets]
    longest, *numbers_width = (max(cell_len(line[i]) for line in lines) for i in range(4))
    left = width - sum(numbers_width) - _GAP * 4
    name_width = max(_NARROWEST, min(longest, left - _NARROWEST))
    bar = max(_NARROWEST, min(_WIDEST_BAR, left - name_width))
    table = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, overflow="ellipsis", width=name_width)
    table.add_column(width=bar)
    for style in ("default", "cyan", "green"):
        table.add_column(no_wrap=True, justify="right", style=style)
    for dataset, (name, *numbers) in zip(state.datasets, lines, strict=True):
        table.add_row(name, _bar(dataset, bar), *numbers)
    return Group(table, _footer(state))


def _cells(dataset: DatasetTally, state: Snapshot) -> tuple[str, str, str, str]:
    calls = f"{dataset.done:,}/{dataset.calls:,} calls"
    if dataset.ended_at is not None:
        return dataset.name, calls, "", f"took {clock_time(dataset.ended_at - dataset.began_at)}"
    rate, left = state.calls_a_minute, state.seconds_left(dataset)
    return (
        dataset.name,
        calls,
        f"{NOTHING if rate is None else format(rate, ',.0f')}/min",
        f"{NOTHING if left is None else clock_time(left)} left",
    )


def _bar(dataset: DatasetTally, width: int) -> ProgressBar:
    if dataset.calls == 0:
        return ProgressBar(total=1, completed=int(dataset.ended_at is not None), width=width)
    return ProgressBar(total=dataset.calls, completed=dataset.done, width=width)


def _footer(state: Snapshot) -> Text:
    facts = [counted(state.rows, "row"), counted(state.retries, "retry")]
    footer = Text(" · ".join(facts), style="dim", no_wrap=True, overflow="ellipsis")
    if state.wait:
        waiting = f" · waiting {duration(state.wait.seconds)}: {state.wait.reason}"
        footer.append(waiting, style="not dim yellow")
    return footer
