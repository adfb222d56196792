"""Runs the local cloud: ``python -m local.cloud --port P --state-dir D --projects-dir D``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from local.cloud.server import HOST, LocalCloud
from local.cloud.state import StateError

log = logging.getLogger("local.cloud")
EXIT_FAILED = 1
EXIT_UNUSABLE = 2
"""Port or state folder taken, or a journal that cannot be replayed."""
_QUIET_LOGGERS = ("werkzeug", "botocore", "urllib3")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    options = _parse(arguments)
    logging.basicConfig(
        level=options.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        cloud = LocalCloud(
            port=options.port, state_dir=options.state_dir, projects_dir=options.projects_dir
        )
    except OSError as error:
        return _unusable(
            f"port {options.port} on {HOST} cannot be used ({error.strerror or error}): stop what"
            " listens there, or give another port with --port"
        )
    except StateError as error:
        return _unusable(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: cloud.stop())
    try:
        cloud.run(drop_failing_entries=options.drop_failing_entries)
    except StateError as error:
        return _unusable(str(error))
    except Exception:
        log.exception("the local cloud failed")
        return EXIT_FAILED
    return 0


def _unusable(message: str) -> int:
    print(f"local cloud: {message}", file=sys.stderr)  # noqa: T201 - one clear line, no log
    return EXIT_UNUSABLE


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.cloud", description=__doc__)
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1, 0 for any")
    parser.add_argument(
        "--state-dir", type=Path, required=True, help="folder of everything that is kept"
    )
    parser.add_argument(
        "--projects-dir", type=Path, required=True, help="folder with the four sibling projects"
    )
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warning"))
    parser.add_argument(
        "--drop-failing-entries",
        action="store_true",
        help="drop changes from the journal that the control plane refuses on replay",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
