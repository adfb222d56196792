"""Finds processes: who holds a port, and what a stack has left behind."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from local.cloud.service import STACK_MARKER

_LEAVE_SECONDS = 5
_COMMAND_CHARACTERS = 120


@dataclass(frozen=True)
class PortHolder:
    """Who listens on a port; `pid` is None where the system does not tell."""

    phrase: str
    pid: int | None = None


def port_holder(port: int) -> PortHolder | None:
    """Who holds a TCP port of 127.0.0.1; None when it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return _listener(port) or PortHolder("another process")
    return None


def _listener(port: int) -> PortHolder | None:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS shows other processes' sockets to root alone
        return None
    for connection in connections:
        local = connection.laddr
        if connection.status == psutil.CONN_LISTEN and local and local.port == port:
            return None if connection.pid is None else _describe(connection.pid)
    return None


def _describe(pid: int) -> PortHolder:
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return PortHolder(f"pid {pid}", pid)
    return PortHolder(f"pid {pid} ({command[:_COMMAND_CHARACTERS]})", pid)


def of_stack(state_dir: Path) -> list[psutil.Process]:
    """Processes that a stack started, this one and its parents left out."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in own and process.environ().get(STACK_MARKER) == str(state_dir):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def end(leftovers: list[psutil.Process]) -> None:
    """End processes: politely, then for good."""
    for process in leftovers:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(leftovers, timeout=_LEAVE_SECONDS)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=_LEAVE_SECONDS)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return
