"""Builds the gold models: dbt in its container, from the earliest changed date on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Any

from prefect.logging import get_run_logger

from config import Settings
from errors import ContainerFailedError
from tasks.common import correlation_id, new_run_id, pipeline_task
from tasks.ecs import Container, ContainerRun, run_container
from tasks.logs import Document

_SHOWN = 5
_MESSAGE_LENGTH = 200
SUCCESS, FAILED_NODES, UNHANDLED = 0, 1, 2
EXIT_CODES = {"success": SUCCESS, "failed_nodes": FAILED_NODES, "unhandled": UNHANDLED}


@dataclass(frozen=True)
class Build:
    """What dbt did; `warnings` are its tests of severity warn, one line each."""

    run_id: str
    nodes: dict[str, int]
    warnings: tuple[str, ...]


@pipeline_task("build models from {start}")
def build_models(start: date, end: date) -> Build:
    """Run `dbt build` for a window; later days follow by themselves.

    Raises ContainerFailedError that names the nodes that failed.
    """
    settings = Settings()
    names = settings.names
    run_id = new_run_id()
    ended = run_container(
        settings,
        Container(names.dbt_task, names.dbt_container, settings.dbt_timeout_minutes),
        dbt_environment(start, end, run_id),
    )
    check_exit(ended)
    warnings = tuple(_described(node) for node in ended.summary.get("warned", []))
    for warning in warnings:
        get_run_logger().warning("dbt: %s", warning)
    return Build(run_id, dict(ended.summary.get("nodes", {})), warnings)


def dbt_environment(start: date, end: date, run_id: str) -> dict[str, str]:
    """The environment of dbt, over that of its task definition."""
    return {
        "START_DATE": start.isoformat(),
        "END_DATE": end.isoformat(),
        "RUN_ID": run_id,
        "LOG_CORRELATION_ID": correlation_id(),
    }


def check_exit(ended: ContainerRun) -> None:
    """Raise what dbt's exit code means; return for success."""
    code = ended.exit_code
    if code == SUCCESS:
        return
    failed = ended.summary.get("failed", [])
    if code == FAILED_NODES and failed:
        listed = "; ".join(_described(node) for node in failed[:_SHOWN])
        more = f"; and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
        raise ContainerFailedError(
            f"dbt failed at {len(failed)} nodes: {listed}{more}. Mend them and run the same dates"
            " again: what was published before is still there",
            code,
        )
    raise ContainerFailedError(f"dbt failed (exit {code}): {ended.complaint}", code)


def _described(node: Document) -> str:
    rows: list[Any] = node.get("rows") or []
    shown = ", ".join(" ".join(f"{k}={v}" for k, v in row.items()) for row in rows[:_SHOWN])
    message = shorten(str(node.get("message", "")), _MESSAGE_LENGTH, placeholder=" …")
    return f"{node['name']}: {message}" + (f" ({shown})" if shown else "")
