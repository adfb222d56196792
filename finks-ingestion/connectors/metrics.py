"""What a run tells CloudWatch at its end.

The flow that started the run counts the rows of its whole window under the stage `ingestion`,
those of earlier runs included. A run counts what it did itself under a stage of its own: nobody
adds the two by mistake.
"""

from __future__ import annotations

import logging

from connectors.report import RunReport
from connectors.settings import RunSettings
from utils.cloudwatch import MetricsError, MetricValue, Unit, send
from utils.latency import LatencySnapshot

LOG = logging.getLogger(__name__)

NAMESPACE = "Finks/Pipeline"
DIMENSIONS = ("Environment", "Dataset", "Stage")
STAGE = "extraction"
ALL_DATASETS = "all"
"""The dataset of what belongs to the run as a whole."""

RECORDS_PROCESSED = "RecordsProcessed"
"""Rows that were committed."""
RECORDS_REJECTED = "RecordsRejected"
"""Records that broke a rule and went to quarantine."""
API_CALLS = "ApiCalls"
"""Calls, attempts that failed included."""
API_RETRIES = "ApiRetries"
"""Calls that repeated a failed one."""
CALL_LATENCY = "CallLatency"
"""Seconds of a call, as a statistic set."""
PIPELINE_LATENCY = "PipelineLatency"
"""Seconds of the run."""
METRICS = (
    RECORDS_PROCESSED,
    RECORDS_REJECTED,
    API_CALLS,
    API_RETRIES,
    CALL_LATENCY,
    PIPELINE_LATENCY,
)


def publish_metrics(report: RunReport, settings: RunSettings) -> None:
    """Send the metrics of a run that ended, in whichever way; nothing where there is no stack.

    Raises nothing that CloudWatch could cause: what cannot be sent is a warning.
    """
    if settings.finks_env is None:
        return
    try:
        send(NAMESPACE, metrics_of(report, settings.finks_env))
    except MetricsError as error:
        LOG.warning("the metrics of the run are lost: %s", error)


def metrics_of(report: RunReport, environment: str) -> list[MetricValue]:
    """The values of a run; zeros too, but no latency without a call."""

    def value(
        metric: str, of: float | LatencySnapshot, unit: Unit, dataset: str = ALL_DATASETS
    ) -> MetricValue:
        dimensions = dict(zip(DIMENSIONS, (environment, dataset, STAGE), strict=True))
        return MetricValue(metric, of, unit, dimensions)

    values = [
        value(API_CALLS, report.api_calls, "Count"),
        value(API_RETRIES, report.retries, "Count"),
    ]
    for dataset in report.datasets:
        values.append(value(RECORDS_PROCESSED, dataset.rows, "Count", dataset.name))
        values.append(value(RECORDS_REJECTED, dataset.records_rejected, "Count", dataset.name))
    calls = report.latency.snapshot()
    if calls.count:
        values.append(value(CALL_LATENCY, calls, "Seconds"))
    if report.duration_seconds is not None:
        values.append(value(PIPELINE_LATENCY, report.duration_seconds, "Seconds"))
    return values
