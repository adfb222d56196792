"""The process: starting, stopping, and what it does when it cannot start."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from local.cloud.state import StateInUseError, lock_folder
from tests.conftest import INFRASTRUCTURE, REGION, RunningCloud


def _run(port: int, state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.cloud", "--port", str(port), "--state-dir", str(state)]
    return subprocess.run(
        [*command, "--projects-dir", str(INFRASTRUCTURE.parent), *arguments],
        cwd=INFRASTRUCTURE,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_health_check_names_every_service(cloud: RunningCloud) -> None:
    health = cloud.health()
    assert health["status"] == "ready"
    assert {"s3", "ecs", "glue", "athena", "control-plane"} <= set(health["services"])
    assert all(service["version"] for service in health["services"].values())


def test_sigterm_ends_it_and_frees_the_port(own_cloud: RunningCloud) -> None:
    own_cloud.client("s3").list_buckets()  # leaves a connection open
    assert own_cloud.stop() == 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", own_cloud.port))


def test_a_taken_port_is_one_clear_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _run(port, tmp_path / "state")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"local cloud: port {port} on 127.0.0.1 cannot be used")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "state").exists()


def test_a_state_folder_has_one_local_cloud(tmp_path: Path) -> None:
    with lock_folder(tmp_path):
        with pytest.raises(StateInUseError, match="make stop"):
            lock_folder(tmp_path)
        ended = _run(0, tmp_path)
        assert (ended.returncode, "make stop" in ended.stderr) == (2, True)
    lock_folder(tmp_path).close()


def test_an_entry_that_is_refused_on_replay_stops_the_start_and_can_be_dropped(
    own_cloud: RunningCloud,
) -> None:
    glue = own_cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t"})
    glue.create_database(DatabaseInput={"Name": "other"})
    own_cloud.stop()
    with sqlite3.connect(own_cloud.state_dir / "journal.sqlite") as connection:
        connection.execute("DELETE FROM entries WHERE sequence = 1")
    connection.close()

    ended = _run(0, own_cloud.state_dir)
    assert ended.returncode == 2
    assert "entry 2 (glue CreateTable)" in ended.stderr
    assert "--drop-failing-entries" in ended.stderr

    own_cloud.start("--drop-failing-entries")
    assert [item["Name"] for item in glue.get_databases()["DatabaseList"]] == ["other"]
    own_cloud.stop()
    own_cloud.start()
    assert [item["Name"] for item in glue.get_databases()["DatabaseList"]] == ["other"]


def test_a_damaged_index_can_be_made_again_from_the_files(own_cloud: RunningCloud) -> None:
    s3 = own_cloud.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="a/b", Body=b"kept")
    own_cloud.stop()
    for path in own_cloud.state_dir.glob("objects.sqlite*"):
        path.unlink()
    (own_cloud.state_dir / "objects.sqlite").write_bytes(b"no database" * 1000)

    ended = _run(0, own_cloud.state_dir)
    assert (ended.returncode, "Move it away" in ended.stderr) == (2, True)

    (own_cloud.state_dir / "objects.sqlite").unlink()
    own_cloud.start()
    assert s3.get_object(Bucket="lake", Key="a/b")["Body"].read() == b"kept"
