"""The audit trail of the account: who called which AWS API, and the source of some events.

EventBridge hears of a rotated secret only where a trail records management events; the Prefect
server is restarted on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudtrail

from blueprint.detectors import TRAIL_PREFIX
from components.base import BaseComponent


@dataclass(frozen=True)
class TrailArgs:
    """The bucket that the trail is delivered into."""

    logs_bucket: pulumi.Input[str]


class Trail(BaseComponent[TrailArgs]):
    """Management events of all regions, with digests that show whether a log was changed."""

    area = "security"

    def create(self) -> None:
        """The trail; the bucket's policy lets CloudTrail deliver it."""
        self.trail = cloudtrail.Trail(
            f"{self.name}-trail",
            name=self.names.trail,
            s3_bucket_name=self.args.logs_bucket,
            s3_key_prefix=TRAIL_PREFIX,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            opts=self.child(),
        )

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """The trail."""
        return {"auditTrail": self.trail.name}
