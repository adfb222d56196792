"""The buckets of the lake and the key under which they are encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from blueprint.lifecycle import lifecycle
from blueprint.names import ZONES
from components.base import BaseComponent
from components.bucket import LakeBucket, LakeBucketArgs
from components.bucket_policy import immutable, log_delivery, only_our_key, only_tls
from components.kms import LakeKey
from components.policy_document import Statement
from config.sections import Storage as StorageConfig

LOGS = "logs"
IMMUTABLE_ZONES = ("bronze",)
CORS_ZONES = ("gold", "artifacts")
"""Buckets that the console's pages read: tables, and results of queries."""


class Storage(BaseComponent[StorageConfig]):
    """Bronze, silver, gold, artifacts, and the logs bucket that receives their access logs.

    `key_arn` is the lake's KMS key; `bucket_names` has a name for each zone.
    """

    area = "storage"

    def create(self) -> None:
        """The key, the logs bucket, and then the buckets that log into it."""
        key = LakeKey(f"{self.name}-kms", self.args, self.context, self.child())
        self.key_arn: pulumi.Output[str] = key.arn
        # Load balancers and S3 deliver logs under S3's own keys alone.
        logs = self._bucket(
            LOGS,
            (
                only_tls(self.context, LOGS),
                *log_delivery(self.context, LOGS, [zone for zone in ZONES if zone != LOGS]),
            ),
        )
        self.bucket_names: dict[str, pulumi.Output[str]] = {LOGS: logs.bucket_name}
        for zone in ZONES:
            if zone != LOGS:
                made = self._bucket(zone, self._statements(zone), logs=logs)
                self.bucket_names[zone] = made.bucket_name

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Names of the buckets, and the key."""
        names = {f"bucket{zone.title()}": self.bucket_names[zone] for zone in ZONES}
        return {**names, "kmsKeyArn": self.key_arn, "kmsKeyAlias": self.names.key_alias}

    def _statements(self, zone: str) -> tuple[Statement, ...]:
        kept = (immutable(self.context, zone),) if zone in IMMUTABLE_ZONES else ()
        return (
            only_tls(self.context, zone),
            *only_our_key(self.context, zone, self.key_arn),
            *kept,
        )

    def _bucket(
        self, zone: str, statements: tuple[Statement, ...], logs: LakeBucket | None = None
    ) -> LakeBucket:
        return LakeBucket(
            f"{self.name}-{zone}",
            LakeBucketArgs(
                config=self.args,
                zone=zone,
                statements=statements,
                rules=lifecycle(
                    zone,
                    noncurrent_days=self.args.noncurrent_days,
                    superseded_run_days=self.args.superseded_run_days,
                    log_days=self.settings.logs.retention_days,
                ),
                key_arn=self.key_arn if logs is not None else None,
                logs_bucket=logs.bucket_name if logs is not None else None,
                cors=zone in CORS_ZONES,
            ),
            self.context,
            self.child(),
        )
