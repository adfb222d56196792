"""`python -m connectors check [SOURCE]`: what a key and a bucket may do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from connectors.bronze_check import bronze_address, check_bronze
from connectors.errors import ConfigurationError, ConnectorError, ExitCode, Interrupted
from connectors.findings import CheckReport, SourceCheck, Trying
from connectors.flags import JSON_FLAG, JSON_HELP, Command
from connectors.interruption import Interruption
from connectors.settings import identity
from connectors.sources import connector_names, load_check, load_connector
from console.findings import show_check
from console.logs import configure_logs
from console.output import tell
from console.screen import screen_for, trying_on
from utils.s3 import Bucket

DESCRIPTION = "Tries what the key may do, and what may be done with bronze."
_SWITCHES = ((JSON_FLAG, JSON_HELP),)
_EXAMPLES = (
    ("the key alone: one call for each endpoint", ""),
    ("the bronze bucket too, of which nothing is changed", "--s3-bucket finks-local-bronze"),
)
_EXIT_CODES = {
    ExitCode.COMPLETE: "everything that the datasets need works",
    ExitCode.BAD_CONFIGURATION: "a setting is wrong, or bronze cannot be used",
    ExitCode.PERMANENT_SOURCE_ERROR: "the key is refused, or an endpoint that a dataset needs",
    ExitCode.TRANSIENT_ERROR: "the source or bronze cannot be reached, or fails: check again",
    ExitCode.INTERRUPTED: "interrupted",
}


def run_check(arguments: Sequence[str], *, prog: str) -> int:
    """Check one source, the first one unless it is named, and print what was found out.

    The result is the exit code.
    """
    kinds = {name: kind for name in connector_names() if (kind := load_check(name))}
    name, flags = next(iter(kinds), ""), arguments
    if arguments and not arguments[0].startswith("-"):
        name, *flags = arguments
    report = CheckReport(name)
    errors = screen_for(sys.stderr)
    run_id, correlation_id = identity(arguments)
    configure_logs(errors, run_id=run_id, correlation_id=correlation_id)
    try:
        if name not in kinds:
            raise ConfigurationError(
                f"there is no check of {name!r}; name one of {', '.join(kinds)}"
            )
        others = {
            other: load_connector(other).datasets
            for other, kind in kinds.items()
            if kind is kinds[name] and other != name
        }
        check = kinds[name](
            flags,
            Command(
                f"{prog} check",
                f"{DESCRIPTION}\nWithout a name it is the check of {next(iter(kinds))}.",
                _SWITCHES,
                _EXAMPLES,
                _EXIT_CODES,
                usage=f"[{'|'.join(kinds)}] [flags]",
            ),
            load_connector(name).datasets,
            others,
        )
        with Interruption().handled(), trying_on(errors) as trying:
            _run(check, report, trying)
    except ConnectorError as error:
        report.exit_code, report.error = error.exit_code, str(error)
    except Interrupted as error:
        report.exit_code, report.error = error.exit_code, "interrupted; check again"
    _tell(report, as_json=JSON_FLAG in arguments)
    return report.exit_code


def _run(check: SourceCheck, report: CheckReport, trying: Trying) -> None:
    failure: ConnectorError | None = None
    try:
        check.run(report, trying)
    except ConnectorError as error:  # what bronze allows is worth knowing all the same
        failure = error
    if bucket := check.settings.s3_bucket:
        bronze = Bucket(bucket)
        report.bronze = bronze_address(bronze, report.source)
        report.findings += check_bronze(bronze, report.source, trying)
    if failure:
        raise failure
    report.conclude()


def _tell(report: CheckReport, *, as_json: bool) -> None:
    screen = None if as_json else screen_for(sys.stdout)
    if screen:
        show_check(report, screen)
    else:
        tell(json.dumps(report.summary()))
