from __future__ import annotations

import time
from pathlib import Path

import pytest

from local.cloud.glue import GlueJobService, runner
from local.cloud.records import Records
from local.cloud.service import CloudContext
from tests.conftest import INFRASTRUCTURE
from tests.unit.local.cloud.glue.conftest import Jobs


class Files:
    """The objects of a running cloud, for reading."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path_of(self, uri: str) -> Path:
        return self._root / uri.removeprefix("s3://")

    def register_files(self, bucket: str, prefix: str = "") -> int:
        raise AssertionError(f"nothing was written to {bucket} {prefix}")


def test_a_run_that_takes_too_long(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A timeout is a whole number of minutes: here a minute has one second.
    monkeypatch.setattr(runner, "MINUTE_SECONDS", 1.0)
    job = jobs.define("import time; time.sleep(600)", Timeout=1)
    context = CloudContext(
        state_dir=tmp_path,
        projects_dir=INFRASTRUCTURE.parent,
        endpoint_url=jobs.cloud.endpoint_url,
        objects=Files(jobs.cloud.state_dir / "s3"),
    )
    records = Records(tmp_path / "executions.sqlite")
    service = GlueJobService(context, records)
    run_id = service.actions["StartJobRun"]({"JobName": job})["JobRunId"]
    deadline = time.monotonic() + 20
    state = ""
    while state != "TIMEOUT" and time.monotonic() < deadline:
        run = service.actions["GetJobRun"]({"JobName": job, "RunId": run_id})["JobRun"]
        state = run["JobRunState"]
        time.sleep(0.05)
    service.stop()
    records.close()
    assert state == "TIMEOUT"
    assert 1 <= run["ExecutionTime"] <= 3
    assert "timeout of 1 min" in run["ErrorMessage"]
