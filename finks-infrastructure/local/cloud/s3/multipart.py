"""Multipart uploads: parts are files of their own until the upload completes."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from local.cloud.s3 import paths
from local.cloud.s3.body import Received, copy_file
from local.cloud.s3.index import Attributes, Part, StoredObject, Upload
from local.cloud.s3.store import Condition, DiskObjectStore
from local.cloud.service import AwsError

MIN_PART_BYTES = 5 * 1024 * 1024
MAX_PART_NUMBER = 10_000


class MultipartUploads:
    """Uploads under way; they and their parts survive a restart."""

    def __init__(self, store: DiskObjectStore) -> None:
        self._store = store
        self._index = store.index
        self._folder = store.root / paths.UPLOADS

    def create(self, bucket: str, key: str, attributes: Attributes) -> Upload:
        """Begin an upload."""
        paths.check_key(key)
        upload = Upload(uuid.uuid4().hex, bucket, key, time.time(), attributes)
        (self._folder / upload.upload_id).mkdir()
        self._index.put_upload(upload)
        self._store.durability.changed(self._folder)
        self._store.durability.flush()
        return upload

    def find(self, bucket: str, key: str, upload_id: str) -> Upload:
        """The upload; raises AwsError NoSuchUpload."""
        upload = self._index.get_upload(upload_id)
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise AwsError(
                "NoSuchUpload",
                "The specified upload does not exist: it may have been aborted or completed;"
                " begin a new one.",
                404,
            )
        return upload

    def put_part(self, upload: Upload, number: int, received: Received) -> Part:
        """Keep a part, instead of an earlier one with its number."""
        try:
            if not 1 <= number <= MAX_PART_NUMBER:
                raise AwsError(
                    "InvalidArgument", f"Part number must be from 1 to {MAX_PART_NUMBER}."
                )
            name = f"{upload.upload_id}/{number:05d}-{uuid.uuid4().hex}"
            with self._store.lock:
                self.find(upload.bucket, upload.key, upload.upload_id)
                before = {part.number: part for part in self._index.parts(upload.upload_id)}
                received.path.rename(self._folder / name)
                self._store.durability.changed(self._folder / upload.upload_id)
                part = Part(
                    upload.upload_id, number, received.size, received.md5, name, time.time()
                )
                self._index.put_part(part)
                if number in before:
                    (self._folder / before[number].file).unlink(missing_ok=True)
        finally:
            received.path.unlink(missing_ok=True)
        self._store.durability.flush()
        return part

    def parts(self, upload: Upload) -> list[Part]:
        """Parts by number."""
        return self._index.parts(upload.upload_id)

    def under_way(self, bucket: str, prefix: str) -> list[Upload]:
        """Uploads of a bucket by key."""
        return self._index.uploads(bucket, prefix)

    def complete(
        self,
        upload: Upload,
        wanted: Sequence[tuple[int, str]],
        condition: Condition | None = None,
    ) -> StoredObject:
        """Join the wanted (number, ETag) parts into the object and forget the upload."""
        parts = self._chosen(upload, wanted)
        digests = b"".join(bytes.fromhex(part.etag) for part in parts)
        etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
        with ExitStack() as stack:
            files = [stack.enter_context((self._folder / part.file).open("rb")) for part in parts]
            joined = copy_file(files, self._store.staging_path())
        item = self._store.commit(
            upload.bucket,
            upload.key,
            joined,
            upload.attributes,
            etag=etag,
            condition=condition,
        )
        self.abort(upload)
        return item

    def _chosen(self, upload: Upload, wanted: Sequence[tuple[int, str]]) -> list[Part]:
        numbers = [number for number, _ in wanted]
        if not numbers:
            raise AwsError("MalformedXML", "The upload names no part; name at least one.")
        if numbers != sorted(set(numbers)):
            raise AwsError("InvalidPartOrder", "The parts must be listed once, by part number.")
        there = {part.number: part for part in self.parts(upload)}
        for number, etag in wanted:
            if number not in there or there[number].etag != etag:
                raise AwsError(
                    "InvalidPart",
                    f"Part {number} could not be found, or its entity tag does not match;"
                    " upload it again.",
                )
        chosen = [there[number] for number in numbers]
        for part in chosen[:-1]:
            if part.size < MIN_PART_BYTES:
                raise AwsError(
                    "EntityTooSmall",
                    f"Part {part.number} has {part.size} bytes; all but the last part need"
                    f" {MIN_PART_BYTES}.",
                )
        return chosen

    def abort(self, upload: Upload) -> None:
        """Forget an upload and its parts."""
        with self._store.lock:
            with self._index.transaction():
                self._index.delete_upload(upload.upload_id)
            _remove_folder(self._folder / upload.upload_id)
            self._store.durability.changed(self._folder)
        self._store.durability.flush()

    def collect(self) -> None:
        """Remove folders of uploads that were aborted or completed when a process died."""
        for folder in self._folder.iterdir():
            if self._index.get_upload(folder.name) is None:
                _remove_folder(folder)


def _remove_folder(folder: Path) -> None:
    for file in folder.iterdir() if folder.is_dir() else ():
        file.unlink(missing_ok=True)
    if folder.is_dir():
        folder.rmdir()
