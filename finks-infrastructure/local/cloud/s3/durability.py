"""What changed reaches the disk before the answer, many changes with one flush.

A flush costs the disk about as much for many changes as for one. Whoever asks while one is under
way therefore shares the next one with all that ask meanwhile.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path


class SharedFlush:
    """Flushes folders that changed and, after them, one `file`; safe to call from threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._turn = threading.Condition()
        self._next = _Round()
        self._flushing = False

    def changed(self, folder: Path) -> None:
        """Note that a folder has other names in it; the next flush includes them."""
        with self._turn:
            self._next.folders.add(folder)

    def flush(self) -> None:
        """Put on disk what was noted, and written to the file, before this call.

        Raises OSError to everybody whose changes may not be there.
        """
        with self._turn:
            round_ = self._next
            self._turn.wait_for(lambda: round_.done or not self._flushing)
            leads = not round_.done
            if leads:
                self._flushing, self._next = True, _Round()
        if leads:
            self._lead(round_)
        if round_.error is not None:
            raise round_.error

    def _lead(self, round_: _Round) -> None:
        try:
            for path in (*round_.folders, self._file):
                _flush(path)
        except OSError as error:
            round_.error = error
        finally:
            with self._turn:
                if round_.error:  # what comes after it may rely on these
                    self._next.folders |= round_.folders
                round_.done, self._flushing = True, False
                self._turn.notify_all()


class _Round:
    """What one flush is for, and what came of it."""

    def __init__(self) -> None:
        self.folders: set[Path] = set()
        self.done = False
        self.error: OSError | None = None


def _flush(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # removed meanwhile, which its parent tells the disk
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
