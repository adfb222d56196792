"""What goes to stdout: for a program, or for nobody."""

from __future__ import annotations

import logging
import sys

LOG = logging.getLogger(__name__)


def tell(text: str) -> None:
    """Write a text and a line break to stdout.

    When nobody reads it, as behind `| head`, that is a warning: the work is done all the same.
    """
    if sys.stdout is None:  # it is closed, and Python has none
        return
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        LOG.warning("stdout takes nothing: %s", error.strerror or error)
