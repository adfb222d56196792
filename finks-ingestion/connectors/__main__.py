"""`python -m connectors fmp [flags]` runs a connector, `contract` prints its interface.

Logs go to stderr as JSON lines; stdout gets one JSON summary line at the end, whatever the
end is. The exit codes are those of `connectors.errors.ExitCode`.
"""

from __future__ import annotations

import importlib
import json
import logging
import pkgutil
import sys
from collections.abc import Sequence

import connectors
from connectors.base import Connector
from connectors.contract import contract
from connectors.errors import ConnectorError, ExitCode, Interrupted
from connectors.interruption import Interruption
from connectors.report import RunReport
from connectors.settings import load_settings, raw_identity
from utils.json_logging import configure_logging

LOG = logging.getLogger("connectors")


def connector_names() -> list[str]:
    """The sources of this image: the packages next to this module."""
    return [m.name for m in pkgutil.iter_modules(connectors.__path__) if m.ispkg]


def main(arguments: Sequence[str]) -> int:
    """Run the command; the result is the exit code."""
    names = [*connector_names(), "contract"]
    if not arguments or arguments[0] not in names:
        sys.stderr.write(f"usage: python -m connectors {{{','.join(names)}}} [flags]\n")
        return ExitCode.BAD_CONFIGURATION
    if arguments[0] == "contract":
        name = arguments[1] if arguments[1:] else connector_names()[0]
        sys.stdout.write(json.dumps(contract(_load(name)), indent=2) + "\n")
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
            kind = _load(name)
            prog = f"python -m connectors {name}"
            connector = kind(load_settings(kind.settings_class, arguments, prog=prog))
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


def _load(name: str) -> type[Connector]:
    """The connector of a source; imported only now, as an image need not hold the others."""
    kind: type[Connector] = importlib.import_module(f"connectors.{name}").CONNECTOR
    return kind


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
