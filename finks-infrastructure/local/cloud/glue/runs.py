"""Job runs in Glue's JSON shape, on disk."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from local.cloud.processes import ProcessIdentity
from local.cloud.records import Records
from local.cloud.service import Request

Document = dict[str, Any]

_RUNS = "glue-job-run"
ACTIVE = frozenset({"STARTING", "RUNNING", "STOPPING"})
LOG_GROUP = "/aws-glue/jobs"
DEFAULT_TIMEOUT_MINUTES = 480
_DPU_BY_WORKER = {"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "Standard": 1}


def new_run(job: Document, request: Request, earlier: Document | None) -> Document:
    """A run that was just accepted; ``earlier`` is the run that it repeats, if any."""
    now = time.time()
    run: Document = {
        "Id": "jr_" + hashlib.sha256(uuid.uuid4().bytes).hexdigest(),
        "Attempt": 0,
        "JobName": job["Name"],
        "JobMode": job.get("JobMode", "SCRIPT"),
        "JobRunQueuingEnabled": False,
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": request.get("Arguments") or {},
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "ExecutionClass": request.get("ExecutionClass") or job.get("ExecutionClass") or "STANDARD",
        "Timeout": request.get("Timeout") or job.get("Timeout") or DEFAULT_TIMEOUT_MINUTES,
        "LogGroupName": LOG_GROUP,
    }
    for key in ("GlueVersion", "WorkerType", "NumberOfWorkers", "SecurityConfiguration"):
        if value := request.get(key) or job.get(key):
            run[key] = value
    if run.get("WorkerType") in _DPU_BY_WORKER and run.get("NumberOfWorkers"):
        run["MaxCapacity"] = float(_DPU_BY_WORKER[run["WorkerType"]] * run["NumberOfWorkers"])
    if earlier is not None:
        attempt = earlier["Attempt"] + 1
        first = earlier["Id"].partition("_attempt_")[0]
        run.update(
            Id=f"{first}_attempt_{attempt}",
            Attempt=attempt,
            PreviousRunId=earlier["Id"],
            Arguments=request.get("Arguments") or earlier["Arguments"],
        )
    return run


class RunStore:
    """Runs by id. Every change is on disk when its method returns.

    A record holds the ``run`` as Glue shows it, and what only this machine knows of it: its
    ``process`` and its ``scratch`` folder.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.Lock()

    def add(self, run: Document) -> None:
        """Keep a new run."""
        self._records.put(_RUNS, run["Id"], {"run": run, "process": None, "scratch": None})

    def run(self, run_id: str) -> Document | None:
        """The run as Glue shows it, None when there is no such run."""
        record = self._records.get(_RUNS, run_id)
        return None if record is None else _shown(record["run"])

    def runs_of(self, job: str) -> list[Document]:
        """The runs of a job, newest first."""
        return [_shown(r["run"]) for r in self._records.list(_RUNS) if r["run"]["JobName"] == job]

    def active_records(self) -> list[Document]:
        """The records of all runs that have not ended."""
        records = self._records.list(_RUNS)
        return [record for record in records if record["run"]["JobRunState"] in ACTIVE]

    def set_scratch(self, run_id: str, folder: str) -> None:
        """Note the temporary folder of a run, so that it can be removed after a crash."""
        self._change(run_id, lambda record: record.update(scratch=folder))

    def running(self, run_id: str, identity: ProcessIdentity) -> None:
        """The script is running."""

        def change(record: Document) -> None:
            record["process"] = {"pid": identity.pid, "created": identity.created}
            record["running_since"] = time.time()
            if record["run"]["JobRunState"] == "STARTING":
                record["run"]["JobRunState"] = "RUNNING"

        self._change(run_id, change)

    def stopping(self, run_id: str) -> bool:
        """The run shall stop; returns whether it had not ended yet."""
        asked = False

        def change(record: Document) -> None:
            nonlocal asked
            asked = record["run"]["JobRunState"] in ACTIVE
            if asked:
                record["run"]["JobRunState"] = "STOPPING"

        self._change(run_id, change)
        return asked

    def ended(self, run_id: str, state: str, message: str | None = None) -> None:
        """The run is over."""

        def change(record: Document) -> None:
            now = time.time()
            seconds = now - record.get("running_since", now)
            record.update(process=None, scratch=None)
            record["run"].update(JobRunState=state, CompletedOn=now, ExecutionTime=round(seconds))
            if message:
                record["run"]["ErrorMessage"] = message

        self._change(run_id, change)

    def _change(self, run_id: str, change: Callable[[Document], None]) -> None:
        with self._lock:
            record = self._records.get(_RUNS, run_id)
            if record is None:
                raise KeyError(run_id)
            change(record)
            record["run"]["LastModifiedOn"] = time.time()
            self._records.put(_RUNS, run_id, record)


def _shown(run: Document) -> Document:
    """Without Arguments when there are none, as Glue leaves them out."""
    return {key: value for key, value in run.items() if key != "Arguments" or value}
