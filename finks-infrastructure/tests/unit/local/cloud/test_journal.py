from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from local.cloud.journal import Entry, Journal, JournalError


def _entry(body: bytes = b"{}", recorded_at: float = 1.5, action: str = "CreateTable") -> Entry:
    return Entry(
        recorded_at=recorded_at,
        seed=2**62,
        service="glue",
        action=action,
        method="POST",
        path="/",
        query="",
        headers={"host": "localhost:4566"},
        body=body,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def test_entries_come_back_in_order_from_a_new_process(path: Path) -> None:
    written = [_entry(b"\x00\xff"), _entry(b"{}"), _entry(b"")]
    journal = Journal(path)
    for entry in written:
        journal.append(entry)
    journal.close()

    journal = Journal(path)
    assert [entry for _, entry in journal.entries()] == written
    assert len(journal) == 3
    journal.close()


def test_only_the_owner_may_read_it(path: Path) -> None:
    Journal(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entries SET body = x'00' WHERE sequence = 2",
        "UPDATE entries SET headers = '{' WHERE sequence = 2",
        "UPDATE entries SET recorded_at = recorded_at + 1 WHERE sequence = 2",
        "UPDATE entries SET checksum = '' WHERE sequence = 2",
    ],
)
def test_a_changed_entry_is_named_with_the_remedy(path: Path, damage: str) -> None:
    journal = Journal(path)
    for _ in range(3):
        journal.append(_entry())
    journal.close()
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    connection.close()

    journal = Journal(path)
    with pytest.raises(JournalError, match=r"entry 2 does not match .*make reset"):
        list(journal.entries())
    journal.close()


def test_a_file_that_is_no_database_is_refused_with_the_remedy(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"garbage" * 1000)
    with pytest.raises(JournalError, match="make reset"):
        Journal(path)


def test_a_page_lost_in_the_middle_is_noticed(path: Path) -> None:
    journal = Journal(path)
    for _ in range(50):
        journal.append(_entry(b"x" * 3000))
    journal.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\x99" * 4096)
    with pytest.raises(JournalError, match="damaged"):
        list(Journal(path).entries())


def test_a_write_that_was_cut_short_leaves_no_trace(path: Path, tmp_path: Path) -> None:
    journal = Journal(path)
    journal.append(_entry(b"first"))
    journal.append(_entry(b"second" * 2000))
    wal = path.with_name(path.name + "-wal").read_bytes()
    copy = tmp_path / "copy" / "journal.sqlite"
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    copy.with_name(copy.name + "-wal").write_bytes(wal[:-5000])
    journal.close()

    journal = Journal(copy)
    assert [entry.body for _, entry in journal.entries()] == [b"first"]
    journal.close()


def test_forget_drops_only_old_entries_of_the_given_operations(path: Path) -> None:
    journal = Journal(path)
    journal.append(_entry(recorded_at=10.0, action="PutLogEvents"))
    journal.append(_entry(recorded_at=10.0, action="CreateTable"))
    journal.append(_entry(recorded_at=30.0, action="PutLogEvents"))
    assert journal.forget([("glue", "PutLogEvents")], before=20) == 1
    assert [(e.action, e.recorded_at) for _, e in journal.entries()] == [
        ("CreateTable", 10),
        ("PutLogEvents", 30),
    ]
    journal.close()
