"""The Java that Spark runs on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from local.cloud.glue.errors import LaunchError

SUPPORTED = (17, 21)
_HOME = re.compile(r"^\s*java\.home = (.+)$", re.MULTILINE)
_VERSION = re.compile(r"^\s*java\.version = (?:1\.)?(\d+)\S*$", re.MULTILINE)
_FULL_VERSION = re.compile(r"^\s*java\.vm\.version = (\S+)$", re.MULTILINE)
_REMEDY = "install Java 17 or 21 (a JRE is enough) and point JAVA_HOME at it"


@dataclass(frozen=True)
class Java:
    """A Java runtime."""

    home: Path
    major: int
    build: str
    """The whole version of its virtual machine."""


def find_java() -> Java:
    """The Java of JAVA_HOME, else the one on the PATH, when Spark can run on it.

    Raises LaunchError, which names what was found, when there is none of a supported version:
    Spark 4 wants 17, and its Hadoop does not work on 24 and later.
    """
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home, "bin", "java"))] if home else []
    if on_path := shutil.which("java"):
        candidates.append(on_path)
    found = [java for java in map(_inspect, candidates) if java is not None]
    for java in found:
        if java.major in SUPPORTED:
            return java
    if not found:
        raise LaunchError(f"no Java was found: {_REMEDY}")
    versions = ", ".join(f"Java {java.major} in {java.home}" for java in found)
    raise LaunchError(f"Spark does not run on {versions}: {_REMEDY}")


def _inspect(program: str) -> Java | None:
    path = Path(program)
    return _ask(program, path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=8)
def _ask(program: str, _modified: int) -> Java | None:
    try:
        answer = subprocess.run(
            [program, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    home, major = _HOME.search(answer), _VERSION.search(answer)
    build = _FULL_VERSION.search(answer)
    if home is None or major is None:
        return None
    return Java(Path(home[1].strip()), int(major[1]), build[1] if build else major[1])
