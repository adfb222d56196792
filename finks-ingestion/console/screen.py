"""Whether a person sits before stderr, and what runs there then."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

from connectors.progress import Progress
from console.events import LoggedProgress
from console.terminal import TerminalProgress


def screen_for(stream: TextIO | None) -> Console | None:
    """The console of a terminal that can redraw its lines; None for pipes, files and nothing.

    The stream itself is asked: rich would believe FORCE_COLOR and the like, which continuous
    integration sets for streams that no person watches. NO_COLOR is left to rich.
    """
    redraws = os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    if stream is None or not stream.isatty() or not redraws:
        return None
    return Console(file=stream, force_terminal=True, force_interactive=True, highlight=False)


def progress_for(screen: Console | None, calls_per_minute: int | None = None) -> Progress:
    """The display of a run: bars on a screen, log events without one.

    `calls_per_minute` is the source's limit, if there is one.
    """
    if screen is None:
        return LoggedProgress(calls_per_minute)
    return TerminalProgress(screen, calls_per_minute)


@contextmanager
def trying_on(screen: Console | None) -> Iterator[Callable[[str], object]]:
    """Show what is tried at the moment, in one line that goes away; without a screen nothing."""
    if screen is None:
        yield lambda _what: None
        return
    with screen.status("") as status:
        yield lambda what: status.update(Text(f"trying {what}"))
