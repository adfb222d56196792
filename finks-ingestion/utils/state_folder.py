"""The folder in which the runs of one machine share what they know of an account."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

OFF = "off"
"""The setting for runs that share nothing."""


class StateFolderError(Exception):
    """The folder cannot be used until somebody acts; the message says how."""


def default_state_folder() -> Path:
    """A folder of this user below the system's folder of temporary files."""
    return Path(tempfile.gettempdir()) / f"finks-limits-{os.getuid()}"


def open_state_folder(folder: Path) -> Path:
    """Make the folder, readable for its owner only, unless it is there.

    Raises StateFolderError; also when it is somebody else's, or a link to elsewhere, as
    everybody can put one into a folder of temporary files.
    """
    remedy = "make it a folder that only this user can write to, or choose another one"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise StateFolderError(
            f"cannot make the folder {folder} ({error.strerror}); {remedy}"
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        raise StateFolderError(f"{folder} is no folder; {remedy}")
    if found.st_uid != os.getuid():
        raise StateFolderError(f"{folder} belongs to user {found.st_uid}; {remedy}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StateFolderError(f"{folder} cannot be written to; {remedy}")
    return folder


def account_id(server: str, key: str) -> str:
    """A name for a key on a server: the same in every run, and no way back to the key."""
    return hashlib.sha256(f"finks\0{server}\0{key}".encode()).hexdigest()[:16]
