"""A local cloud with Glue jobs whose scripts are given as text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import INFRASTRUCTURE, RunningCloud

SCRIPTS = "finks-test-artifacts"
DATA = "finks-test-data"
OTHER = "finks-test-other"
WAIT_SECONDS = 100.0
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")


@dataclass
class Jobs:
    """Makes jobs and follows their runs, with plain boto3."""

    cloud: RunningCloud
    _count: int = field(default=0)

    def __post_init__(self) -> None:
        self.glue: Any = self.cloud.client("glue")
        self.logs: Any = self.cloud.client("logs")
        self.s3: Any = self.cloud.client("s3")

    def define(self, script: str, **job: Any) -> str:
        """A job whose script is this text; returns its name."""
        self._count += 1
        name = f"job-{self._count}-{time.time_ns()}"
        key = f"glue/{name}.py"
        self.s3.put_object(Bucket=SCRIPTS, Key=key, Body=script.encode())
        arguments = {
            "Role": "arn:aws:iam::123456789012:role/glue",
            "Command": {"Name": "glueetl", "ScriptLocation": f"s3://{SCRIPTS}/{key}"},
            "GlueVersion": "6.0",
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
            **job,
        }
        self.glue.create_job(Name=name, **arguments)
        return name

    def start(self, job: str, **options: Any) -> str:
        """StartJobRun; the run's id."""
        run_id: str = self.glue.start_job_run(JobName=job, **options)["JobRunId"]
        return run_id

    def get(self, job: str, run_id: str) -> dict[str, Any]:
        """The run as it is now."""
        run: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        return run

    def wait(self, job: str, run_id: str, *states: str) -> dict[str, Any]:
        """The run once it has one of these states (or has ended)."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            run = self.get(job, run_id)
            if run["JobRunState"] in (*states, *ENDED):
                return run
            time.sleep(0.05)
        raise AssertionError(f"{run_id} is still {run['JobRunState']}")

    def finish(self, script: str, **options: Any) -> dict[str, Any]:
        """Run a script to its end."""
        job = self.define(script)
        return self.wait(job, self.start(job, **options))

    def lines(self, run_id: str, kind: str = "output") -> list[str]:
        """What the run wrote to ``output`` or ``error`` in CloudWatch Logs."""
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws-glue/jobs/{kind}", logStreamNames=[run_id]
        )
        return [event["message"] for page in pages for event in page["events"]]

    def first_line(self, run_id: str) -> str:
        """The first line of output, once it is there."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                if lines := self.lines(run_id):
                    return lines[0]
            except self.logs.exceptions.ResourceNotFoundException:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{run_id} has no output")

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The objects of a bucket as S3 lists them."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]


def prepare(cloud: RunningCloud) -> Jobs:
    """The buckets."""
    jobs = Jobs(cloud)
    for bucket in (SCRIPTS, DATA, OTHER):
        jobs.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"}
        )
    return jobs


@pytest.fixture(scope="package")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    folder = tmp_path_factory.mktemp("glue")
    cloud = RunningCloud(folder / "state", INFRASTRUCTURE.parent, {"FINKS_TEST_LEAK": "leaked"})
    cloud.start()
    yield prepare(cloud)
    assert cloud.stop() == 0, cloud.log.read_text()


@pytest.fixture
def own_jobs(tmp_path: Path) -> Iterator[Jobs]:
    """For one test that kills or stops its local cloud."""
    cloud = RunningCloud(tmp_path / "state", INFRASTRUCTURE.parent)
    cloud.start()
    yield prepare(cloud)
    cloud.stop()
