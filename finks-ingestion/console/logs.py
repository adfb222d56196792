"""Log lines: readable ones above the bars of a terminal, JSON lines everywhere else."""

from __future__ import annotations

import logging

from rich.console import Console
from rich.highlighter import NullHighlighter
from rich.logging import RichHandler

from utils.json_logging import configure_logging, install_handler

_SUMMARISED = "connectors.draft"
"""What this logger says of a dataset stands in the table at the end."""


def configure_logs(screen: Console | None, *, run_id: str, correlation_id: str) -> None:
    """Send log records to the screen, warnings and above, or to stderr as JSON lines.

    The screen shows what happens by itself. Its lines must go through the console that draws
    the bars, or they would break them.
    """
    if screen is None:
        configure_logging(run_id=run_id, correlation_id=correlation_id)
        return
    handler = RichHandler(
        console=screen,
        show_path=False,
        omit_repeated_times=False,
        log_time_format="%H:%M:%S",
        highlighter=NullHighlighter(),
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(lambda record: record.name != _SUMMARISED)
    install_handler(handler, level=logging.WARNING)
