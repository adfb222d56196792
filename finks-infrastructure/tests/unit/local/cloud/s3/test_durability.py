"""What is flushed before an answer, and that many changes share a flush."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.cloud.s3.body import copy_file
from local.cloud.s3.durability import SharedFlush
from local.cloud.s3.index import Attributes
from local.cloud.s3.store import DiskObjectStore

_CLIENTS = 16


class Disk:
    """Records what is flushed; a flush takes `seconds`, and fails while `full`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.flushed: list[tuple[int, int]] = []
        self.seconds = 0.0
        self.full = False
        self._fsync = os.fsync
        monkeypatch.setattr(os, "fsync", self._flush)

    def _flush(self, descriptor: int) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        time.sleep(self.seconds)
        self._fsync(descriptor)
        self.flushed.append(_identity(os.fstat(descriptor)))

    def has_flushed(self, *paths: Path) -> bool:
        """Whether exactly these were flushed, in this order."""
        return self.flushed == [_identity(path.stat()) for path in paths]


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.touch()
    return path


def _put(store: DiskObjectStore, key: str) -> None:
    source = store.staging_path()
    source.write_bytes(b"body")
    with source.open("rb") as opened:
        received = copy_file([opened], store.staging_path())
    store.commit("lake", key, received, Attributes())


def test_a_write_has_flushed_its_folders_and_then_the_index_when_it_returns(
    store: DiskObjectStore, disk: Disk
) -> None:
    _put(store, "q/date=2013-02-01/part-0.parquet")
    place = store.root / "lake/q/date=2013-02-01"
    body, *folders, last = disk.flushed
    assert body == _identity((place / "part-0.parquet").stat())
    assert set(folders) == {_identity(f.stat()) for f in (place, place.parent, store.root / "lake")}
    assert last == _identity(store.index.log.stat())


def test_a_delete_and_new_tags_are_flushed_too(store: DiskObjectStore, disk: Disk) -> None:
    _put(store, "q/k")
    disk.flushed.clear()
    store.set_attributes(store.find("lake", "q/k"), Attributes(tags={"a": "b"}))
    assert disk.has_flushed(store.index.log)
    disk.flushed.clear()
    store.delete("lake", "q/k")
    assert disk.has_flushed(store.root / "lake", store.index.log)


def test_changes_that_come_during_a_flush_share_the_next_one(file: Path, disk: Disk) -> None:
    disk.seconds = 0.05
    flush = SharedFlush(file)
    folders = [file.parent / str(number) for number in range(_CLIENTS)]
    ready = threading.Barrier(_CLIENTS)

    def change(folder: Path) -> None:
        ready.wait()
        folder.mkdir()
        flush.changed(folder)
        flush.flush()
        assert _identity(folder.stat()) in disk.flushed

    with ThreadPoolExecutor(_CLIENTS) as clients:
        list(clients.map(change, folders))
    assert disk.flushed.count(_identity(file.stat())) < _CLIENTS / 2


def test_a_change_waits_for_a_flush_that_began_after_it(file: Path, disk: Disk) -> None:
    disk.seconds = 0.2
    flush = SharedFlush(file)
    first = threading.Thread(target=flush.flush)
    first.start()
    time.sleep(0.1)
    flush.changed(file.parent)
    flush.flush()
    first.join()
    assert disk.has_flushed(file, file.parent, file)


def test_everybody_hears_of_a_flush_that_failed(file: Path, disk: Disk) -> None:
    flush = SharedFlush(file)
    flush.changed(file.parent)
    disk.full = True
    with ThreadPoolExecutor(_CLIENTS) as clients:
        errors = [clients.submit(flush.flush).exception() for _ in range(_CLIENTS)]
    assert all(isinstance(error, OSError) for error in errors)
    disk.full = False
    flush.flush()
    assert disk.has_flushed(file.parent, file), "the next one makes up for it"


def test_a_folder_that_was_removed_meanwhile_is_no_error(file: Path, disk: Disk) -> None:
    flush = SharedFlush(file)
    flush.changed(file.parent / "gone")
    flush.flush()
    assert disk.has_flushed(file)
