from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from local.cloud.processes import (
    EXECUTION_MARKER,
    ProcessIdentity,
    ProcessTree,
    Stream,
    kill_executions,
    kill_process,
)

ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}


class Lines:
    def __init__(self) -> None:
        self.all: list[tuple[Stream, str]] = []

    def __call__(self, stream: Stream, line: str) -> None:
        self.all.append((stream, line))

    def of(self, stream: Stream) -> list[str]:
        return [line for where, line in self.all if where == stream]


def start(
    tmp_path: Path, *arguments: str, mark: str = "", lines: Lines | None = None
) -> ProcessTree:
    return ProcessTree(
        arguments,
        cwd=tmp_path,
        environment=ENVIRONMENT,
        execution_id=mark or str(tmp_path),
        on_line=lines if lines is not None else Lines(),
    )


def python(code: str) -> tuple[str, str, str]:
    return sys.executable, "-c", code


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_for(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("pass", 0), ("raise SystemExit(4)", 4), ("import os; os.kill(os.getpid(), 15)", 143)],
)
def test_exit_codes(tmp_path: Path, code: str, exit_code: int) -> None:
    assert start(tmp_path, *python(code)).wait(20) == exit_code


def test_wait_gives_up(tmp_path: Path) -> None:
    tree = start(tmp_path, "sleep", "600")
    assert tree.wait(0.1) is None
    assert tree.terminate(5) == 143
    assert tree.wait(0) == 143
    assert tree.terminate(5) == 143


def test_a_command_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        start(tmp_path, "no-such-program")


def test_lines_of_both_streams(tmp_path: Path) -> None:
    lines = Lines()
    code = (
        "import sys\n"
        "sys.stdout.buffer.write(b'one\\r\\n\\ntwo \\xff\\nlast'); sys.stdout.flush()\n"
        "print('x' * 300000, file=sys.stderr)\n"
        "for i in range(20000): print(i, file=sys.stderr)"
    )
    assert start(tmp_path, *python(code), lines=lines).wait(20) == 0
    assert lines.of("stdout") == ["one", "", "two �", "last"]
    errors = lines.of("stderr")
    assert errors[-20000:] == [str(i) for i in range(20000)]
    assert "".join(errors[:-20000]) == "x" * 300000
    assert max(map(len, errors)) < 330_000


def test_terminate_escalates(tmp_path: Path) -> None:
    lines = Lines()
    code = (
        "import signal, time; signal.signal(15, signal.SIG_IGN);"
        "print(1, flush=True); time.sleep(60)"
    )
    tree = start(tmp_path, *python(code), lines=lines)
    wait_for(lambda: bool(lines.all))
    begun = time.monotonic()
    assert tree.terminate(0.5) == 137
    assert time.monotonic() - begun >= 0.5


def test_nothing_of_the_tree_outlives_its_leader(tmp_path: Path) -> None:
    lines = Lines()
    script = (
        "sleep 600 & echo $!; env -i /bin/sleep 600 & echo $!; setsid sleep 600 & echo $!; "
        "(setsid sh -c 'trap \"\" TERM; echo $$; sleep 600; sleep 600' &); sleep 0.3"
    )
    assert start(tmp_path, "sh", "-c", script, lines=lines).wait(20) == 0
    pids = [int(pid) for pid in lines.of("stdout")]
    assert len(pids) == 4
    assert not [pid for pid in pids if alive(pid)]


HOST = """
import pathlib, sys
from local.cloud.processes import ProcessTree

lines = []
tree = ProcessTree(
    ["sh", "-c", "setsid sleep 600 & echo $!; exec sleep 600"],
    cwd=pathlib.Path("/"), environment={"PATH": "/usr/bin:/bin"}, execution_id=sys.argv[1],
    on_line=lambda _, line: lines.append(line),
)
while not lines:
    pass
print(lines[0], tree.identity.pid, tree.identity.created, flush=True)
tree.wait()
"""


def test_leftovers_of_a_killed_host() -> None:
    mark = f"left-{os.getpid()}"
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, mark],
        cwd=Path(__file__).resolve().parents[4],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert host.stdout is not None
    child, leader, created = host.stdout.readline().split()
    host.kill()
    host.communicate()
    assert alive(int(leader))
    assert alive(int(child))
    identity = ProcessIdentity(int(leader), float(created))
    assert not kill_process(ProcessIdentity(identity.pid, identity.created - 60))
    assert alive(identity.pid)
    assert kill_process(identity)
    assert not alive(identity.pid)
    assert not kill_process(identity)
    assert alive(int(child))
    assert kill_executions({mark}) == 1
    assert not alive(int(child))
    assert kill_executions({mark}) == 0


def test_the_marker_is_in_the_environment(tmp_path: Path) -> None:
    lines = Lines()
    code = f"import os; print(os.environ[{EXECUTION_MARKER!r}])"
    start(tmp_path, *python(code), mark="this one", lines=lines).wait(20)
    assert lines.of("stdout") == ["this one"]


def test_a_handler_that_fails_does_not_hold_the_command_up(tmp_path: Path) -> None:
    def fail(_stream: Stream, _line: str) -> None:
        raise OSError("no space left")

    tree = ProcessTree(
        python("for i in range(100_000): print(i)"),
        cwd=tmp_path,
        environment=ENVIRONMENT,
        execution_id=str(tmp_path),
        on_line=fail,
    )
    assert tree.wait(20) == 0
