from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture
def service(jobs: Jobs, tmp_path: Path) -> Iterator[GlueJobService]:
    """A service of this process, on the control plane of the running cloud."""
    context = CloudContext(
        state_dir=tmp_path,
        projects_dir=INFRASTRUCTURE.parent,
        endpoint_url=jobs.cloud.endpoint_url,
        objects=Files(jobs.cloud.state_dir / "s3"),
    )
    records = Records(tmp_path / "executions.sqlite")
    service = GlueJobService(context, records)
    yield service
    service.stop()
    records.close()


def wait(service: GlueJobService, job: str, run_id: str, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = service.actions["GetJobRun"]({"JobName": job, "RunId": run_id})
        run: dict[str, Any] = answer["JobRun"]
        if run["JobRunState"] == state:
            return run
        time.sleep(0.05)
    raise AssertionError(f"the run is {run['JobRunState']}")


def test_a_run_that_takes_too_long(
    jobs: Jobs, service: GlueJobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A timeout is a whole number of minutes: here a minute has one second.
    monkeypatch.setattr(runner, "MINUTE_SECONDS", 1.0)
    job = jobs.define("import time; time.sleep(600)", Timeout=1)
    run_id = service.actions["StartJobRun"]({"JobName": job})["JobRunId"]
    run = wait(service, job, run_id, "TIMEOUT")
    assert 1 <= run["ExecutionTime"] <= 3
    assert "timeout of 1 min" in run["ErrorMessage"]


def test_settling_leaves_new_runs_alone(jobs: Jobs, service: GlueJobService) -> None:
    job = jobs.define("import time; time.sleep(600)")
    run_id = service.actions["StartJobRun"]({"JobName": job})["JobRunId"]
    wait(service, job, run_id, "RUNNING")
    service.start()
    assert wait(service, job, run_id, "RUNNING")
