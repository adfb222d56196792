"""StartJobRun, GetJobRun, GetJobRuns and BatchStopJobRun."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.cloud.clients import ControlPlane
from local.cloud.glue.arguments import merge, read_arguments
from local.cloud.glue.runner import JobRunner, register_changes
from local.cloud.glue.runs import ACTIVE, RunStore, new_run
from local.cloud.paging import page
from local.cloud.processes import ProcessIdentity, kill_executions, kill_process
from local.cloud.records import Records
from local.cloud.service import Action, AwsError, CloudContext, Request, Response

logger = logging.getLogger(__name__)

Document = dict[str, Any]

_MAX_RESULTS = 200
_HOST_STOPPED = "The local cloud was stopped; start the run again once it is back."
_HOST_TERMINATED = (
    "Internal service error: the host became unavailable (the local cloud ended while the job was "
    "running); start the run again."
)


class GlueJobService:
    """Runs of Glue Spark jobs as processes of this machine; the jobs are the control plane's.

    Other than on AWS: runs share the machine's cores (half as many at a time as it has cores,
    the others wait in STARTING), workers and capacity are shown but give nothing, and
    ``MaxRetries`` is left to the caller.
    """

    def __init__(self, context: CloudContext, records: Records) -> None:
        self._context = context
        self._control = ControlPlane(context)
        self._store = RunStore(records)
        self._slots = threading.Semaphore(max(1, (os.cpu_count() or 1) // 2))
        self._lock = threading.Lock()
        self._runners: dict[str, JobRunner] = {}
        self._stopped = False

    @property
    def actions(self) -> Mapping[str, Action]:
        """Handlers by action name."""
        return {
            "StartJobRun": self._start_job_run,
            "GetJobRun": self._get_job_run,
            "GetJobRuns": self._get_job_runs,
            "BatchStopJobRun": self._batch_stop_job_run,
        }

    def start(self) -> None:
        """End what an earlier local cloud left running, and report it as an error."""
        with self._lock:  # the endpoint listens already: new runs may have been started
            left = [
                record
                for record in self._store.active_records()
                if record["run"]["Id"] not in self._runners
            ]
        for record in left:
            if record["process"]:
                kill_process(
                    ProcessIdentity(record["process"]["pid"], record["process"]["created"])
                )
        if left:
            kill_executions({record["run"]["Id"] for record in left})
            register_changes(self._context, min(r["run"]["StartedOn"] for r in left))
        for record in left:
            run_id = record["run"]["Id"]
            if record["scratch"]:
                shutil.rmtree(record["scratch"], ignore_errors=True)
            self._store.ended(run_id, "ERROR", _HOST_TERMINATED)
            logger.warning("job run %s was left by an earlier local cloud; it was ended", run_id)

    def stop(self) -> None:
        """Stop all runs: SIGTERM, and SIGKILL five seconds later."""
        with self._lock:
            self._stopped = True
            runners = list(self._runners.values())
        for runner in runners:
            runner.stop(_HOST_STOPPED)
        for runner in runners:
            runner.join()

    def _start_job_run(self, request: Request) -> Response:
        job = self._job(request["JobName"])
        earlier = None
        if request.get("JobRunId"):
            earlier = self._run(job["Name"], request["JobRunId"])
        run = new_run(job, request, earlier)
        arguments = read_arguments(
            job["Name"],
            run["Id"],
            merge(
                job.get("DefaultArguments") or {},
                run["Arguments"],
                job.get("NonOverridableArguments") or {},
            ),
        )
        with self._lock:
            if self._stopped:
                raise AwsError("InternalServiceException", "The local cloud is being stopped.", 500)
            self._check_concurrency(job)
            self._store.add(run)
            runner = JobRunner(
                self._context, self._control, self._store, self._slots, job, run, arguments
            )
            self._runners = {key: r for key, r in self._runners.items() if not r.join(0)}
            self._runners[run["Id"]] = runner
            runner.start()
        return {"JobRunId": run["Id"]}

    def _job(self, name: str) -> Document:
        try:
            return dict(self._control.glue.get_job(JobName=name)["Job"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
            raise AwsError(
                "EntityNotFoundException", "Failed to start job run due to missing metadata"
            ) from error

    def _check_concurrency(self, job: Document) -> None:
        allowed = (job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1
        active = [
            run
            for run in self._store.runs_of(job["Name"])
            if run["JobRunState"] in ACTIVE and run["Id"] in self._runners
        ]
        if len(active) >= allowed:
            raise AwsError(
                "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job['Name']}"
            )

    def _run(self, job: str, run_id: str) -> Document:
        run = self._store.run(run_id)
        if run is None or run["JobName"] != job:
            raise AwsError("EntityNotFoundException", f"Job Run not found: {job} {run_id}")
        return run

    def _get_job_run(self, request: Request) -> Response:
        return {"JobRun": self._run(request["JobName"], request["RunId"])}

    def _get_job_runs(self, request: Request) -> Response:
        name = request["JobName"]
        runs = {run["Id"]: run for run in self._store.runs_of(name)}
        if not runs:
            self._job_exists(name)
        limit = int(request.get("MaxResults") or _MAX_RESULTS)
        if not 1 <= limit <= _MAX_RESULTS:
            raise AwsError("InvalidInputException", f"MaxResults is 1 to {_MAX_RESULTS}")
        try:
            ids, token = page(list(runs), limit=limit, token=request.get("NextToken"))
        except ValueError as error:
            raise AwsError("InvalidInputException", "Invalid NextToken") from error
        answer: Response = {"JobRuns": [runs[run_id] for run_id in ids]}
        return {**answer, "NextToken": token} if token else answer

    def _job_exists(self, name: str) -> None:
        try:
            self._job(name)
        except AwsError as error:
            raise AwsError("EntityNotFoundException", f"Job {name} not found.") from error

    def _batch_stop_job_run(self, request: Request) -> Response:
        name = request["JobName"]
        stopped, errors = [], []
        for run_id in request["JobRunIds"]:
            run = self._store.run(run_id)
            if run is None or run["JobName"] != name:
                errors.append(_stop_error(name, run_id, "EntityNotFoundException", "not found"))
                continue
            runner = self._runners.get(run_id)
            if runner is not None and runner.stop():
                stopped.append({"JobName": name, "JobRunId": run_id})
            else:
                state = run["JobRunState"]
                errors.append(
                    _stop_error(name, run_id, "InvalidInputException", f"already {state}")
                )
        return {"SuccessfulSubmissions": stopped, "Errors": errors}


def _stop_error(job: str, run_id: str, code: str, detail: str) -> Document:
    return {
        "JobName": job,
        "JobRunId": run_id,
        "ErrorDetail": {"ErrorCode": code, "ErrorMessage": f"Job Run {run_id} is {detail}"},
    }
