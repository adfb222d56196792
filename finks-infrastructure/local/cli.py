"""The command line behind the Makefile: ``python -m local COMMAND``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from config.local import LocalSettings, SettingsError, load
from local import doctor, health, pipeline, report, stack
from local.athena import QueryError
from local.prefect_api import FlowRun, PrefectApiError
from local.services import services
from local.supervisor import Supervisor, SupervisorError

_FAILED = 1
_BAD_CALL = 2
_INTERRUPTED = 130
_EXPECTED = (
    SettingsError,
    SupervisorError,
    PrefectApiError,
    QueryError,
    health.UnhealthyError,
    stack.StackError,
    BotoCoreError,
    ClientError,
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code (0 well, 1 failed, 2 called wrongly)."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False)
    try:
        settings = load()
        code: int = options.run(settings, console, options)
    except _EXPECTED as error:
        print(f"finks: {error}", file=sys.stderr)  # noqa: T201
        return _FAILED
    except KeyboardInterrupt:
        print("finks: interrupted", file=sys.stderr)  # noqa: T201
        return _INTERRUPTED
    return code


def _start(settings: LocalSettings, console: Console, options: argparse.Namespace) -> int:
    begun = time.monotonic()
    if _doctor(settings, console, options, quiet=True):
        return _FAILED
    console.print("[bold]Services[/]")
    stack.up(settings, console)
    if not options.no_demo:
        code = _demo(settings, console)
        if code:
            return code
    console.print(
        f"\nPrefect UI   {settings.prefect_url}\n"
        f"AWS endpoint {settings.cloud_url}\n"
        + (f"FMP replay   {settings.replay_url}\n" if settings.uses_replay else "")
        + f"\nUp after {time.monotonic() - begun:.0f} s."
        " Next: make pipeline DATE=2013-01-16 · make status · make stop"
    )
    return 0


def _demo(settings: LocalSettings, console: Console) -> int:
    """Load the newest trading days once; after that only show them."""
    first, last = pipeline.demo_window(settings)
    if report.gold_has(settings, first, last):
        console.print()
        report.show(settings, console)
        return 0
    console.print(f"\n[bold]Pipeline[/]  {first} to {last}, {len(settings.symbols)} symbols")
    return _follow(
        settings, console, {"start_date": first.isoformat(), "end_date": last.isoformat()}
    )


def _stop(settings: LocalSettings, console: Console, _: argparse.Namespace) -> int:
    with console.status("stopping …"):
        leftovers = stack.down(settings)
    extra = f" ({leftovers} processes had to be ended one by one)" if leftovers else ""
    console.print(f"stopped{extra}; the data stays in {settings.state_dir}")
    return 0


def _restart(settings: LocalSettings, console: Console, options: argparse.Namespace) -> int:
    return _stop(settings, console, options) or _start(settings, console, options)


def _status(settings: LocalSettings, console: Console, options: argparse.Namespace) -> int:
    states = Supervisor(settings).states()
    answers = []
    for service in services(settings):
        state = states.get(service.name)
        answer = health.check(settings, service) if state and state.running else None
        answers.append(
            {
                "service": service.name,
                "state": state.state if state else "STOPPED",
                "healthy": bool(answer and answer.healthy),
                "detail": answer.detail if answer else "",
                "uptime": state.description if state and state.running else "",
                "log": str(settings.logs_dir / f"{service.name}.log"),
            }
        )
    healthy = all(answer["healthy"] for answer in answers)
    if options.json:
        console.print_json(data=answers)
    else:
        for row in answers:
            mark = "[green]✓[/]" if row["healthy"] else "[red]✗[/]"
            detail = row["uptime"] if row["healthy"] else row["detail"]
            console.print(f"{mark} {row['service']:<8} {row['state']:<9} {detail}")
        if not healthy:
            console.print("'make start' starts what is missing; 'make logs' shows why it stopped")
    return 0 if healthy else _FAILED


def _logs(settings: LocalSettings, console: Console, options: argparse.Namespace) -> int:
    known = [service.name for service in services(settings)]
    if options.service and options.service not in known:
        print(f"finks: no service {options.service}; one of {', '.join(known)}", file=sys.stderr)  # noqa: T201
        return _BAD_CALL
    names = [options.service] if options.service else known
    files = [settings.logs_dir / f"{name}.log" for name in names]
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        console.print(f"no log yet: {', '.join(missing)}; 'make start' makes it")
        return _FAILED
    follow = ["-F"] if options.follow else []
    return subprocess.run(["tail", "-n", str(options.lines), *follow, *map(str, files)]).returncode


def _reset(settings: LocalSettings, console: Console, options: argparse.Namespace) -> int:
    if not options.yes:
        try:
            answer = console.input(f"Delete all data in {settings.state_dir}? Type yes: ")
        except EOFError:  # nobody is there to ask
            answer = ""
        if answer.strip().lower() != "yes":
            console.print("nothing was deleted; YES=1 deletes without asking")
            return _FAILED
    stack.reset(settings)
    console.print(f"deleted {settings.state_dir}")
    return 0


def _pipeline(settings: LocalSettings, console: Console, options: argparse.Namespace) -> int:
    first, last = options.start or options.date, options.end or options.date
    refusal = _refusal(settings, options, first, last)
    if refusal:
        print(f"finks: {refusal}", file=sys.stderr)  # noqa: T201
        return _BAD_CALL
    parameters: dict[str, Any] = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    if options.symbols:
        parameters["symbols"] = [part for part in options.symbols.upper().split(",") if part]
    if options.force:
        parameters["force"] = True
    return _follow(settings, console, parameters, until=last)


def _refusal(
    settings: LocalSettings, options: argparse.Namespace, first: date | None, last: date | None
) -> str | None:
    """Why a window cannot be run, in the words of the Makefile; None when it can."""
    if options.date and (options.start or options.end):
        return "DATE and FROM/TO are both given: give one day, or both ends"
    if first is None or last is None:
        return "name a day (DATE=2013-02-15) or both ends (FROM=2013-02-11 TO=2013-02-15)"
    if first > last:
        return f"FROM {first} is after TO {last}: exchange the two"
    if settings.clock and last > settings.clock:
        return f"{last} lies in the future: today is {settings.clock}; ask for an earlier day"
    return None


def _follow(
    settings: LocalSettings,
    console: Console,
    parameters: dict[str, Any],
    until: date | None = None,
) -> int:
    """Run the pipeline, then show what the lake holds unless there was nothing to do."""
    flow_run: FlowRun = pipeline.run(settings, console, parameters)
    style = "green" if flow_run.succeeded else "red"
    console.print(f"  {flow_run.state_name}", style=style, end="  ")
    console.print(flow_run.message, markup=False, soft_wrap=True)
    if not flow_run.succeeded:
        return _FAILED
    if flow_run.state_name != pipeline.SKIPPED:
        console.print()
        report.show(settings, console, until)
    return 0


def _doctor(
    settings: LocalSettings,
    console: Console,
    options: argparse.Namespace,
    *,
    quiet: bool = False,
) -> int:
    before = getattr(options, "before_setup", False)
    findings = list(doctor.examine(settings, environments=not before))
    if getattr(options, "json", False):
        console.print_json(data=[asdict(finding) for finding in findings])
    else:
        for finding in findings:
            if finding.well and not (quiet or before):
                console.print(f"[green]✓[/] {finding.check}: {finding.detail}", soft_wrap=True)
            elif not finding.well:
                console.print(
                    f"[red]✗[/] {finding.check}: {finding.detail} → {finding.remedy}",
                    soft_wrap=True,
                )
    return 0 if all(finding.well for finding in findings) else _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="finks", description="The local stack of Finks")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[LocalSettings, Console, argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    for name, run, text in (
        ("start", _start, "Start all services and run the demo once"),
        ("restart", _restart, "Stop, then start"),
    ):
        command(name, run, text).add_argument(
            "--no-demo", action="store_true", help="start the services alone"
        )
    command("stop", _stop, "Stop all services; the data stays")
    command("status", _status, "Which services run, and whether they are well").add_argument(
        "--json", action="store_true"
    )
    logs = command("logs", _logs, "Show the services' logs")
    logs.add_argument("service", nargs="?", help="one service; all without it")
    logs.add_argument("--lines", type=int, default=20)
    logs.add_argument("--follow", action="store_true")
    command("reset", _reset, "Stop, and delete all data").add_argument("--yes", action="store_true")
    daily = command("pipeline", _pipeline, "Run the daily pipeline for a day or a range")
    daily.add_argument("--date", type=_iso_date)
    daily.add_argument("--from", dest="start", type=_iso_date)
    daily.add_argument("--to", dest="end", type=_iso_date)
    daily.add_argument("--symbols", help="comma-separated; the stack's own without it")
    daily.add_argument("--force", action="store_true", help="fetch again what is complete")
    check = command("doctor", _doctor, "Check that this machine can run the stack")
    check.add_argument("--json", action="store_true")
    check.add_argument("--before-setup", action="store_true", help=argparse.SUPPRESS)
    return parser


def _iso_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date; write it as YYYY-MM-DD, for example 2013-02-15"
        ) from None
