"""`python -m connectors fmp [flags]` runs a connector; `--help` lists the other commands.

On a terminal stderr shows bars, warnings and a table at the end; elsewhere it gets JSON lines.
stdout gets one JSON summary line at the end, whatever the end is, unless both are terminals and
the table has said it all. The exit codes are those of `connectors.errors.ExitCode`.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from rich.console import Console

from connectors.base import Connector
from connectors.check import DESCRIPTION as CHECK
from connectors.check import run_check
from connectors.contract import contract
from connectors.errors import (
    UNFORESEEN,
    ConfigurationError,
    ConnectorError,
    ExitCode,
    Interrupted,
)
from connectors.flags import JSON_FLAG, PLAN_FLAG, Command, CommandParser
from connectors.interruption import Interruption
from connectors.metrics import publish_metrics
from connectors.preview import Preview
from connectors.report import RunReport
from connectors.settings import identity, load_settings
from connectors.sources import connector_names, load_connector
from console.logs import configure_logs
from console.output import tell
from console.preview import show_preview
from console.screen import progress_for, screen_for
from console.summary import show_summary
from utils.arrow import use_little_memory

LOG = logging.getLogger("connectors")
_PROG = "python -m connectors"
_CONTRACT = "Prints the interface with the other projects, as JSON."
_CONTRACT_PARTS = "Variables, exit codes, the layout and the schemas of bronze, and metrics."


def main(arguments: Sequence[str]) -> int:
    """Run the command; the result is the exit code."""
    name, *rest = arguments or [""]
    if name in connector_names():
        return run(name, rest)
    try:
        if name == "check":
            return run_check(rest, prog=_PROG)
        if name == "contract":
            return _print_contract(rest)
        overview = _overview()
        if name in ("-h", "--help"):
            tell(overview.format_help().rstrip())
            return ExitCode.COMPLETE
        sys.stderr.write(overview.format_help())
        if name:
            overview.error(f"there is no command {name!r}")
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
    return ExitCode.BAD_CONFIGURATION


def run(name: str, arguments: Sequence[str]) -> int:
    """Run one connector, and tell how it ended."""
    use_little_memory()
    screen = screen_for(sys.stderr)
    run_id, correlation_id = identity(arguments)
    configure_logs(screen, run_id=run_id, correlation_id=correlation_id)
    report = RunReport(name, run_id, correlation_id)
    interruption = Interruption()
    connector: Connector | None = None
    try:
        with interruption.handled():
            kind = load_connector(name)
            connector = kind(
                load_settings(
                    kind.settings_class,
                    arguments,
                    _command(kind),
                    run_id=run_id,
                )
            )
            if PLAN_FLAG in arguments:
                preview = connector.preview()
                _show(preview, as_json=JSON_FLAG in arguments)
                return preview.exit_code
            with progress_for(screen, connector.calls_per_minute) as progress:
                connector.run(report, interruption.shield, progress)
    except (ConnectorError, Interrupted) as error:
        report.exit_code, report.error = error.exit_code, str(error)
    except Exception as error:
        LOG.critical("unforeseen %s", type(error).__name__, exc_info=True)
        report.exit_code = UNFORESEEN
        report.error = (
            f"unforeseen {type(error).__name__}: {error}; this is a mistake of the connector: "
            "report it with the log"
        )
    _tell(report, screen, as_json=JSON_FLAG in arguments)
    if connector and report.started_at:
        interruption.shield()
        with interruption.handled():
            publish_metrics(report, connector.settings)
    return report.exit_code


def _tell(report: RunReport, screen: Console | None, *, as_json: bool) -> None:
    if screen:
        show_summary(report, screen)
    elif report.exit_code:
        LOG.error("%s: %s", report.status, report.error)
    if as_json or not (screen and screen_for(sys.stdout)):
        tell(json.dumps(report.summary(), default=str))


def _show(preview: Preview, *, as_json: bool) -> None:
    screen = None if as_json else screen_for(sys.stdout)
    if screen:
        show_preview(preview, screen)
    else:
        tell(json.dumps(preview.summary(), default=str))


def _print_contract(arguments: Sequence[str]) -> int:
    names = connector_names()
    text = f"{_CONTRACT}\n{_CONTRACT_PARTS}"
    parser = CommandParser(f"{_PROG} contract", f"[{'|'.join(names)}]", description=text)
    parser.add_argument(
        "source", nargs="?", choices=names, default=names[0], help="whose; default %(default)s"
    )
    name = parser.parse_args(arguments).source
    tell(json.dumps(contract(load_connector(name)), indent=2))
    return ExitCode.COMPLETE


def _overview() -> CommandParser:
    commands = {name: _description(load_connector(name)) for name in connector_names()}
    commands |= {"check": CHECK, "contract": _CONTRACT}
    lines = [f"  {name:<12}{description}" for name, description in commands.items()]
    closing = (
        "Begin with check, which needs FMP_API_KEY alone.\n"
        f"`{_PROG} COMMAND --help` explains a command and its flags."
    )
    return CommandParser(
        _PROG, "COMMAND [flags]", description="\n".join(["Commands:", *lines, "", closing])
    )


def _command(kind: type[Connector]) -> Command:
    datasets = {dataset.name: dataset.description for dataset in kind.datasets}
    return Command.of_run(f"{_PROG} {kind.source}", inspect.getdoc(kind) or "", datasets)


def _description(kind: type[Connector]) -> str:
    return (inspect.getdoc(kind) or "").split("\n", 1)[0]


def _leave(code: int) -> NoReturn:
    """End the process at once: threads of an interrupted run may still wait for S3 in compiled
    code, which the interpreter's own end would abort."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            if stream:
                stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(main(sys.argv[1:]))
