"""Runs the FMP connector for a window of dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from prefect.logging import get_run_logger

from config import Settings
from errors import ContainerFailedError, ContainerInterruptedError, PermanentError
from tasks.common import correlation_id, new_run_id, pipeline_task
from tasks.ecs import Container, ContainerRun, run_container
from tasks.logs import Document

COMPLETE, BAD_CONFIGURATION, SOURCE_ERROR, INCOMPLETE, TRANSIENT, INTERRUPTED = 0, 2, 3, 4, 5, 6
EXIT_CODES = {
    "complete": COMPLETE,
    "bad_configuration": BAD_CONFIGURATION,
    "permanent_source_error": SOURCE_ERROR,
    "incomplete": INCOMPLETE,
    "transient_error": TRANSIENT,
    "interrupted": INTERRUPTED,
}


@dataclass(frozen=True)
class Extraction:
    """What the connector did; `summary` is its own."""

    run_id: str
    complete: bool
    summary: Document


@pipeline_task("extract {start}..{end}")
def extract(
    start: date, end: date, symbols: tuple[str, ...], datasets: tuple[str, ...], force: bool
) -> Extraction:
    """Run the connector for the trading days `start` to `end`.

    Raises ContainerFailedError for what another attempt would not change (key, configuration),
    ContainerInterruptedError for what it may.
    """
    settings = Settings()
    names = settings.names
    if not symbols:
        raise PermanentError("no symbols to fetch: give symbols, or set FINKS_SYMBOLS")
    run_id = new_run_id()
    ended = run_container(
        settings,
        Container(
            names.ingestion_task, names.ingestion_container, settings.ingestion_timeout_minutes
        ),
        ingestion_environment(
            start=start, end=end, symbols=symbols, datasets=datasets, force=force, run_id=run_id
        ),
    )
    check_exit(ended)
    if ended.exit_code == INCOMPLETE:
        get_run_logger().warning("the connector finished incompletely: %s", ended.complaint)
    return Extraction(run_id, ended.exit_code == COMPLETE, ended.summary)


def ingestion_environment(
    *,
    start: date,
    end: date,
    symbols: tuple[str, ...],
    datasets: tuple[str, ...],
    force: bool,
    run_id: str,
) -> dict[str, str]:
    """The environment of the connector, over that of its task definition."""
    environment = {
        "EXTRACTION_START": start.isoformat(),
        "EXTRACTION_END": end.isoformat(),
        "SYMBOLS": ",".join(symbols),
        "RUN_ID": run_id,
        "LOG_CORRELATION_ID": correlation_id(),
    }
    if datasets:
        environment["DATASETS"] = ",".join(datasets)
    if force:
        environment["FORCE"] = "true"
    return environment


def check_exit(ended: ContainerRun) -> None:
    """Raise what the connector's exit code means; return for complete and incomplete."""
    code, complaint = ended.exit_code, ended.complaint
    if code in (COMPLETE, INCOMPLETE):
        return
    if code in (TRANSIENT, INTERRUPTED):
        raise ContainerInterruptedError(
            f"the connector gave up for now (exit {code}): {complaint}", code
        )
    raise ContainerFailedError(f"the connector failed (exit {code}): {complaint}", code)
