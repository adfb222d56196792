"""Files that somebody wrote, changed or removed on disk, made known to S3."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from local.cloud.s3 import paths
from local.cloud.s3.body import CHUNK
from local.cloud.s3.index import Attributes, ObjectIndex, StoredObject

log = logging.getLogger(__name__)
_CONTENT_TYPE = {"content-type": "binary/octet-stream"}


@dataclass(frozen=True)
class _Fingerprint:
    """Content of a file at one moment."""

    size: int
    mtime_ns: int
    md5: str


def is_leftover(key: str) -> bool:
    """Whether Hadoop or a writer left this file for itself: checksums, hidden and unfinished."""
    *folders, name = key.split("/")
    return name.startswith(".") or any(
        folder == "_temporary" or folder.startswith(".") for folder in folders
    )


class Registrar:
    """Compares folders with the index; hashes outside of the lock, changes inside of it."""

    def __init__(self, root: Path, index: ObjectIndex, lock: threading.RLock) -> None:
        self._root = root
        self._index = index
        self._lock = lock

    def register(self, bucket: str, prefix: str) -> int:
        """Index new and changed files under a prefix, forget removed ones; returns the changes."""
        known = {item.key: item for item in self._index.select(bucket, prefix)}
        found: dict[str, _Fingerprint] = {}
        seen: set[str] = set()
        for key, path, status in self._files(bucket, prefix):
            seen.add(key)
            item = known.get(key)
            if _is_current(item, bucket, status) or (item is None and is_leftover(key)):
                continue
            fingerprint = _fingerprint(Path(path))
            if fingerprint is not None:
                found[key] = fingerprint
        with self._lock, self._index.transaction():
            changes = sum(self._put(bucket, key, print_) for key, print_ in found.items())
            for item in known.values():
                if item.key not in seen:
                    changes += self._forget_if_gone(item)
        return changes

    def refresh(self, item: StoredObject) -> None:
        """Index the body anew of an object whose file was changed; the caller holds the lock."""
        fingerprint = _fingerprint(self._root / item.location)
        if fingerprint is None:
            log.warning("s3://%s/%s: its file is gone, forgetting it", item.bucket, item.key)
            self._index.delete(item.bucket, item.key)
            return
        log.info("s3://%s/%s: its file was changed, indexing it again", item.bucket, item.key)
        self._index.put(_with_body(item, fingerprint))

    def collect_unnameable(self) -> None:
        """Remove bodies that no object claims: their write was never acknowledged."""
        claimed = {
            item.location
            for bucket in self._index.buckets()
            for item in self._index.select(bucket)
            if item.location.startswith(paths.UNNAMEABLE)
        }
        for path in (self._root / paths.UNNAMEABLE).rglob("*"):
            if path.is_file() and path.relative_to(self._root).as_posix() not in claimed:
                path.unlink()

    def _files(self, bucket: str, prefix: str) -> Iterator[tuple[str, str, os.stat_result]]:
        """Key, path and status of files whose key starts with the prefix; no links."""
        top = str(self._root / bucket)
        start = prefix.rpartition("/")[0]
        if start and not paths.is_path(start):
            return
        for folder, _, names in os.walk(f"{top}/{start}".rstrip("/")):
            for name in names:
                path = f"{folder}/{name}"
                key = path[len(top) + 1 :]
                if not key.startswith(prefix):
                    continue
                try:
                    key.encode()
                    status = os.lstat(path)
                except UnicodeEncodeError:
                    log.warning("%r: its name is not UTF-8, so it cannot be an object", path)
                    continue
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield key, path, status

    def _put(self, bucket: str, key: str, fingerprint: _Fingerprint) -> int:
        path = self._root / bucket / key
        item = self._index.get(bucket, key)
        try:
            status = path.stat()
        except FileNotFoundError:
            return 0
        if _is_current(item, bucket, status) or status.st_mtime_ns != fingerprint.mtime_ns:
            return 0  # S3 itself put another body there meanwhile
        location = f"{bucket}/{key}"
        if item is None:
            item = StoredObject(bucket, key, location, 0, "", 0, 0.0, Attributes(_CONTENT_TYPE))
        self._index.put(_with_body(replace(item, location=location), fingerprint))
        return 1

    def _forget_if_gone(self, item: StoredObject) -> int:
        if (self._root / item.location).is_file():
            return 0
        self._index.delete(item.bucket, item.key)
        return 1


def _is_current(item: StoredObject | None, bucket: str, status: os.stat_result) -> bool:
    return (
        item is not None
        and item.location == f"{bucket}/{item.key}"
        and (item.size, item.mtime_ns) == (status.st_size, status.st_mtime_ns)
    )


def _with_body(item: StoredObject, fingerprint: _Fingerprint) -> StoredObject:
    return replace(
        item,
        size=fingerprint.size,
        etag=fingerprint.md5,
        mtime_ns=fingerprint.mtime_ns,
        last_modified=fingerprint.mtime_ns / 1e9,
        attributes=replace(item.attributes, checksums={}),
    )


def _fingerprint(path: Path) -> _Fingerprint | None:
    """Hash a file and flush it to disk; None when it is gone or no regular file."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None
            md5 = hashlib.md5(usedforsecurity=False)
            while chunk := file.read(CHUNK):
                md5.update(chunk)
            os.fsync(file.fileno())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return _Fingerprint(status.st_size, status.st_mtime_ns, md5.hexdigest())
