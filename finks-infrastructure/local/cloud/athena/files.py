"""Data files of tables: plain files below the local cloud's S3 folder."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from local.cloud.service import ObjectStore


class Files:
    """Files behind ``s3://`` URIs. What is written appears whole: staged, flushed, renamed."""

    def __init__(self, objects: ObjectStore, staging: Path) -> None:
        self._objects = objects
        self._staging = staging

    def prepare(self) -> None:
        """Remove what an earlier process left half written."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(parents=True)

    def path(self, uri: str) -> Path:
        """The file or folder of a URI."""
        return self._objects.path_of(uri)

    def list(self, location: str) -> list[tuple[str, Path]]:
        """(URI, file) of all data files below a location, in the order of their names.

        As in Hive, names that start with ``_`` or ``.`` are no data.
        """
        top = self.path(location)
        base = location.rstrip("/")
        found = []
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if name[0] not in "_."]
            for name in names:
                path = Path(folder, name)
                if name[0] not in "_." and path.stat().st_size:
                    found.append((f"{base}/{path.relative_to(top).as_posix()}", path))
        return sorted(found)

    def is_empty(self, location: str) -> bool:
        """Whether nothing lies below a location."""
        top = self.path(location)
        return not any(names for _, _, names in os.walk(top))

    def stage(self) -> Path:
        """A new path to write to before `place`."""
        return self._staging / uuid.uuid4().hex

    def place(self, staged: Path, uri: str) -> None:
        """Make a staged file the object of a URI; on disk when it returns."""
        with staged.open("rb") as file:
            os.fsync(file.fileno())
        target = self.path(uri)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
        self.register(uri)

    def delete(self, uris: Iterable[str]) -> None:
        """Remove objects; those that are gone already do not matter."""
        for uri in uris:
            self.path(uri).unlink(missing_ok=True)
            self.register(uri)

    def delete_below(self, location: str) -> None:
        """Remove everything below a location."""
        shutil.rmtree(self.path(location), ignore_errors=True)
        self.register(location.rstrip("/") + "/")

    def register(self, uri: str) -> None:
        """Tell S3 about what changed under a URI."""
        bucket, _, key = uri.partition("://")[2].partition("/")
        self._objects.register_files(bucket, key)
