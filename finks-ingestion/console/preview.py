"""The calls that a run would make, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.text import Text

from connectors.costs import Expected
from connectors.endpoints import Call
from connectors.preview import Preview
from console.formats import NOTHING, duration
from console.tables import pairs, table
from utils.wording import counted

_SHOWN = 40
"""Characters of a parameter, which may be a hundred symbols."""


def show_preview(preview: Preview, screen: Console) -> None:
    """Print what a run would ask for; nothing was asked."""
    start, end = preview.window
    days = str(start) if start == end else f"{start} to {end}"
    screen.print(Text.assemble((f"{preview.connector} ", "bold"), f"would ask for {days}"))
    screen.print()
    calls = table("dataset", "endpoint", numbers=("calls", "symbols", "dates"))
    for each in preview.expected:
        calls.add_row(*_row(each))
    screen.print(calls)
    screen.print()
    screen.print(pairs(_remarks(preview.expected)))
    screen.print()
    screen.print(_total(preview))
    if preview.refusal:
        refused = f"the run would be refused (exit code {int(preview.exit_code)}): "
        screen.print()
        screen.print(Text.assemble((refused, "bold red"), str(preview.refusal)))


def _row(each: Expected) -> tuple[Text, ...]:
    name = Text(each.dataset.name)
    if not each.calls:
        return (name, *[Text(NOTHING)] * 4)
    numbers = (len(each.calls), len(each.plan.symbols), len(each.plan.dates))
    return (name, Text(each.calls[0].endpoint.path), *(Text(f"{n:,}") for n in numbers))


def _remarks(expected: Sequence[Expected]) -> Iterator[tuple[Text, str]]:
    """The first call for each dataset, and why there is none for others."""
    idle: dict[str, list[str]] = {}
    for each in expected:
        if each.calls:
            such = "" if len(each.calls) == 1 else "such as "
            yield Text(each.dataset.name), f"{such}{_query(each.calls[0])}"
        else:
            idle.setdefault(each.plan.reason, []).append(each.dataset.name)
    for reason, names in idle.items():
        yield Text("nothing", style="dim"), f"{', '.join(names)}: {reason}"


def _query(call: Call) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in call.parameters.items())


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 3]}..."


def _total(preview: Preview) -> Text:
    line = Text(counted(preview.calls, "call"), style="bold")
    if preview.calls_per_minute and preview.calls:
        seconds = preview.seconds
        time = f"at least {duration(seconds)}" if seconds else "less than a minute"
        line.append(f" at {preview.calls_per_minute:,} a minute: {time}", style="not bold")
    most = preview.most
    if most.calls > preview.calls:
        line.append(
            f"\nat most {counted(most.calls, 'call')}, if endpoints are refused or symbols have "
            "no records",
            style="not bold",
        )
    if most.calls:
        line.append(f"\nup to {decimal(most.received)} of answers", style="not bold")
    return line
