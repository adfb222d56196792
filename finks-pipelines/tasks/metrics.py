"""The pipeline's metrics in CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from prefect.logging import get_run_logger

from config import Settings
from tasks.common import pipeline_task

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

RECORDS_PROCESSED = "RecordsProcessed"
PIPELINE_LATENCY = "PipelineLatency"
DATA_QUALITY_SCORE = "DataQualityScore"
DIMENSIONS = ("Environment", "Dataset", "Stage")
_BATCH = 1000


@dataclass(frozen=True)
class Measure:
    """One value of a metric; latency in seconds, quality from 0 to 1."""

    metric: str
    value: float
    dataset: str
    stage: str


@pipeline_task("put metrics")
def put_metrics(measures: tuple[Measure, ...]) -> None:
    """Send the values; a metric that cannot be sent does not fail the pipeline."""
    names = Settings().names
    units = {RECORDS_PROCESSED: "Count", PIPELINE_LATENCY: "Seconds", DATA_QUALITY_SCORE: "None"}
    data: list[MetricDatumTypeDef] = [
        {
            "MetricName": measure.metric,
            "Dimensions": [
                {"Name": "Environment", "Value": names.env},
                {"Name": "Dataset", "Value": measure.dataset},
                {"Name": "Stage", "Value": measure.stage},
            ],
            "Value": measure.value,
            "Unit": units[measure.metric],  # type: ignore[typeddict-item]
        }
        for measure in measures
    ]
    try:
        boto3.client("cloudwatch").put_metric_data(
            Namespace=names.metrics_namespace, MetricData=data[:_BATCH]
        )
    except (BotoCoreError, ClientError) as error:
        get_run_logger().warning("metrics were not sent: %s", error)
