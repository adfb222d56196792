"""Proves that the worker takes up flow runs and that they reach the lake."""

from __future__ import annotations

import boto3
from prefect import flow
from prefect.logging import get_run_logger

from config import Settings
from tasks.common import aws_errors, pipeline_task


@pipeline_task("look for the buckets")
def find_buckets() -> list[str]:
    """The buckets of the environment that answer."""
    names = Settings().names
    s3 = boto3.client("s3")
    buckets = [names.bucket(zone) for zone in ("bronze", "silver", "gold", "artifacts")]
    with aws_errors("look for the buckets"):
        for bucket in buckets:
            s3.head_bucket(Bucket=bucket)
    return buckets


@flow(name="stack-check")
def stack_check() -> list[str]:
    """Look for the buckets of the environment; writes nothing."""
    buckets = find_buckets()
    get_run_logger().info("all of %s are there", ", ".join(buckets))
    return buckets
