"""The calls that a run would make, as a table."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.costs import Expected
from connectors.preview import Preview
from console.formats import NOTHING, duration
from utils.wording import counted

_MEGABYTE = 1_000_000


def show_preview(preview: Preview, screen: Console) -> None:
    """Print what a run would ask for; nothing was asked."""
    start, end = preview.window
    days = str(start) if start == end else f"{start} to {end}"
    screen.print(Text.assemble((f"{preview.connector} ", "bold"), f"would ask for {days}"))
    screen.print()
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("dataset", "endpoint"):
        table.add_column(name, overflow="fold")
    for name in ("calls", "symbols", "dates"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("for instance", overflow="fold")
    for each in preview.expected:
        table.add_row(*_row(each))
    screen.print(table)
    screen.print()
    screen.print(_total(preview))


def _row(each: Expected) -> tuple[Text, ...]:
    name = Text(each.dataset.name)
    if not each.calls:
        nothing = Text(NOTHING)
        return (name, nothing, nothing, nothing, nothing, Text(each.plan.reason, style="dim"))
    first = each.calls[0]
    query = ", ".join(f"{k}={_short(v)}" for k, v in first.parameters.items())
    numbers = (len(each.calls), len(each.plan.symbols), len(each.plan.dates))
    return (name, Text(first.endpoint.path), *(Text(f"{n:,}") for n in numbers), Text(query))


def _total(preview: Preview) -> Text:
    line = Text(counted(preview.calls, "call"), style="bold")
    if preview.calls_per_minute and preview.calls:
        seconds = preview.seconds
        time = f"at least {duration(seconds)}" if seconds else "less than a minute"
        line.append(f" at {preview.calls_per_minute:,} a minute: {time}", style="not bold")
    most = preview.most
    if most.calls > preview.calls:
        line.append(
            f"\nat most {counted(most.calls, 'call')}, where the account's plan lacks batch and "
            "bulk endpoints or symbols have no records",
            style="not bold",
        )
    if most.calls:
        line.append(f"\nup to {most.received / _MEGABYTE:,.1f} MB of answers", style="not bold")
    return line


def _short(value: str) -> str:
    return value if len(value) <= 30 else f"{value[:27]}..."
