"""What watches the account: audit trail, GuardDuty, AWS Config, Access Analyzer, each switchable.

They watch the whole account and region; only one stack of an account may have each
(`security` in its configuration).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import accessanalyzer, guardduty

from blueprint.detectors import GUARD_DUTY_FEATURES
from components.base import BaseComponent
from components.config_recorder import ConfigRecorder, ConfigRecorderArgs
from components.trail import Trail, TrailArgs
from config.sections import Security as SecurityConfig


@dataclass(frozen=True)
class SecurityArgs:
    """What is switched on, and the bucket that records are delivered into."""

    config: SecurityConfig
    logs_bucket: pulumi.Input[str]


class Security(BaseComponent[SecurityArgs]):
    """What notices that the account is attacked, misconfigured or open to others."""

    area = "security"

    def create(self) -> None:
        """The detectors that the stack's configuration switches on."""
        config, bucket = self.args.config, self.args.logs_bucket
        self._outputs: dict[str, pulumi.Input[Any]] = {}
        if config.audit_trail:
            trail = Trail(f"{self.name}-audit", TrailArgs(bucket), self.context, self.child())
            self._outputs.update(trail.outputs())
        if config.guard_duty:
            self._guard_duty()
        if config.config_rules:
            recorder = ConfigRecorder(
                f"{self.name}-config", ConfigRecorderArgs(bucket), self.context, self.child()
            )
            self._outputs.update(recorder.outputs())
        if config.access_analyzer:
            analyzer = accessanalyzer.Analyzer(
                f"{self.name}-analyzer",
                analyzer_name=self.names.prefix,
                type="ACCOUNT",
                opts=self.child(),
            )
            self._outputs["accessAnalyzerArn"] = analyzer.arn

    def outputs(self) -> Mapping[str, pulumi.Input[Any]]:
        """Ids of the detectors that are on."""
        return self._outputs

    def _guard_duty(self) -> None:
        detector = guardduty.Detector(
            f"{self.name}-detector",
            enable=True,
            finding_publishing_frequency="ONE_HOUR",
            opts=self.child(),
        )
        for feature, on in GUARD_DUTY_FEATURES.items():
            guardduty.DetectorFeature(
                f"{self.name}-{feature.lower().replace('_', '-')}",
                detector_id=detector.id,
                name=feature,
                status="ENABLED" if on else "DISABLED",
                opts=self.child(),
            )
        self._outputs["guardDutyDetectorId"] = detector.id
