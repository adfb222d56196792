"""Values into CloudWatch, in one attempt that cannot hold anybody up for long.

Plain boto3: the environment (AWS_ENDPOINT_URL, credentials, region) decides which CloudWatch.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import batched
from typing import TYPE_CHECKING, Literal

from utils.latency import LatencySnapshot

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

MAX_BATCH = 1000
"""Values of one request (CloudWatch API Reference, PutMetricData)."""
Unit = Literal["Count", "Seconds"]


class MetricsError(Exception):
    """Values did not reach CloudWatch; the message says what to do."""


@dataclass(frozen=True)
class MetricValue:
    """One value of a metric, or many as their statistic; `dimensions` are values by name."""

    metric: str
    value: float | LatencySnapshot
    unit: Unit
    dimensions: Mapping[str, str]


def send(namespace: str, values: Iterable[MetricValue]) -> None:
    """Send the values to a namespace; the time of each is that of its arrival.

    Raises MetricsError at the first request that fails.
    """
    # Late: a run that sends nothing is spared 0.1 s and 20 MB.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    # PutMetricData adds: a request whose answer was lost would count twice if it were repeated.
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=3)
    try:
        region = os.environ.get("AWS_REGION")  # which boto3 alone does not look at
        client = boto3.client("cloudwatch", config=config, region_name=region)
        for batch in batched(map(_datum, values), MAX_BATCH):
            client.put_metric_data(Namespace=namespace, MetricData=batch)
    except ClientError as error:
        denied = error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN
        remedy = (
            f"allow the role cloudwatch:PutMetricData in the namespace {namespace}"
            if denied
            else "take them from the summary of the run, and look at the state of CloudWatch"
        )
        raise MetricsError(f"CloudWatch refused metrics: {error}; {remedy}") from error
    except (BotoCoreError, ValueError) as error:  # ValueError: AWS_ENDPOINT_URL is no URL
        raise MetricsError(
            f"CloudWatch was not reached: {error}; correct AWS_ENDPOINT_URL, AWS_REGION, the "
            "credentials or the network's way to it, or unset FINKS_ENV to send none"
        ) from error


def _datum(value: MetricValue) -> MetricDatumTypeDef:
    datum: MetricDatumTypeDef = {
        "MetricName": value.metric,
        "Unit": value.unit,
        "Dimensions": [{"Name": name, "Value": of} for name, of in value.dimensions.items()],
    }
    if isinstance(value.value, LatencySnapshot):
        datum["StatisticValues"] = {
            "SampleCount": value.value.count,
            "Sum": value.value.total,
            "Minimum": value.value.minimum,
            "Maximum": value.value.maximum,
        }
    else:
        datum["Value"] = value.value
    return datum
