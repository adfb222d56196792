"""What a check found out, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.errors import ExitCode
from connectors.findings import CheckReport, Finding
from console.tables import table
from utils.wording import counted

_STYLES = {"allowed": "green", "refused": "yellow", "failed": "red", "untried": "dim"}


def show_check(report: CheckReport, screen: Console) -> None:
    """Print the findings, the words behind them, and whether the source is ready for runs."""
    if report.findings:
        screen.print(Text.assemble((report.source, "bold"), f" at {report.address}"))
        if report.bronze:
            screen.print(Text.assemble(("bronze", "bold"), f" at {report.bronze}"))
        screen.print()
        screen.print(_table(report.findings))
        screen.print()
    for said, subjects in _words(report).items():
        screen.print(Text.assemble((f"{', '.join(subjects)}: ", "dim"), said))
        screen.print()
    screen.print(_verdict(report))
    screen.print()


def _table(findings: Sequence[Finding]) -> Table:
    made = table("tried", "answer", "what follows")
    for finding in findings:
        style = "bold red" if finding.problem is not None else _STYLES[finding.status]
        made.add_row(
            Text(finding.subject),
            Text(finding.status, style=style),
            Text(finding.consequence or finding.said),
        )
    return made


def _words(report: CheckReport) -> dict[str, list[str]]:
    """What was said to which of them, where neither the table nor the error has it."""
    words: dict[str, list[str]] = {}
    for finding in report.findings:
        known = report.error and finding.said in report.error
        if finding.said and finding.consequence and not known:
            words.setdefault(finding.said, []).append(finding.subject)
    return words


def _verdict(report: CheckReport) -> Text:
    line = Text.assemble((f"{report.source} ", "bold"))
    if report.exit_code is ExitCode.COMPLETE:
        line.append("is ready", style="bold green")
    else:
        line.append(f"is not ready (exit code {int(report.exit_code)})", style="bold red")
    line.append(f", after {counted(report.calls, 'call')}")
    if report.error:
        line.append(f"\n\n{report.error}")
    return line
