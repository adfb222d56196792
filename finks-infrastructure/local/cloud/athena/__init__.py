"""Athena on this machine: Trino's SQL over DuckDB, the Glue catalog, Hive and Iceberg tables."""

from local.cloud.athena.service import AthenaService

__all__ = ["AthenaService"]
