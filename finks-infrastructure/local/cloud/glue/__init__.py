"""Glue job runs: the script from S3 under local Spark."""

from local.cloud.glue.service import GlueJobService

__all__ = ["GlueJobService"]
