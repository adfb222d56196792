from __future__ import annotations

import os
import time
from pathlib import Path

from local.cloud.glue.changes import changed_prefixes


def make(bucket: Path, *keys: str, age: float) -> None:
    for key in keys:
        file = bucket / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(key)
    moment = time.time() - age
    for folder, folders, names in os.walk(bucket):
        for name in (".", *folders, *names):
            os.utime(Path(folder, name), (moment, moment))


def test_nothing_changed(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c.txt", "d.txt", age=100)
    assert changed_prefixes(tmp_path, time.time() - 50) == []
    assert changed_prefixes(tmp_path / "none", time.time()) == []


def test_new_changed_and_removed_files_are_covered(tmp_path: Path) -> None:
    make(tmp_path, "a/x=1/f", "a/x=2/f", "a/x=3/f", "b/f", "c/f", age=100)
    begun = time.time()
    (tmp_path / "a/x=1/new").write_text("new")
    (tmp_path / "a/x=2/f").unlink()
    (tmp_path / "b/f").write_text("changed in place")
    assert changed_prefixes(tmp_path, begun) == ["a/x=1/", "a/x=2/", "b/f"]
    (tmp_path / "a/x=4").mkdir()
    assert changed_prefixes(tmp_path, begun) == ["a/", "b/f"]


def test_very_many_changes_share_one_prefix(tmp_path: Path) -> None:
    keys = [f"t/date={i}/f" for i in range(300)]
    make(tmp_path, *keys, age=100)
    for key in keys:
        (tmp_path / key).write_text("again")
    assert changed_prefixes(tmp_path, time.time()) == ["t/"]
