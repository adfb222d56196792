"""What Prefect servers share when there is more than one: Valkey, on ElastiCache.

prefect-redis speaks to it as to Redis. It holds messages and locks on their way, nothing that
has to survive, so it has no backups. Who may connect is said by the security group; a password
would be one more secret in the server's environment, and TLS is required either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import elasticache

from blueprint.database import CACHE_MAINTENANCE, CACHE_NODE, VALKEY_VERSION
from blueprint.network import REDIS_PORT
from components.base import BaseComponent


@dataclass(frozen=True)
class CacheArgs:
    """Private subnets, the security group and the KMS key."""

    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Cache(BaseComponent[CacheArgs]):
    """One node, in production two in different zones; `host` is the primary's name."""

    area = "cache"

    def create(self) -> None:
        """Subnet group and replication group."""
        replicated = self.settings.environment == "prod"
        subnets = elasticache.SubnetGroup(
            f"{self.name}-subnets",
            name=self.names.cache,
            description="Private subnets of what Prefect servers share",
            subnet_ids=self.args.subnet_ids,
            opts=self.child(),
        )
        self.group = elasticache.ReplicationGroup(
            f"{self.name}-group",
            replication_group_id=self.names.cache,
            description="Events, locks and leases that Prefect servers share",
            engine="valkey",
            engine_version=VALKEY_VERSION,
            auto_minor_version_upgrade=True,
            node_type=CACHE_NODE,
            port=REDIS_PORT,
            num_cache_clusters=2 if replicated else 1,
            automatic_failover_enabled=replicated,
            multi_az_enabled=replicated,
            at_rest_encryption_enabled=True,
            kms_key_id=self.args.key_arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            subnet_group_name=subnets.name,
            security_group_ids=[self.args.security_group_id],
            snapshot_retention_limit=0,
            maintenance_window=CACHE_MAINTENANCE,
            apply_immediately=not replicated,
            opts=self.child(),
        )
        self.host: pulumi.Output[str] = self.group.primary_endpoint_address

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The group and its host."""
        return {"cacheGroup": self.group.replication_group_id, "cacheHost": self.host}
