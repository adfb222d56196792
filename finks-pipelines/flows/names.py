"""Names of flow runs, as they stand in the user interface."""

from __future__ import annotations

from prefect.runtime import flow_run

from config import Settings


def by_window(verb: str) -> str:
    """``ingest 2013-01-17..2013-03-01``, from the parameters of the flow run."""
    given = flow_run.parameters
    today = Settings().market_today().isoformat()
    start = given.get("date") or given.get("start_date") or today
    end = given.get("date") or given.get("end_date") or today
    return f"{verb} {start}" if start == end else f"{verb} {start}..{end}"


def ingestion_run() -> str:
    """Name of a run of the ingestion flow."""
    return by_window("ingest")


def transformation_run() -> str:
    """Name of a run of the transformation flow."""
    return by_window("transform")


def pipeline_run() -> str:
    """Name of a run of the daily pipeline."""
    return by_window("pipeline")
