"""The log in a file, for all processes of a machine that use one account.

Times are those of CLOCK_MONOTONIC, which all processes of a machine share and which no
correction of the wall clock moves. It begins anew when the machine does: times that are too
far in the future for any living call are then left out by the limiter.

`flock` guards the file: the kernel takes the lock from a process that is killed, and each
change is one small write, so that nobody finds half a record.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utils.rate_limit.log import FIRST_SIZE, GrantLog, State

LOG = logging.getLogger(__name__)
LOCK_SECONDS = 10.0
"""The lock is held for microseconds: who waits longer waits for a process that was stopped."""
_MAGIC = b"finkslog"
_HEADER = struct.Struct("<8sQQdd")
_SLOT = struct.Struct("<d")
_HEADER_BYTES = 64
_MAX_SIZE = 1 << 26
_POLL_SECONDS = 0.001


class StateFileError(Exception):
    """The shared state cannot be used; `transient` says whether a retry can help."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class FileLog(GrantLog):
    """A log in a file that is made when it is missing, and made anew when it is damaged.

    The methods raise StateFileError. The file is readable for its owner only.
    """

    def __init__(self, path: Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self.path = path
        self._lock_seconds = lock_seconds
        self._threads = threading.Lock()
        self._file = -1
        self._pid = 0
        with self.locked():  # to find out now, not at the first call, that it cannot be used
            pass

    @contextmanager
    def locked(self) -> Iterator[State]:
        """Hold the log against the other threads and processes."""
        with self._threads:
            try:
                self._lock_file()
                try:
                    yield self._load()
                finally:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
            except OSError as error:
                raise StateFileError(
                    f"cannot use {self.path} ({error.strerror or error}); make its folder "
                    "writable and free some space, or choose another folder",
                    transient=False,
                ) from error

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._threads:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def save(self, state: State) -> None:
        """Keep a changed state, in one write."""
        fields = (state.size, state.count, state.hold_until, state.share)
        os.pwrite(self._file, _HEADER.pack(_MAGIC, *fields), 0)

    def read_slot(self, index: int) -> float:
        """The time in a slot; a slot beyond the end of the file was never written."""
        data = os.pread(self._file, _SLOT.size, _HEADER_BYTES + index * _SLOT.size)
        return float(_SLOT.unpack(data)[0]) if len(data) == _SLOT.size else 0.0

    def write_slot(self, index: int, freed_at: float) -> None:
        """Replace the time in a slot."""
        os.pwrite(self._file, _SLOT.pack(freed_at), _HEADER_BYTES + index * _SLOT.size)

    def double(self, state: State) -> None:
        """Make the ring twice as large.

        A call either keeps its place or moves up by the old size. The upper half is written
        first, and counts only with the new size; whoever is killed between that and clearing
        the places left behind makes others wait too long, and only for one window.
        """
        size = state.size
        lower = array("d", os.pread(self._file, 8 * size, _HEADER_BYTES).ljust(8 * size, b"\0"))
        upper = array("d", bytes(8 * size))
        for number in range(max(0, state.count - size), state.count):
            place = number % (2 * size)
            if place >= size:
                upper[place - size], lower[place - size] = lower[place - size], 0.0
        os.pwrite(self._file, upper.tobytes(), _HEADER_BYTES + 8 * size)
        state.size = 2 * size
        self.save(state)
        os.pwrite(self._file, lower.tobytes(), _HEADER_BYTES)

    def _lock_file(self) -> None:
        """Open the file as far as needed, and lock it."""
        deadline = time.monotonic() + self._lock_seconds
        while True:
            if self._file < 0 or self._pid != os.getpid():
                # A forked child has the parent's open file, and with it the parent's lock.
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                self._file, self._pid = os.open(self.path, flags, 0o600), os.getpid()
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StateFileError(
                        f"{self.path} has been locked for {self._lock_seconds:g} s; end the "
                        "process that holds it (a stopped one keeps it), then run again",
                        transient=True,
                    ) from None
                time.sleep(_POLL_SECONDS)
                continue
            if os.fstat(self._file).st_nlink:
                return
            os.close(self._file)  # a cleaner of temporary files deleted it: share the new one
            self._file = -1

    def _load(self) -> State:
        data = os.pread(self._file, _HEADER.size, 0)
        if len(data) == _HEADER.size:
            magic, size, count, hold_until, share = _HEADER.unpack(data)
            sound = magic == _MAGIC and FIRST_SIZE <= size <= _MAX_SIZE and not size & (size - 1)
            if sound and 0 < share <= 1 and hold_until >= 0:
                return State(size, count, hold_until, share)
        if data:
            LOG.warning("%s is damaged; beginning a new count of calls", self.path)
        os.ftruncate(self._file, 0)
        state = State()
        self.save(state)
        return state
