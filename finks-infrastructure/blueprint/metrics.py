"""Metrics that Finks itself writes: those of flows and connectors, and those counted in logs.

The writers of `PIPELINE` are tasks/metrics.py of finks-pipelines and connectors/metrics.py of
finks-ingestion (tests/contracts/test_metrics.py); those of the platform come out of log groups by
the filters below.
"""

from __future__ import annotations

from dataclasses import dataclass

from blueprint.names import Names

PIPELINE = "Finks/Pipeline"
RECORDS_PROCESSED = "RecordsProcessed"
PIPELINE_LATENCY = "PipelineLatency"
"""Seconds."""
DATA_QUALITY_SCORE = "DataQualityScore"
"""Share of the rows that the audit let pass, 0 to 1."""
RECORDS_REJECTED = "RecordsRejected"
API_CALLS = "ApiCalls"
API_RETRIES = "ApiRetries"
CALL_LATENCY = "CallLatency"
"""Seconds of a call of a connector."""
DIMENSIONS = ("Environment", "Dataset", "Stage")

ALL_DATASETS = "all"
INGESTION = "ingestion"
TRANSFORMATION = "transformation"
MODELLING = "modelling"
WHOLE_PIPELINE = "pipeline"
STAGES = (INGESTION, TRANSFORMATION, MODELLING, WHOLE_PIPELINE)
"""Stages of the flows."""
EXTRACTION = "extraction"
"""The stage of the connectors: what one run did itself. The flows' `ingestion` counts the rows of
the whole window, those of earlier runs included, so the two are never added up."""
PRICES = "historical_price_eod"
"""The dataset that every trading day has."""

TASK_FAILURES = "TaskFailures"
GLUE_FAILURES = "GlueFailures"
PIPELINE_ERRORS = "PipelineErrors"
PREFECT_ERRORS = "PrefectErrors"

_JSON_ERRORS = " || ".join(
    f'$.level = "{level}"' for level in ("ERROR", "CRITICAL", "error", "critical")
)
JSON_ERROR_LINES = f"{{ {_JSON_ERRORS} }}"
"""Lines of ingestion and dbt, which write one JSON object a line."""
PREFECT_ERROR_LINES = '?"| ERROR " ?"| CRITICAL "'
"""Lines of Prefect's console format: time | LEVEL | logger - message."""


@dataclass(frozen=True)
class Metric:
    """One metric; `statistic` is CloudWatch's, dimensions are (name, value)."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str


@dataclass(frozen=True)
class LogFilter:
    """Counts the lines of a log group that match a CloudWatch filter pattern."""

    subject: str
    log_group: str
    pattern: str
    metric: str


def platform_namespace(names: Names) -> str:
    """Namespace of the counted metrics.

    It carries the environment, because a dimension of a log filter has to be a field of the line.
    """
    return f"Finks/Platform/{names.environment}"


def pipeline_metric(names: Names, metric: str, dataset: str, stage: str, statistic: str) -> Metric:
    """A metric of flows or connectors; all three dimensions belong to its identity."""
    values = (names.environment, dataset, stage)
    return Metric(PIPELINE, metric, tuple(zip(DIMENSIONS, values, strict=True)), statistic)


def of_service(names: Names, service: str) -> tuple[tuple[str, str], ...]:
    """Dimensions of what AWS measures of an ECS service."""
    return (("ClusterName", names.cluster), ("ServiceName", service))


def counted(names: Names, metric: str) -> Metric:
    """The number of log lines that the filters of a metric matched."""
    return Metric(platform_namespace(names), metric, (), "Sum")


def failure_filters(names: Names) -> tuple[LogFilter, ...]:
    """Filters over the events of failures (blueprint.alarms.failure_events)."""
    group = names.failure_log_group
    return (
        LogFilter("task-failures", group, '{ $.source = "aws.ecs" }', TASK_FAILURES),
        LogFilter("glue-failures", group, '{ $.source = "aws.glue" }', GLUE_FAILURES),
    )


def error_filters(names: Names, *, scaled: bool) -> tuple[LogFilter, ...]:
    """Filters over the logs of the tasks; `scaled`: Prefect's loops run in a task of their own."""
    services = (names.prefect_services,) if scaled else ()
    families = (
        *((family, JSON_ERROR_LINES, PIPELINE_ERRORS) for family in _json_families(names)),
        (names.flow_run_task, PREFECT_ERROR_LINES, PIPELINE_ERRORS),
        *(
            (family, PREFECT_ERROR_LINES, PREFECT_ERRORS)
            for family in (names.prefect_server, names.prefect_worker, *services)
        ),
    )
    return tuple(
        LogFilter(
            f"errors-{family.removeprefix(f'{names.prefix}-')}",
            names.log_group(family),
            pattern,
            metric,
        )
        for family, pattern, metric in families
    )


def _json_families(names: Names) -> tuple[str, ...]:
    return (names.ingestion_task, names.dbt_task)
