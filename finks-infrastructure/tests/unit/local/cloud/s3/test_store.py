"""Files that others write, and what is left when a process dies between two steps."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from local.cloud.s3.body import copy_file
from local.cloud.s3.index import Attributes, ObjectIndex
from local.cloud.s3.multipart import MultipartUploads
from local.cloud.s3.store import DiskObjectStore
from local.cloud.service import AwsError


def _put(store: DiskObjectStore, key: str, body: bytes, **metadata: str) -> None:
    source = store.staging_path().with_suffix(".source")
    source.write_bytes(body)
    with source.open("rb") as file:
        received = copy_file([file], store.staging_path())
    source.unlink()
    store.commit("lake", key, received, Attributes(metadata=metadata))


def _read(store: DiskObjectStore, key: str) -> bytes:
    _, file = store.open("lake", key)
    with file:
        return file.read()


def _keys(store: DiskObjectStore, prefix: str = "") -> list[str]:
    return [item.key for item in store.index.select("lake", prefix)]


def _write(store: DiskObjectStore, key: str, body: bytes = b"x") -> Path:
    path = store.root / "lake" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def _reopened(store: DiskObjectStore) -> DiskObjectStore:
    return DiskObjectStore(store.root, store.index)


def test_files_of_an_executor_become_objects(store: DiskObjectStore) -> None:
    path = _write(store, "q/date=2013-02-01/run=1/part-0.parquet", b"rows")
    assert store.register_files("lake", "q/") == 1
    item = store.find("lake", "q/date=2013-02-01/run=1/part-0.parquet")
    assert item.etag == hashlib.md5(b"rows").hexdigest()  # noqa: S324
    assert (item.size, item.mtime_ns) == (4, path.stat().st_mtime_ns)
    assert item.last_modified == pytest.approx(path.stat().st_mtime)
    assert store.register_files("lake", "q/") == 0


def test_what_hadoop_leaves_behind_is_no_object(store: DiskObjectStore) -> None:
    for key in (
        "q/_SUCCESS",
        "q/._SUCCESS.crc",
        "q/.part-0.parquet.crc",
        "q/_temporary/0/part-0.parquet",
        "q/.spark-staging-1/part-0.parquet",
        "q/_metadata/part-0.parquet",
    ):
        _write(store, key)
    store.register_files("lake")
    assert _keys(store) == ["q/_SUCCESS", "q/_metadata/part-0.parquet"]


def test_registering_keeps_to_its_prefix(store: DiskObjectStore) -> None:
    for key in ("q/a/1", "q/ab/1", "q/b/1", "other/1"):
        _write(store, key)
    assert store.register_files("lake", "q/a") == 2
    assert _keys(store) == ["q/a/1", "q/ab/1"]
    assert store.register_files("lake", "none/at/all") == 0
    assert store.register_files("lake", "../lake") == 0
    assert store.register_files("no-such-bucket") == 0


def test_changed_and_removed_files_are_noticed(store: DiskObjectStore) -> None:
    _put(store, "changed", b"before", run="1")
    _put(store, "removed", b"before")
    _put(store, "same", b"before")
    _write(store, "changed", b"after!")
    os.utime(store.root / "lake/changed", ns=(1, 1))
    (store.root / "lake/removed").unlink()
    assert store.register_files("lake") == 2
    assert _keys(store) == ["changed", "same"]
    assert _read(store, "changed") == b"after!"


def test_a_reader_never_gets_a_new_body_with_an_old_etag(store: DiskObjectStore) -> None:
    _put(store, "k", b"before")
    _write(store, "k", b"written by someone else")
    item, file = store.open("lake", "k")
    with file:
        assert file.read() == b"written by someone else"
    assert item.etag == hashlib.md5(b"written by someone else").hexdigest()  # noqa: S324
    (store.root / "lake/k").unlink()
    with pytest.raises(AwsError, match="does not exist"):
        store.open("lake", "k")
    assert _keys(store) == []


def test_links_are_not_followed_out_of_the_bucket(store: DiskObjectStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (store.root / "lake/link").symlink_to(tmp_path / "secret")
    (store.root / "lake/folder").symlink_to(tmp_path)
    assert store.register_files("lake") == 0


def test_a_write_that_died_before_its_index_entry_is_found_again(store: DiskObjectStore) -> None:
    _put(store, "k", b"acknowledged", run="1")
    _write(store, "k", b"renamed, but not indexed")
    _write(store, "new", b"also")
    store.staging_path().write_bytes(b"half a body")
    again = _reopened(store)
    assert again.reconcile() == 2
    assert list((store.root / ".staging").iterdir()) == []
    assert _read(again, "k") == b"renamed, but not indexed"
    assert _read(again, "new") == b"also"


def test_unnameable_bodies_survive_and_orphans_do_not(store: DiskObjectStore) -> None:
    _put(store, "folder/", b"marker")
    _put(store, "a", b"file")
    _put(store, "a/b", b"below a file")
    orphan = store.root / ".unnameable" / "lake" / ("0" * 64)
    orphan.write_bytes(b"never acknowledged")
    again = _reopened(store)
    again.reconcile()
    assert not orphan.exists()
    assert {key: _read(again, key) for key in _keys(again)} == {
        "folder/": b"marker",
        "a": b"file",
        "a/b": b"below a file",
    }


def test_an_object_moves_to_its_path_once_that_is_free(store: DiskObjectStore) -> None:
    _put(store, "a", b"file")
    _put(store, "a/b", b"1")
    store.delete("lake", "a")
    _put(store, "a/b", b"2")
    assert (store.root / "lake/a/b").read_bytes() == b"2"
    assert [path for path in (store.root / ".unnameable").rglob("*") if path.is_file()] == []


def test_a_bucket_with_files_that_nobody_registered_is_not_empty(store: DiskObjectStore) -> None:
    path = _write(store, "q/part-0.parquet")
    with pytest.raises(AwsError, match="not empty"):
        store.delete_bucket("lake")
    path.unlink()
    _write(store, "q/.part-0.parquet.crc")
    store.delete_bucket("lake")
    assert not (store.root / "lake").exists()


def test_parts_of_a_finished_upload_are_removed_at_the_next_start(
    store: DiskObjectStore,
) -> None:
    uploads = MultipartUploads(store)
    kept = uploads.create("lake", "k", Attributes())
    gone = uploads.create("lake", "l", Attributes())
    store.index.delete_upload(gone.upload_id)
    uploads.collect()
    assert [path.name for path in (store.root / ".uploads").iterdir()] == [kept.upload_id]


def test_a_failed_commit_leaves_nothing(store: DiskObjectStore) -> None:
    def refuse(_: object) -> None:
        raise AwsError("PreconditionFailed", "no", 412)

    path = store.staging_path()
    path.write_bytes(b"x")
    with path.open("rb") as file:
        received = copy_file([file], store.staging_path())
    path.unlink()
    with pytest.raises(AwsError):
        store.commit("lake", "k", received, Attributes(), condition=refuse)
    assert _keys(store) == []
    assert list((store.root / ".staging").iterdir()) == []


def test_the_index_is_on_disk_when_a_change_returns(store: DiskObjectStore, tmp_path: Path) -> None:
    _put(store, "k", b"x", run="1")
    other = ObjectIndex(tmp_path / "objects.sqlite")
    found = other.get("lake", "k")
    other.close()
    assert found == store.find("lake", "k")
    assert found is not None
    assert found.attributes.metadata == {"run": "1"}
