"""Runs of plain Python scripts: what Glue does around a script needs no Spark to be seen."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.unit.local.cloud.glue.conftest import SCRIPTS, Jobs

SLEEP = (
    "import os, subprocess, time\n"
    "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    "print(os.getpid(), child.pid)\ntime.sleep(600)"
)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def refused(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    code: str = caught.value.response["Error"]["Code"]
    return code


def test_a_run_that_succeeds(jobs: Jobs) -> None:
    run = jobs.finish("import sys; print('out'); print('err', file=sys.stderr)")
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["Id"].startswith("jr_")
    assert len(run["Id"]) == 3 + 64
    assert "ErrorMessage" not in run
    assert (run["GlueVersion"], run["WorkerType"], run["NumberOfWorkers"]) == ("6.0", "G.1X", 2)
    assert (run["Attempt"], run["LogGroupName"]) == (0, "/aws-glue/jobs")
    assert run["StartedOn"] <= run["CompletedOn"] <= run["LastModifiedOn"]
    assert jobs.lines(run["Id"]) == ["out"]
    assert jobs.lines(run["Id"], "error") == ["err"]
    (file,) = (jobs.cloud.state_dir / "logs" / "glue").rglob(f"{run['Id']}.log")
    assert sorted(file.read_text(encoding="utf-8").splitlines()) == ["err", "out"]


def test_arguments_and_environment(jobs: Jobs) -> None:
    script = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    job = jobs.define(
        script,
        DefaultArguments={"--A": "default", "--B": "default", "--job-language": "python"},
        NonOverridableArguments={"--C": "fixed"},
    )
    given = {"--B": "given", "--D": '{"a b": 1}', "--C": "tried"}
    run = jobs.wait(job, jobs.start(job, Arguments=given))
    assert run["Arguments"] == given
    arguments, environment = json.loads(jobs.lines(run["Id"])[0])
    assert arguments[:4] == ["--JOB_NAME", job, "--JOB_RUN_ID", run["Id"]]
    assert dict(zip(arguments[4::2], arguments[5::2], strict=True)) == {
        "--A": "default",
        "--B": "given",
        "--C": "fixed",
        "--D": '{"a b": 1}',
    }
    assert environment["AWS_ENDPOINT_URL"] == jobs.cloud.endpoint_url
    assert environment["FINKS_STATE_DIR"] == str(jobs.cloud.state_dir)
    assert environment["TZ"] == "UTC"
    assert "FINKS_TEST_LEAK" not in environment


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('no such table: x')", "ValueError: no such table: x"),
        ("import sys; sys.exit(3)", "Command failed with exit code 3"),
        ("import os; os.kill(os.getpid(), 9)", "Command failed with exit code 137"),
    ],
)
def test_a_run_that_fails(jobs: Jobs, script: str, message: str) -> None:
    run = jobs.finish(script)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(message)


def test_a_script_that_is_not_there(jobs: Jobs) -> None:
    location = f"s3://{SCRIPTS}/glue/nothing.py"
    job = jobs.define("", Command={"Name": "glueetl", "ScriptLocation": location})
    run = jobs.wait(job, jobs.start(job))
    assert run["JobRunState"] == "FAILED"
    assert location in run["ErrorMessage"]


def test_modules_beside_the_script(jobs: Jobs) -> None:
    jobs.s3.put_object(Bucket=SCRIPTS, Key="lib/rates.py", Body=b"RATE = 7")
    run = jobs.finish(
        "import rates; print(rates.RATE)",
        Arguments={"--extra-py-files": f"s3://{SCRIPTS}/lib/rates.py"},
    )
    assert jobs.lines(run["Id"]) == ["7"]


def test_stop_ends_the_whole_tree(jobs: Jobs) -> None:
    job = jobs.define(SLEEP)
    run_id = jobs.start(job)
    pids = [int(pid) for pid in jobs.first_line(run_id).split()]
    assert jobs.get(job, run_id)["JobRunState"] == "RUNNING"
    answer = jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id, "jr_none"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": job, "JobRunId": run_id}]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert jobs.wait(job, run_id)["JobRunState"] == "STOPPED"
    assert not [pid for pid in pids if alive(pid)]
    again = jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    assert again["SuccessfulSubmissions"] == []
    assert "STOPPED" in again["Errors"][0]["ErrorDetail"]["ErrorMessage"]


def test_the_timeout_of_the_run_wins_over_the_jobs(jobs: Jobs) -> None:
    job = jobs.define("pass", Timeout=7)
    assert jobs.wait(job, jobs.start(job))["Timeout"] == 7
    assert jobs.wait(job, jobs.start(job, Timeout=3))["Timeout"] == 3


def test_concurrent_runs_are_limited(jobs: Jobs) -> None:
    job = jobs.define(SLEEP)
    run_id = jobs.start(job)
    assert refused(jobs.start, job=job) == "ConcurrentRunsExceededException"
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    jobs.wait(job, run_id)
    roomy = jobs.define(SLEEP, ExecutionProperty={"MaxConcurrentRuns": 2})
    runs = [jobs.start(roomy), jobs.start(roomy)]
    assert refused(jobs.start, job=roomy) == "ConcurrentRunsExceededException"
    # Stopping works as well for a run that still waits for its turn on this machine.
    jobs.glue.batch_stop_job_run(JobName=roomy, JobRunIds=runs)
    assert [jobs.wait(roomy, run)["JobRunState"] for run in runs] == ["STOPPED", "STOPPED"]


def test_a_run_again(jobs: Jobs) -> None:
    job = jobs.define("import sys; print(sys.argv[-1]); sys.exit(1)")
    first = jobs.wait(job, jobs.start(job, Arguments={"--X": "value"}))
    again = jobs.wait(job, jobs.start(job, JobRunId=first["Id"]))
    assert again["Id"] == f"{first['Id']}_attempt_1"
    assert (again["Attempt"], again["PreviousRunId"]) == (1, first["Id"])
    assert jobs.lines(again["Id"]) == ["value"]


def test_runs_are_listed_by_page(jobs: Jobs) -> None:
    job = jobs.define("pass")
    runs = [jobs.start(job)]
    jobs.wait(job, runs[0])
    runs.append(jobs.start(job))
    jobs.wait(job, runs[1])
    first = jobs.glue.get_job_runs(JobName=job, MaxResults=1)
    assert [run["Id"] for run in first["JobRuns"]] == [runs[1]]
    second = jobs.glue.get_job_runs(JobName=job, MaxResults=1, NextToken=first["NextToken"])
    assert [run["Id"] for run in second["JobRuns"]] == [runs[0]]
    assert "NextToken" not in second
    assert jobs.glue.get_job_runs(JobName=jobs.define("pass"))["JobRuns"] == []


def test_what_is_not_known(jobs: Jobs) -> None:
    job = jobs.define("pass")
    assert refused(jobs.start, job="nothing") == "EntityNotFoundException"
    assert refused(jobs.get, job=job, run_id="jr_none") == "EntityNotFoundException"
    assert refused(jobs.glue.get_job_runs, JobName="nothing") == "EntityNotFoundException"


def test_stopping_the_cloud_stops_its_runs(own_jobs: Jobs) -> None:
    job = own_jobs.define(SLEEP)
    run_id = own_jobs.start(job)
    pids = [int(pid) for pid in own_jobs.first_line(run_id).split()]
    assert own_jobs.cloud.stop() == 0
    assert not [pid for pid in pids if alive(pid)]
    own_jobs.cloud.start()
    run = own_jobs.get(job, run_id)
    assert run["JobRunState"] == "STOPPED"
    assert "was stopped" in run["ErrorMessage"]


def test_runs_of_a_killed_cloud_are_ended_at_its_next_start(own_jobs: Jobs) -> None:
    job = own_jobs.define(SLEEP)
    run_id = own_jobs.start(job)
    pids = [int(pid) for pid in own_jobs.first_line(run_id).split()]
    # The script itself may have died meanwhile: its child is found all the same.
    own_jobs.cloud.kill()
    psutil.Process(pids[0]).send_signal(signal.SIGKILL)
    assert alive(pids[1])
    own_jobs.cloud.start()
    run = own_jobs.wait(job, run_id)
    assert not [pid for pid in pids if alive(pid)]
    assert run["JobRunState"] == "ERROR"
    assert "start the run again" in run["ErrorMessage"]
    again = own_jobs.wait(job, own_jobs.start(job), "RUNNING")
    assert again["JobRunState"] == "RUNNING"
    assert own_jobs.cloud.stop() == 0
