"""Runs a command on a pseudo-terminal, and reads its screen as a person would."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte

_LINES = 60
_PROJECT = Path(__file__).parents[2]


@dataclass
class Session:
    """What came out of a command that ended."""

    code: int
    stdout: str
    """What went to a pipe; empty when stdout was the terminal too."""
    raw: str
    """All that the terminal received."""
    screen: list[str]
    """The lines that the terminal shows at the end."""
    frames: list[list[str]] = field(default_factory=list)
    """The screen after each piece that arrived."""

    @property
    def text(self) -> str:
        """The screen at the end."""
        return "\n".join(self.screen)

    def seen(self, part: str) -> bool:
        """Whether a line with this part stood on the screen at any moment."""
        return any(part in line for frame in self.frames for line in frame)


def run_on_terminal(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    width: int = 80,
    stdout_too: bool = False,
    terminate_at: str | None = None,
) -> Session:
    """Run `python -m connectors` with stderr (and stdout, if wanted) on a terminal.

    SIGTERM is sent as soon as a line with `terminate_at` stands on the screen.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, width, 0, 0))
    screen = pyte.Screen(width, _LINES)
    stream = pyte.ByteStream(screen)
    received: list[bytes] = []
    frames: list[list[str]] = []
    reached = threading.Event()

    def watch() -> None:
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # how Linux ends a pseudo-terminal that nobody holds any more
                return
            received.append(piece)
            stream.feed(piece)
            frames.append(_lines(screen))
            if terminate_at and any(terminate_at in line for line in frames[-1]):
                reached.set()

    unset = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors", *arguments],
        cwd=_PROJECT,
        env=inherited | {"TERM": "xterm-256color"} | dict(environment),
        stdin=slave,
        stdout=slave if stdout_too else subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        if terminate_at and reached.wait(60):
            process.terminate()
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        watcher.join(10)
        os.close(master)
    raw = b"".join(received).decode()
    return Session(process.returncode, (out or b"").decode(), raw, _lines(screen), frames)


def _lines(screen: pyte.Screen) -> list[str]:
    return [line.rstrip() for line in screen.display if line.strip()]
