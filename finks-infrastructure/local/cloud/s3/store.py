"""Objects on disk: written aside, renamed into place, indexed and flushed before the answer.

A reader may see an object a moment before it outlasts a failure of power; the writer has its answer
when it does. A reader opens the file of one body and keeps it, whatever is written meanwhile. After
a crash the folders are the truth: `reconcile` indexes files whose size or time the index does not
know. Old versions of an object are not kept: the buckets of the local cloud are unversioned.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from local.cloud.s3 import paths
from local.cloud.s3.body import Received
from local.cloud.s3.durability import SharedFlush
from local.cloud.s3.index import Attributes, ObjectIndex, StoredObject
from local.cloud.s3.register import Registrar
from local.cloud.service import AwsError

log = logging.getLogger(__name__)
Condition = Callable[[StoredObject | None], None]
"""Raises AwsError if the object that is there now must not be replaced."""


class DiskObjectStore:
    """The objects of all buckets below `root`; every public method is safe to call from threads.

    `lock` orders changes. Bodies are received and hashed outside of it, and changes flushed.
    """

    def __init__(self, root: Path, index: ObjectIndex) -> None:
        self.root = root
        self.index = index
        self.lock = threading.RLock()
        for folder in (paths.STAGING, paths.UPLOADS, paths.UNNAMEABLE):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for leftover in (root / paths.STAGING).iterdir():
            leftover.unlink()
        self._registrar = Registrar(root, index, self.lock)
        self.durability = SharedFlush(index.log)

    def staging_path(self) -> Path:
        """A new path for a body that is not an object yet; on the file system of the objects."""
        return self.root / paths.STAGING / uuid.uuid4().hex

    def create_bucket(self, bucket: str) -> None:
        """Make the folder of a bucket."""
        paths.check_bucket_name(bucket)
        with self.lock:
            self._make_folders(self.root / bucket)
        self.durability.flush()

    def delete_bucket(self, bucket: str) -> None:
        """Remove the folder of a bucket; raises AwsError BucketNotEmpty."""
        with self.lock:
            self.check_empty(bucket)
            for folder, _, files in os.walk(self.root / bucket, topdown=False):
                if files:  # nothing but ignored leftovers of executors, such as .crc files
                    for name in files:
                        Path(folder, name).unlink(missing_ok=True)
                Path(folder).rmdir()

    def check_empty(self, bucket: str) -> None:
        """Raise AwsError BucketNotEmpty if there is an object, indexed or not."""
        self.register_files(bucket)
        if self.index.select(bucket, limit=1):
            raise AwsError(
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty; delete its objects first.",
                409,
            )

    def commit(
        self,
        bucket: str,
        key: str,
        received: Received,
        attributes: Attributes,
        *,
        etag: str = "",
        condition: Condition | None = None,
    ) -> StoredObject:
        """Make a received body the object's; on disk when it returns. The ETag is the MD5."""
        try:
            paths.check_key(key)
            with self.lock:
                before = self.index.get(bucket, key)
                if condition is not None:
                    condition(before)
                location, file = self._place(bucket, key, received.path)
                item = StoredObject(
                    bucket=bucket,
                    key=key,
                    location=location,
                    size=received.size,
                    etag=etag or received.md5,
                    mtime_ns=file.stat().st_mtime_ns,
                    last_modified=time.time(),
                    attributes=attributes,
                )
                self.index.put(item)
                if before is not None and before.location != location:
                    (self.root / before.location).unlink(missing_ok=True)
        except BaseException:
            received.path.unlink(missing_ok=True)
            raise
        self.durability.flush()
        return item

    def _place(self, bucket: str, key: str, source: Path) -> tuple[str, Path]:
        """Rename a file to the place of a key, and give that, relative to the root and whole.

        A key that is no path, or whose path is taken (by a folder, or by a file where it needs a
        folder), gets a place of its own.
        """
        location = f"{bucket}/{key}" if paths.is_path(key) else paths.hidden_location(bucket, key)
        while True:
            target = self.root / location
            try:
                source.replace(target)
            except (NotADirectoryError, IsADirectoryError):
                location = paths.hidden_location(bucket, key)
            except FileNotFoundError:
                if not source.exists():
                    raise
                try:
                    self._make_folders(target.parent)
                except FileNotFoundError:  # an executor removed one meanwhile: look again
                    continue
                except (FileExistsError, NotADirectoryError):  # something there is no folder
                    location = paths.hidden_location(bucket, key)
            else:
                self.durability.changed(target.parent)
                return location, target

    def _make_folders(self, folder: Path) -> None:
        try:
            folder.mkdir(exist_ok=True)
        except FileNotFoundError:
            self._make_folders(folder.parent)
            folder.mkdir(exist_ok=True)
        self.durability.changed(folder.parent)

    def find(self, bucket: str, key: str) -> StoredObject:
        """The object; raises AwsError NoSuchKey."""
        item = self.index.get(bucket, key)
        if item is None:
            raise no_such_key()
        return item

    def open(self, bucket: str, key: str) -> tuple[StoredObject, BinaryIO]:
        """The object and its body, opened; raises AwsError NoSuchKey.

        A file that was changed or removed behind S3's back is noticed here.
        """
        item = self.find(bucket, key)
        file = self._open_as_indexed(item)
        if file is None:  # being replaced, or not S3's own doing: look again in order
            with self.lock:
                item = self.find(bucket, key)
                file = self._open_as_indexed(item)
                if file is None:
                    self._registrar.refresh(item)
                    item = self.find(bucket, key)
                    file = (self.root / item.location).open("rb")
        return item, file

    def _open_as_indexed(self, item: StoredObject) -> BinaryIO | None:
        """The file of an object, None if it is not the one that the index knows."""
        try:
            file = (self.root / item.location).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        status = os.fstat(file.fileno())
        if (status.st_size, status.st_mtime_ns) == (item.size, item.mtime_ns):
            return file
        file.close()
        return None

    def set_attributes(self, item: StoredObject, attributes: Attributes) -> None:
        """Replace tags or the like without touching the body."""
        with self.lock:
            current = self.find(item.bucket, item.key)
            self.index.put(replace(current, attributes=attributes))
        self.durability.flush()

    def delete(self, bucket: str, key: str, condition: Condition | None = None) -> None:
        """Remove an object; no error if there is none. On disk when it returns."""
        with self.lock:
            item = self.index.get(bucket, key)
            if condition is not None:
                condition(item)
            if item is None:
                return
            path = self.root / item.location
            self.index.delete(bucket, key)
            path.unlink(missing_ok=True)
            self.durability.changed(_remove_empty_folders(path.parent, self.root / bucket))
        self.durability.flush()

    def path_of(self, uri: str) -> Path:
        """The file or folder behind ``s3://bucket/key``, whether or not it exists yet."""
        bucket, key = paths.split_uri(uri)
        paths.check_bucket_name(bucket)
        if key and (item := self.index.get(bucket, key)) is not None:
            return self.root / item.location
        prefix = key.rstrip("/")
        if prefix and not paths.is_path(prefix):
            raise AwsError(
                "InvalidURI",
                f"{uri!r} has no folder on disk; use names without '..' and empty segments.",
            )
        return self.root / bucket / prefix

    def register_files(self, bucket: str, prefix: str = "") -> int:
        """Make files that an executor wrote (or removed) under a prefix known to S3."""
        changes = self._registrar.register(bucket, prefix)
        if changes:
            self.durability.flush()
        return changes

    def reconcile(self) -> int:
        """Bring the index up to date with the folders of all buckets, as after a crash."""
        buckets = {
            entry.name
            for entry in os.scandir(self.root)
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
        }
        changes = sum(self.register_files(bucket) for bucket in buckets | set(self.index.buckets()))
        self._registrar.collect_unnameable()
        return changes


def _remove_empty_folders(folder: Path, stop: Path) -> Path:
    """Remove a folder and those above it as far as they are empty; gives the first that stays."""
    while folder != stop and stop in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            break
        folder = folder.parent
    return folder


def no_such_key() -> AwsError:
    """What S3 answers when there is no object."""
    return AwsError("NoSuchKey", "The specified key does not exist.", 404)
