"""The state folder: one local cloud at a time works on it."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO


class StateError(Exception):
    """The state cannot be used as it is; the message says what to do."""


class StateInUseError(StateError):
    """Another local cloud works on the state folder."""


def lock_folder(state_dir: Path) -> TextIO:
    """Keep other local clouds off a state folder until the returned file is closed."""
    file = (state_dir / "cloud.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise StateInUseError(
            f"another local cloud uses {state_dir}: stop it first (`make stop`)"
        ) from None
    return file
