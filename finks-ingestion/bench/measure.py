"""Wall time and peak memory of a command with all its child processes.

Memory is the resident size. Linux: the sum over the tree every few hundredths of a second, and
the kernel's own high-water mark of the command itself, which misses nothing between samples.
Elsewhere: the kernel's maximum of the command alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

_PROC = Path("/proc")
_SAMPLE_SECONDS = 0.04
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SHOWN_LINES = 5


@dataclass(frozen=True)
class Measured:
    """One command from its start to its end; `peak_bytes` covers its children."""

    wall_seconds: float
    peak_bytes: int
    exit_code: int
    stdout: str
    stderr: str

    @property
    def last_line(self) -> str:
        """The last line of stdout."""
        lines = self.stdout.splitlines()
        return lines[-1] if lines else ""


def measure(command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Measured:
    """Run a command in a folder with exactly this environment, and measure it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL,
            stdout=out, stderr=err,
        )  # fmt: skip
        peak = _Peak(process.pid)
        try:
            with peak:
                _, status, usage = os.wait4(process.pid, 0)
                wall = time.perf_counter() - began
                process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", errors="replace"))
    kernel_maximum = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(wall, peak.bytes or kernel_maximum, process.returncode, *texts)


def require_success(name: str, measured: Measured) -> None:
    """Raise BenchError with the end of what a failed command said."""
    if measured.exit_code:
        said = "\n".join((measured.stderr + measured.stdout).splitlines()[-_SHOWN_LINES:])
        raise BenchError(
            f"{name} ended with exit code {measured.exit_code}; correct what it says:\n{said}"
        )


class _Peak:
    """Samples a tree of processes in a thread while the block runs."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> None:
        if _PROC.is_dir():
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            tree = sum(resident_bytes(pid) for pid in process_tree(self._pid))
            self.bytes = max(self.bytes, tree, _high_water_mark(self._pid))


def process_tree(root: int) -> list[int]:
    """A process and all that descend from it (Linux)."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (fields := _read(entry / "stat")):
            # The name in parentheses may hold spaces; state and parent follow it.
            children[int(fields.rpartition(")")[2].split()[1])].append(int(entry.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def resident_bytes(pid: int) -> int:
    """The resident size of a process; 0 when it is gone (Linux)."""
    fields = _read(_PROC / str(pid) / "statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def _high_water_mark(pid: int) -> int:
    for line in _read(_PROC / str(pid) / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended meanwhile
        return ""
