"""The folder that runs share: private, and never somebody else's."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from utils.state_folder import (
    StateFolderError,
    account_id,
    default_state_folder,
    open_state_folder,
)


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    folder = open_state_folder(tmp_path / "a" / "limits")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert open_state_folder(folder) == folder


def test_the_default_is_among_the_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/elsewhere")

    assert default_state_folder() == Path(f"/elsewhere/finks-limits-{os.getuid()}")


def test_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(StateFolderError, match="choose another one"):
        open_state_folder(tmp_path / "file")
    with pytest.raises(StateFolderError, match="is no folder"):
        open_state_folder(tmp_path / "link")


def test_a_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(StateFolderError, match="belongs to user"):
        open_state_folder(tmp_path)


def test_an_account_has_one_name_that_does_not_show_the_key() -> None:
    name = account_id("fmp.example", "s3cret")

    assert name == account_id("fmp.example", "s3cret")
    assert len({name, account_id("fmp.example", "other"), account_id("b.example", "s3cret")}) == 3
    assert "s3cret" not in name
