from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.measure import measure, require_success

MEGABYTE = 1_000_000
HOLD = "import sys, time; held = b'x' * 60_000_000; time.sleep(0.5)"
WITH_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}]); {HOLD}"
BOTH_AT_ONCE = (
    f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {HOLD!r}]); "
    f"{HOLD}; child.wait()"
)


def run(code: str, folder: Path, **environment: str) -> int:
    command = [sys.executable, "-c", code]
    return measure(command, folder=folder, environment=environment).peak_bytes


def test_the_command_sees_nothing_but_its_environment(tmp_path: Path) -> None:
    code = "import os; print('first'); print(sorted(os.environ), os.getcwd())"
    measured = measure([sys.executable, "-c", code], folder=tmp_path, environment={"ONE": "1"})
    assert "'ONE'" in measured.last_line
    assert "'PATH'" not in measured.last_line
    assert str(tmp_path) in measured.last_line
    assert measured.exit_code == 0
    assert measured.wall_seconds > 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="children are summed on Linux")
def test_memory_of_children_counts_when_it_is_held_at_once(tmp_path: Path) -> None:
    one_after_the_other = run(WITH_A_CHILD, tmp_path)
    at_once = run(BOTH_AT_ONCE, tmp_path)
    assert 60 * MEGABYTE < one_after_the_other < 120 * MEGABYTE
    assert at_once > 120 * MEGABYTE


def test_a_failure_is_shown_with_what_the_command_said(tmp_path: Path) -> None:
    code = "import sys; sys.exit('the disk is full')"
    measured = measure([sys.executable, "-c", code], folder=tmp_path, environment=os.environ)
    with pytest.raises(BenchError, match="exit code 1") as error:
        require_success("finks", measured)
    assert "the disk is full" in str(error.value)
