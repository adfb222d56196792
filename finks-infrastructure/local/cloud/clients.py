"""boto3 clients with which the local cloud's executors ask its own control plane."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from local.cloud.service import CloudContext

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=20,
)


class ControlPlane:
    """Clients of the local cloud at its own address, each made when it is first asked for.

    Clients may be used by several threads, but a session may not make several at a time.
    """

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._lock = threading.RLock()

    @cached_property
    def _session(self) -> boto3.Session:
        environment = self._context.client_environment()
        return boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self._context.region,
        )

    @cached_property
    def _ecs(self) -> ECSClient:
        return self._session.client("ecs", endpoint_url=self._context.endpoint_url, config=_CONFIG)

    @cached_property
    def _glue(self) -> GlueClient:
        return self._session.client("glue", endpoint_url=self._context.endpoint_url, config=_CONFIG)

    @cached_property
    def _logs(self) -> CloudWatchLogsClient:
        return self._session.client("logs", endpoint_url=self._context.endpoint_url, config=_CONFIG)

    @cached_property
    def _secrets(self) -> SecretsManagerClient:
        return self._session.client(
            "secretsmanager", endpoint_url=self._context.endpoint_url, config=_CONFIG
        )

    @property
    def ecs(self) -> ECSClient:
        """ECS: clusters and task definitions."""
        with self._lock:
            return self._ecs

    @property
    def glue(self) -> GlueClient:
        """Glue: jobs."""
        with self._lock:
            return self._glue

    @property
    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs."""
        with self._lock:
            return self._logs

    @property
    def secrets(self) -> SecretsManagerClient:
        """Secrets Manager."""
        with self._lock:
            return self._secrets
