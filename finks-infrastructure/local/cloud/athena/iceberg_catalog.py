"""pyiceberg on the local Glue catalog, reading and writing the files of the local S3 folder."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from local.cloud.athena.files import Files

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient


class _Input(InputFile):
    def __init__(self, location: str, path: Path) -> None:
        super().__init__(location)
        self._path = path

    def __len__(self) -> int:
        return self._path.stat().st_size

    def exists(self) -> bool:
        return self._path.is_file()

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002  # a file always is
        return self._path.open("rb")


class _Writer(io.FileIO):
    """A staged file that becomes the object when it is closed."""

    def __init__(self, files: Files, location: str) -> None:
        self._files = files
        self._location = location
        self._staged = files.stage()
        super().__init__(self._staged, "wb")

    def __exit__(self, *exception: Any) -> None:
        if exception[0] is not None:
            super().close()
            self._staged.unlink(missing_ok=True)
            return
        self.close()

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        if self._staged.exists():
            self._files.place(self._staged, self._location)


class _Output(OutputFile):
    def __init__(self, location: str, files: Files) -> None:
        super().__init__(location)
        self._files = files

    def __len__(self) -> int:
        return self._files.path(self.location).stat().st_size

    def exists(self) -> bool:
        return self._files.path(self.location).is_file()

    def to_input_file(self) -> InputFile:
        return _Input(self.location, self._files.path(self.location))

    def create(self, overwrite: bool = False) -> OutputStream:
        if not overwrite and self.exists():
            raise FileExistsError(self.location)
        return _Writer(self._files, self.location)


class LocalFileIO(FileIO):
    """Iceberg's files as the plain files that they are."""

    def __init__(self, files: Files) -> None:
        super().__init__()
        self._files = files

    def new_input(self, location: str) -> InputFile:
        """A file to read."""
        return _Input(location, self._files.path(location))

    def new_output(self, location: str) -> OutputFile:
        """A file to write."""
        return _Output(location, self._files)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove a file; no error if it is gone."""
        self._files.delete([location if isinstance(location, str) else location.location])


class LocalGlueCatalog(GlueCatalog):
    """pyiceberg's Glue catalog with the local file system below it."""

    def __init__(self, glue: GlueClient, files: Files) -> None:
        super().__init__("local", client=glue)
        self._file_io = LocalFileIO(files)

    def _load_file_io(self, properties: Any = None, location: str | None = None) -> FileIO:  # noqa: ARG002
        return self._file_io
