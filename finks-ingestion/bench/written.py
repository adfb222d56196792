"""What a contender left on S3, counted from the Parquet files themselves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import boto3
import pyarrow.parquet as pq
from botocore.config import Config

from bench.servers import S3Server
from bench.task import TABLES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION: Final = "ca-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


def s3_client(server: S3Server) -> S3Client:
    """A client of the benchmark's S3, whatever the environment says about AWS."""
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )


def create_bucket(server: S3Server, name: str) -> None:
    """Make an empty bucket."""
    s3_client(server).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
    )


def objects_written(server: S3Server, bucket: str) -> tuple[tuple[str, int], ...]:
    """Keys and sizes of all objects."""
    pages = s3_client(server).get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return tuple((item["Key"], item["Size"]) for page in pages for item in page.get("Contents", ()))


def records_written(server: S3Server, bucket: str) -> dict[str, int]:
    """Rows of all Parquet files, by table: a folder of that name is part of a file's key."""
    client = s3_client(server)
    rows = dict.fromkeys(TABLES, 0)
    for key, _ in objects_written(server, bucket):
        table = next((part for part in key.split("/") if part in rows), None)
        if table is None or not key.endswith(".parquet"):
            continue
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        rows[table] += pq.ParquetFile(io.BytesIO(body)).metadata.num_rows
    return rows
