"""The end of a run as a table: what each dataset came to, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.errors import ExitCode
from connectors.report import DatasetReport, RunReport
from console.formats import NOTHING, duration
from console.tables import pairs, table
from utils.wording import counted, listed

_LISTED = 10
"""Symbols in a remark."""
_STYLES = {"complete": "green", "incomplete": "yellow", "skipped": "dim"}
_ALWAYS: dict[str, Callable[[DatasetReport], int]] = {
    "dates": lambda d: len(d.dates_committed),
    "rows": lambda d: d.rows,
    "symbols": lambda d: len(d.symbols_received),
}
_WHEN_ANY: dict[str, Callable[[DatasetReport], int]] = {
    "failed": lambda d: len(d.symbols_failed),
    "rejected": lambda d: d.records_rejected,
}


def show_summary(report: RunReport, screen: Console) -> None:
    """Print the outcome of a run: headline, datasets, remarks with remedies, and the error."""
    screen.print(_headline(report))
    if report.datasets:
        screen.print()
        screen.print(_datasets(report))
    if remarks := list(_remarks(report)):
        screen.print()
        screen.print(pairs(remarks))
    screen.print()


def _headline(report: RunReport) -> Text:
    name = report.status.replace("_", " ")
    style: dict[int, str] = {ExitCode.COMPLETE: "bold green", ExitCode.INCOMPLETE: "bold yellow"}
    line = Text()
    line.append(f"{report.connector} ", style="bold")
    line.append(name, style=style.get(report.exit_code, "bold red"))
    if report.exit_code:
        line.append(f" (exit code {int(report.exit_code)})")
    if report.window:
        start, end = report.window
        line.append(f" · {start}" if start == end else f" · {start} to {end}")
        line.append(f" · {counted(len(report.symbols), 'symbol')}")
    line.append(f"\n{counted(report.api_calls, 'call')}, {counted(report.retries, 'retry')}")
    if report.duration_seconds is not None:
        line.append(f" in {duration(report.duration_seconds)}")
    if report.run_id:
        line.append(f" · run {report.run_id}")
    return line


def _datasets(report: RunReport) -> Table:
    shown = _ALWAYS | {
        name: number
        for name, number in _WHEN_ANY.items()
        if any(number(d) for d in report.datasets)
    }
    made = table("dataset", "status", numbers=list(shown))
    for dataset in report.datasets:
        skipped = dataset.status == "skipped"
        numbers = (NOTHING if skipped else f"{number(dataset):,}" for number in shown.values())
        made.add_row(Text(dataset.name), _status(dataset), *numbers)
    return made


def _remarks(report: RunReport) -> Iterator[tuple[Text, str]]:
    """What a number in the table would not tell."""
    reasons = [d for d in report.datasets if d.reason]
    for (_, reason), alike in _grouped(reasons).items():
        yield _status(alike[0]), f"{', '.join(d.name for d in alike)}: {reason}"
    for dataset in report.datasets:
        if dataset.symbols_restated:
            yield Text("restated", style="cyan"), f"{dataset.name}: {_restated(dataset)}"
        if dataset.drift:
            drift = "; ".join(dataset.drift)
            yield Text("drift", style="yellow"), f"{dataset.name}: {drift}"
    incomplete = [d.reason for d in reasons if d.status == "incomplete"]
    # The error of an incomplete run is what its datasets said just now.
    if report.error and not (incomplete and all(r in report.error for r in incomplete)):
        yield Text("error", style="bold red"), report.error


def _grouped(datasets: Sequence[DatasetReport]) -> dict[tuple[str, str], list[DatasetReport]]:
    """Datasets that ended alike for one reason."""
    groups: dict[tuple[str, str], list[DatasetReport]] = {}
    for dataset in datasets:
        groups.setdefault((dataset.status, dataset.reason), []).append(dataset)
    return groups


def _restated(dataset: DatasetReport) -> str:
    symbols, dates = listed(dataset.symbols_restated, _LISTED), dataset.dates_restated
    if not dates:
        return symbols
    span = f"{counted(len(dates), 'date')} from {min(dates)} to {max(dates)}"
    return f"{symbols}: {span} published again"


def _status(dataset: DatasetReport) -> Text:
    return Text(dataset.status, style=_STYLES[dataset.status])
