"""The daily pipeline: ingest, transform, publish, build; one date or a range at a time."""

from __future__ import annotations

import time
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from config import Settings
from flows.ingestion.base_ingestion import Ingestion, ingestion, known_datasets
from flows.names import pipeline_run
from flows.outcomes import completed, restatement, skipped
from flows.transformation.base_transformation import Transformation, transformation
from silver import TABLES
from tasks.cancellation import stop_what_it_started
from tasks.dbt import Build, build_models
from tasks.metrics import (
    DATA_QUALITY_SCORE,
    PIPELINE_LATENCY,
    RECORDS_PROCESSED,
    Measure,
    put_metrics,
)
from tasks.publish import published
from tasks.summary import Line, summarise
from trading_days import Window, requested_window


@flow(
    name="daily-pipeline",
    flow_run_name=pipeline_run,
    on_cancellation=[stop_what_it_started],
    on_crashed=[stop_what_it_started],
)
def daily_pipeline(
    date: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    symbols: list[str] | None = None,
    datasets: list[str] | None = None,
    force: bool = False,
) -> State[Any]:
    """Run every stage for one date or a range (ISO, inclusive); default: the clock's today.

    What is complete is not done again, and the stages after it go on all the same: running a
    date again gives the same rows. Dates outside of the window that the source restated are
    transformed, published and built as well. Ends Skipped without a trading day, Incomplete when
    something that was asked for is not there, Failed when a stage failed.
    """
    began = time.monotonic()
    window = requested_window(Settings().market_today(), date, start_date, end_date)
    wanted = list(known_datasets(datasets))
    if not window.days:
        return skipped(window)
    first, last = window.days[0], window.days[-1]
    ends: dict[str, Any] = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    ingested: Ingestion = _result(
        ingestion(**ends, symbols=symbols, datasets=datasets, force=force, return_state=True)
    )
    ingestion_seconds = time.monotonic() - began
    transformed: Transformation = _result(
        transformation(**ends, datasets=wanted, force=force, return_state=True)
    )
    transformation_seconds = time.monotonic() - began - ingestion_seconds
    build = build_models(min((first, *transformed.changed)), last)
    seconds = time.monotonic() - began

    reasons = (*ingested.reasons, *build.warnings)
    lines = _lines(window, ingested, transformed, build)
    summarise(f"Pipeline {window}", lines, reasons)
    put_metrics(
        _measures(
            ingested,
            transformed,
            {
                "ingestion": ingestion_seconds,
                "transformation": transformation_seconds,
                "modelling": seconds - ingestion_seconds - transformation_seconds,
                "pipeline": seconds,
            },
        )
    )
    counts = ", ".join(f"{_rows(lines, zone)} rows of {zone}" for zone in ("bronze", "silver"))
    days = f"{len(window.days)} trading days" if len(window.days) > 1 else str(first)
    return completed(
        f"{days}: {counts}, {sum(build.nodes.values())} dbt nodes in {seconds:.0f} s"
        f"{restatement(transformed.restated)}",
        reasons,
    )


def _result(state: Any) -> Any:
    """What a subflow found; raises what it failed with."""
    return state.result()


def _lines(
    window: Window, ingested: Ingestion, transformed: Transformation, build: Build
) -> tuple[Line, ...]:
    bronze = [Line("bronze", name, rows) for name, rows in ingested.audit.rows.items()]
    silver = []
    for table in TABLES:
        found = published(table.name, window.days)
        fresh = sum(audit.table == table.name for audit in transformed.audits)
        rows = sum(partition.rows for partition in found.values())
        silver.append(Line("silver", table.name, rows, f"{fresh} dates new"))
    nodes = ", ".join(f"{count} {status}" for status, count in build.nodes.items())
    return (*bronze, *silver, Line("gold", "dbt nodes", sum(build.nodes.values()), nodes))


def _rows(lines: tuple[Line, ...], zone: str) -> int:
    return sum(line.rows for line in lines if line.zone == zone)


def _measures(
    ingested: Ingestion, transformed: Transformation, seconds: dict[str, float]
) -> tuple[Measure, ...]:
    measures = [Measure(PIPELINE_LATENCY, took, "all", stage) for stage, took in seconds.items()]
    measures += [
        Measure(RECORDS_PROCESSED, rows, dataset, "ingestion")
        for dataset, rows in ingested.audit.rows.items()
    ]
    for table in TABLES:
        audits = [audit for audit in transformed.audits if audit.table == table.name]
        rows_in = sum(audit.rows_in for audit in audits)
        rows = sum(audit.rows for audit in audits)
        if rows_in:
            measures.append(Measure(RECORDS_PROCESSED, rows, table.dataset, "transformation"))
            score = rows / rows_in
            measures.append(Measure(DATA_QUALITY_SCORE, score, table.dataset, "transformation"))
    return tuple(measures)
