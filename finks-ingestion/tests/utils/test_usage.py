"""Counts by market day, over runs and processes."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from utils.usage import UsageError, UsageLog

TODAY = date(2013, 3, 1)
ROOT = Path(__file__).parents[2]
_TAKE = """
import sys
from datetime import date
from pathlib import Path
from utils.usage import UsageLog
log = UsageLog(Path(sys.argv[1]))
print(sum(log.take_call(date(2013, 3, 1), 500) for _ in range(300)))
"""


def test_the_counts_of_a_day_outlast_the_run(tmp_path: Path) -> None:
    first = UsageLog(tmp_path / "usage")
    for _ in range(3):
        assert first.take_call(TODAY, None)
    first.add_received(TODAY, 100)
    first.close()

    again = UsageLog(tmp_path / "usage")
    assert (again.calls(TODAY), again.received(TODAY, 1)) == (3, 100)
    assert again.calls(TODAY - timedelta(days=1)) == 0


def test_no_call_is_taken_beyond_the_limit() -> None:
    log = UsageLog()

    assert [log.take_call(TODAY, 2) for _ in range(4)] == [True, True, False, False]
    assert log.calls(TODAY) == 2


def test_processes_together_take_no_more_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "usage"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKE, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    taken = [int(process.communicate(timeout=60)[0]) for process in processes]

    assert sum(taken) == 500
    assert UsageLog(path).calls(TODAY) == 500


def test_bytes_are_counted_over_days_and_old_days_are_dropped() -> None:
    log = UsageLog()
    for days_ago in (0, 29, 30, 90):
        day = TODAY - timedelta(days=days_ago)
        log.take_call(day, None)
        log.add_received(day, 10)

    assert log.received(TODAY, 30) == 20
    log.forget_before(TODAY)
    assert log.received(TODAY, 365) == 30


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "usage").write_bytes(b"no database at all" * 100)

    with pytest.raises(UsageError, match="delete it") as raised:
        UsageLog(tmp_path / "usage")
    assert not raised.value.transient


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="writable"):
        UsageLog(tmp_path / "no" / "usage")
