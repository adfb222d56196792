"""Checks that this machine can run the stack; every finding says how to mend it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.local import LocalSettings
from local.processes import of_stack, port_holder
from local.services import DBT, INFRASTRUCTURE, INGESTION, PIPELINES, python_of, services

JAVA_VERSIONS = (17, 21)
"""Spark 4.1 runs on these; its Hadoop breaks from Java 24 on."""
_PYTHON_VERSION = "3.12"
_FREE_BYTES = 2 * 1024**3
_MEMORY_BYTES = 4 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, what was found, and the remedy when it is not well."""

    check: str
    detail: str
    remedy: str = ""

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.remedy


def examine(settings: LocalSettings, *, environments: bool = True) -> Iterator[Finding]:
    """Run all checks; without `environments` only those that come before set-up."""
    yield _java()
    yield from _ports(settings)
    yield _disk(settings.state_dir)
    yield _memory()
    if environments:
        yield from _environments()


def _java() -> Finding:
    wanted = " or ".join(str(version) for version in JAVA_VERSIONS)
    remedy = f"install Java {wanted} (Debian: apt-get install openjdk-17-jre-headless)"
    binary = shutil.which("java")
    if binary is None:
        return Finding("Java", "not found", remedy)
    answer = subprocess.run([binary, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    if found is None:
        return Finding("Java", f"{binary} does not tell its version", remedy)
    version = int(found.group(1))
    if version not in JAVA_VERSIONS:
        return Finding("Java", f"{version} at {binary}", f"{remedy} and put it first on PATH")
    return Finding("Java", f"{version} at {binary}")


def _ports(settings: LocalSettings) -> Iterator[Finding]:
    own = {process.pid for process in of_stack(settings.state_dir)}
    for service in services(settings):
        if service.port is None:
            continue
        check = f"port {service.port} ({service.name})"
        holder = port_holder(service.port)
        if holder is None:
            yield Finding(check, "free")
        elif holder.pid in own:
            yield Finding(check, "held by this stack")
        else:
            yield Finding(
                check,
                f"held by {holder.phrase}",
                f"end that process or move the port: FINKS_{service.name.upper()}_PORT=…"
                " in .env.local",
            )


def _disk(state_dir: Path) -> Finding:
    folder = next(parent for parent in (state_dir, *state_dir.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1024**3:.0f} GB free at {folder}"
    if free < _FREE_BYTES:
        return Finding("disk", detail, "free 2 GB, or move the data: FINKS_STATE_DIR=…")
    return Finding("disk", detail)


def _memory() -> Finding:
    available = psutil.virtual_memory().available
    detail = f"{available / 1024**3:.1f} GB available"
    if available < _MEMORY_BYTES:
        return Finding("memory", detail, "close programs until 4 GB are available")
    return Finding("memory", detail)


def _environments() -> Iterator[Finding]:
    for project in (INFRASTRUCTURE, INGESTION, PIPELINES, PIPELINES / "glue_scripts", DBT):
        python = python_of(project)
        answer = (
            subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
            if Path(python).exists()
            else None
        )
        check = f"environment of {project.name}"
        if answer is None or _PYTHON_VERSION not in answer.stdout:
            yield Finding(check, "missing or not Python 3.12", "make setup")
        else:
            yield Finding(check, answer.stdout.strip())
