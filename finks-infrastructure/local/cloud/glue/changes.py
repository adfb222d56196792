"""Which part of a bucket was changed since a moment."""

from __future__ import annotations

import os
from pathlib import Path

_CLOCK_SLACK_SECONDS = 1.0
"""File times may be a little behind the clock, by the tick of the kernel's."""
_MAX_PREFIXES = 200


def changed_prefixes(bucket: Path, since: float) -> list[str]:
    """Prefixes that cover every file that came, went or changed since (Unix seconds).

    A folder is changed when an entry came or went, a file when it was written. None of the
    prefixes lies under another one; where there are very many, one common prefix stands for
    them.
    """
    limit = since - _CLOCK_SLACK_SECONDS
    found: set[str] = set()
    _collect(str(bucket), "", limit, found)
    if len(found) > _MAX_PREFIXES:
        folders = [prefix.rpartition("/")[0] for prefix in found]
        common = os.path.commonpath(folders)
        return [f"{common}/" if common else ""]
    return sorted(found)


def _collect(folder: str, prefix: str, limit: float, found: set[str]) -> None:
    try:
        if os.stat(folder).st_mtime >= limit:  # noqa: PTH116 - thousands of them: no Path objects
            found.add(prefix)
            return
        with os.scandir(folder) as scan:
            entries = list(scan)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            _collect(entry.path, f"{prefix}{entry.name}/", limit, found)
        elif _modified(entry) >= limit:
            found.add(f"{prefix}{entry.name}")


def _modified(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return 0.0
