"""`python -m connectors fmp [flags]` runs a connector, `contract` prints its interface.

Logs go to stderr as JSON lines; stdout gets one JSON summary line at the end, whatever the
end is. The exit codes are those of `connectors.errors.ExitCode`.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence

from connectors.base import Connector
from connectors.contract import contract
from connectors.errors import ConnectorError, ExitCode, Interrupted
from connectors.fmp.connector import FmpConnector
from connectors.fmp.settings import FmpSettings
from connectors.interruption import Interruption
from connectors.report import RunReport
from connectors.settings import load_settings, raw_identity
from utils.json_logging import configure_logging

LOG = logging.getLogger("connectors")
CONNECTORS: dict[str, Callable[[Sequence[str]], Connector]] = {
    "fmp": lambda arguments: FmpConnector(
        load_settings(FmpSettings, arguments, prog="python -m connectors fmp")
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Run the command; the result is the exit code."""
    names = [*CONNECTORS, "contract"]
    if not arguments or arguments[0] not in names:
        sys.stderr.write(f"usage: python -m connectors {{{','.join(names)}}} [flags]\n")
        return ExitCode.BAD_CONFIGURATION
    if arguments[0] == "contract":
        sys.stdout.write(json.dumps(contract(), indent=2) + "\n")
        return ExitCode.COMPLETE
    return run(arguments[0], arguments[1:])


def run(name: str, arguments: Sequence[str]) -> int:
    """Run one connector, and print the summary line."""
    run_id, correlation_id = raw_identity()
    configure_logging(run_id=run_id, correlation_id=correlation_id)
    report = RunReport(name, run_id, correlation_id)
    interruption = Interruption()
    try:
        with interruption.handled():
            connector = CONNECTORS[name](arguments)
            settings = connector.settings
            report.run_id, report.correlation_id = settings.run_id, settings.log_correlation_id
            configure_logging(run_id=report.run_id, correlation_id=report.correlation_id)
            connector.run(report, interruption.shield())
    except (ConnectorError, Interrupted) as error:
        report.exit_code, report.error = error.exit_code, str(error)
    if report.exit_code:
        LOG.error("%s: %s", report.exit_code.name.lower(), report.error)
    sys.stdout.write(json.dumps(report.summary(), default=str) + "\n")
    sys.stdout.flush()
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
