"""One dbt invocation, in this process."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from types import FrameType

from dbt.cli.main import dbtRunner

from runner.logs import JsonLog
from runner.settings import Settings

SUCCESS = 0
FAILED_NODES = 1
UNHANDLED = 2
TERMINATED = 128 + signal.SIGTERM


def run_dbt(arguments: Sequence[str], settings: Settings, log: JsonLog) -> tuple[int, str]:
    """Run dbt and return its exit code and, for code 2 and up, what went wrong.

    A SIGTERM (ECS stops the task) cancels the queries that run, then ends with 143.
    """
    os.environ.update(settings.dbt_environment())
    with (
        _interrupted_by_sigterm() as received,
        contextlib.redirect_stdout(sys.stderr),
        warnings.catch_warnings(),
    ):
        warnings.showwarning = log.python_warning
        result = dbtRunner(callbacks=[log.dbt_event]).invoke(list(arguments))
    if received:
        return TERMINATED, "terminated by SIGTERM; run the same command again"
    if result.success:
        return SUCCESS, ""
    if result.exception is None:
        return FAILED_NODES, ""
    message = " ".join(str(result.exception).split()) or type(result.exception).__name__
    return UNHANDLED, message


@contextlib.contextmanager
def _interrupted_by_sigterm() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt, which dbt knows how to end on, at the first SIGTERM."""
    received: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        if not received:
            received.append(number)
            raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, handle)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, previous)
