"""The dashboard of a stack: first whether anything is wrong, then the pipeline, then what runs it.

The shapes are those of "Dashboard body structure and syntax" in the CloudWatch API Reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from blueprint import metrics
from blueprint.alarms import API, LOAD_BALANCER, TARGET_GROUP, Watched
from blueprint.metrics import LogFilter, Metric, of_service
from blueprint.names import Names
from blueprint.tables import SILVER_TABLES

COLUMNS = 24
_HEIGHT = 6
_NO_INSIGHTS = (
    "Container Insights is off in this stack (`compute.containerInsights`), so nobody counts the"
    " tasks of the services here: see the ECS console."
)

type Widget = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """Metrics that belong together; `period` in seconds."""

    title: str
    shown: tuple[tuple[Metric, str], ...]
    """Metrics and their labels."""
    period: int = 300
    view: str = "timeSeries"


def dashboard(
    names: Names,
    watched: Watched,
    *,
    region: str,
    alarm_arns: Sequence[str],
    filters: Sequence[LogFilter],
) -> dict[str, Any]:
    """The body of the dashboard; `filters` are those whose log lines it lists."""
    widgets: list[Widget] = [
        _widget("alarm", {"title": "Alarms", "alarms": list(alarm_arns)}, COLUMNS, 4)
    ]
    charts = [*_pipeline(names), *_platform(names, watched)]
    widgets += [_chart(chart, region) for chart in charts]
    if not watched.container_insights:
        widgets.append(_widget("text", {"markdown": _NO_INSIGHTS}, COLUMNS, 2))
    widgets += [
        _log("Failed tasks and Glue runs", region, [names.failure_log_group], _FAILURES),
        _log("Errors in the logs", region, sorted({f.log_group for f in filters}), _ERRORS),
    ]
    return {"start": "-P3D", "periodOverride": "inherit", "widgets": _placed(widgets)}


_FAILURES = (
    "fields @timestamp, coalesce(detail.jobName, detail.group) as what,"
    " coalesce(detail.message, detail.stoppedReason) as why | sort @timestamp desc | limit 50"
)
_ERRORS = (
    "fields @timestamp, @log, coalesce(message, @message) as line"
    " | filter level in ['ERROR', 'CRITICAL', 'error', 'critical']"
    " or @message like /\\| (ERROR|CRITICAL) /"
    " | sort @timestamp desc | limit 50"
)


def _pipeline(names: Names) -> tuple[Chart, ...]:
    def metric(name: str, dataset: str, stage: str, statistic: str) -> Metric:
        return metrics.pipeline_metric(names, name, dataset, stage, statistic)

    latency = tuple(
        (metric(metrics.PIPELINE_LATENCY, metrics.ALL_DATASETS, stage, "Maximum"), stage)
        for stage in (metrics.EXTRACTION, *metrics.STAGES)
    )
    datasets = [table.dataset for table in SILVER_TABLES]
    rows = tuple(
        (metric(metrics.RECORDS_PROCESSED, dataset, stage, "Sum"), f"{dataset} {stage}")
        for dataset in datasets
        for stage in (metrics.EXTRACTION, metrics.INGESTION, metrics.TRANSFORMATION)
    )
    quality = tuple(
        (metric(metrics.DATA_QUALITY_SCORE, dataset, metrics.TRANSFORMATION, "Minimum"), dataset)
        for dataset in datasets
    )
    failures = tuple(
        (metrics.counted(names, name), name)
        for name in (
            metrics.TASK_FAILURES,
            metrics.GLUE_FAILURES,
            metrics.PIPELINE_ERRORS,
            metrics.PREFECT_ERRORS,
        )
    )
    return (
        Chart("Seconds of a run, by stage", latency, period=3600),
        Chart("Records", rows, period=3600),
        Chart("Data quality, 1 is all rows", quality, period=3600),
        *_extraction(names, datasets),
        Chart("Failures and error lines", failures),
    )


def _extraction(names: Names, datasets: Sequence[str]) -> tuple[Chart, ...]:
    """What the connectors asked of their sources, and what they would not take."""

    def metric(name: str, dataset: str, statistic: str) -> Metric:
        return metrics.pipeline_metric(names, name, dataset, metrics.EXTRACTION, statistic)

    whole = metrics.ALL_DATASETS
    calls = (
        (metric(metrics.API_CALLS, whole, "Sum"), "calls"),
        (metric(metrics.API_RETRIES, whole, "Sum"), "retries"),
        *(
            (metric(metrics.RECORDS_REJECTED, dataset, "Sum"), f"{dataset} rejected")
            for dataset in datasets
        ),
    )
    latency = tuple(
        (metric(metrics.CALL_LATENCY, whole, statistic), statistic.lower())
        for statistic in ("Average", "Maximum")
    )
    return (
        Chart("Source: calls, retries, rejected records", calls, period=3600),
        Chart("Source: seconds of a call", latency, period=3600),
    )


def _platform(names: Names, watched: Watched) -> tuple[Chart, ...]:
    charts = []
    if watched.container_insights:
        loops = (names.prefect_services,) if watched.scaled else ()
        services = (names.prefect_server, names.prefect_worker, *loops)
        charts.append(
            Chart(
                "Tasks of the services",
                tuple(
                    (
                        Metric(
                            "ECS/ContainerInsights",
                            name,
                            of_service(names, service),
                            "Average",
                        ),
                        f"{service} {label}",
                    )
                    for service in services
                    for name, label in (
                        ("DesiredTaskCount", "desired"),
                        ("RunningTaskCount", "running"),
                    )
                ),
            )
        )
    database = (("DBInstanceIdentifier", names.database_instance),)
    charts += [
        Chart(
            "Database: CPU % and connections",
            (
                (Metric("AWS/RDS", "CPUUtilization", database, "Average"), "CPU %"),
                (Metric("AWS/RDS", "DatabaseConnections", database, "Maximum"), "connections"),
            ),
        ),
        Chart(
            "Athena: bytes scanned",
            tuple(
                (
                    Metric("AWS/Athena", "ProcessedBytes", (("WorkGroup", group),), "Sum"),
                    group,
                )
                for group in (names.workgroup, names.dbt_workgroup)
            ),
            period=3600,
        ),
    ]
    if watched.load_balancer:
        balancer = ("LoadBalancer", LOAD_BALANCER)
        hosts = (balancer, ("TargetGroup", TARGET_GROUP))
        charts.append(
            Chart(
                "Load balancer",
                (
                    (Metric("AWS/ApplicationELB", "RequestCount", (balancer,), "Sum"), "requests"),
                    (Metric("AWS/ApplicationELB", "HealthyHostCount", hosts, "Maximum"), "healthy"),
                ),
            )
        )
    if watched.api:
        dimension = (("ApiName", API),)
        charts.append(
            Chart(
                "Data API",
                (
                    (Metric("AWS/ApiGateway", "Count", dimension, "Sum"), "requests"),
                    (Metric("AWS/ApiGateway", "5XXError", dimension, "Sum"), "5xx"),
                    (Metric("AWS/ApiGateway", "4XXError", dimension, "Sum"), "4xx"),
                ),
            )
        )
    return tuple(charts)


def _chart(chart: Chart, region: str) -> Widget:
    shown = [
        [
            metric.namespace,
            metric.name,
            *(part for dimension in metric.dimensions for part in dimension),
            {"stat": metric.statistic, "label": label},
        ]
        for metric, label in chart.shown
    ]
    properties = {
        "title": chart.title,
        "region": region,
        "view": chart.view,
        "period": chart.period,
        "metrics": shown,
    }
    return _widget("metric", properties, COLUMNS // 2, _HEIGHT)


def _log(title: str, region: str, groups: Sequence[str], query: str) -> Widget:
    sources = " | ".join(f"SOURCE '{group}'" for group in groups)
    properties = {
        "title": title,
        "region": region,
        "view": "table",
        "query": f"{sources} | {query}",
    }
    return _widget("log", properties, COLUMNS, _HEIGHT)


def _widget(kind: str, properties: dict[str, Any], width: int, height: int) -> Widget:
    return {"type": kind, "width": width, "height": height, "properties": properties}


def _placed(widgets: Sequence[Widget]) -> list[Widget]:
    """The widgets in reading order: a row is full when the next one has no room in it."""
    placed, x, y, row = [], 0, 0, 0
    for widget in widgets:
        if x + widget["width"] > COLUMNS:
            x, y, row = 0, y + row, 0
        placed.append({**widget, "x": x, "y": y})
        x += widget["width"]
        row = max(row, widget["height"])
    return placed
