"""What a CloudWatch knows: read back through its API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
from moto.backends import get_backend

from utils.clock import utc_now

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DatapointTypeDef

_DAY = 86_400
Identity = tuple[str, tuple[tuple[str, str], ...]]
"""Name of a metric, and its dimensions in the order in which they were sent."""


@contextmanager
def forget_metrics(endpoint: str) -> Iterator[CloudWatchClient]:
    """A client of moto's server, which has no metrics before the block and none after it."""
    get_backend("cloudwatch").reset()
    try:
        yield boto3.client("cloudwatch", endpoint_url=endpoint)
    finally:
        get_backend("cloudwatch").reset()


def figures(client: CloudWatchClient, namespace: str) -> dict[Identity, DatapointTypeDef]:
    """All statistics of the metrics of a namespace, over the last and the next day."""
    now, found = utc_now(), {}
    for metric in client.list_metrics(Namespace=namespace)["Metrics"]:
        dimensions = metric.get("Dimensions", [])
        (point,) = client.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric["MetricName"],
            Dimensions=[{"Name": d["Name"], "Value": d["Value"]} for d in dimensions],
            StartTime=now - timedelta(days=1),
            EndTime=now + timedelta(days=1),
            Period=2 * _DAY,
            Statistics=["Sum", "Minimum", "Maximum", "Average", "SampleCount"],
        )["Datapoints"]
        identity = tuple((d["Name"], d["Value"]) for d in dimensions)
        found[metric["MetricName"], identity] = point
    return found
