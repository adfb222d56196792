"""The one line of JSON that a run ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from runner.execution import FAILED_NODES, SUCCESS, TERMINATED
from runner.logs import JsonLog
from runner.results import (
    FAILED_STATUSES,
    MAX_SKIPPED_NAMES,
    WARNED_STATUSES,
    NodeResult,
    status_counts,
)
from runner.samples import SampleError, failing_rows
from runner.settings import Settings

MAX_SAMPLED_TESTS = 5


def build_summary(
    *,
    command: Sequence[str],
    settings: Settings,
    exit_code: int,
    error: str,
    results: list[NodeResult],
    artifacts: list[str],
    elapsed_seconds: float,
    log: JsonLog,
) -> dict[str, Any]:
    """What happened: nodes by status, and those that failed or warned with their rows."""
    failed = [result for result in results if result.status in FAILED_STATUSES]
    warned = [result for result in results if result.status in WARNED_STATUSES]
    skipped = [result.unique_id for result in results if result.status == "skipped"]
    sampled = [result for result in failed + warned if _has_rows(result)][:MAX_SAMPLED_TESTS]
    rows = {result.unique_id: _rows(result, settings, log) for result in sampled}

    def described(nodes: list[NodeResult]) -> list[dict[str, Any]]:
        return [{**node.as_dict(), "rows": rows.get(node.unique_id, [])} for node in nodes]

    return {
        "event": "summary",
        "project": "finks-dbt",
        "command": list(command),
        "status": _status(exit_code, warned),
        "exit_code": exit_code,
        "error": error,
        "run_id": settings.run_id,
        "correlation_id": settings.correlation_id,
        "target": settings.target,
        "start_date": settings.start_date.isoformat() if settings.start_date else None,
        "end_date": settings.end_date.isoformat() if settings.end_date else None,
        "nodes": status_counts(results),
        "failed": described(failed),
        "warned": described(warned),
        "skipped": skipped[:MAX_SKIPPED_NAMES],
        "artifacts": artifacts,
        "elapsed_seconds": round(elapsed_seconds, 1),
    }


def _status(exit_code: int, warned: list[NodeResult]) -> str:
    if exit_code == SUCCESS:
        return "warned" if warned else "succeeded"
    return {FAILED_NODES: "failed", TERMINATED: "terminated"}.get(exit_code, "error")


def _has_rows(result: NodeResult) -> bool:
    return result.resource_type == "test" and bool(result.failures and result.compiled_code)


def _rows(result: NodeResult, settings: Settings, log: JsonLog) -> list[dict[str, str | None]]:
    """The rows behind a test; without them the run is still summed up."""
    try:
        return failing_rows(result.compiled_code, settings)
    except (SampleError, BotoCoreError, ClientError) as error:
        log.write("warn", f"the rows of {result.name} could not be read: {error}")
        return []
