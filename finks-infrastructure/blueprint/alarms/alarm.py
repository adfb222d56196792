"""What an alarm is, and how severe it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from blueprint.metrics import Metric

Severity = Literal["info", "warning", "critical"]
SEVERITIES: dict[Severity, str] = {
    "info": "Worth a look this week",
    "warning": "Needs somebody today",
    "critical": "Needs somebody now; PagerDuty where it is configured",
}
Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]
Missing = Literal["breaching", "notBreaching"]
RUNBOOK = "docs/aws/runbook.md"
LOAD_BALANCER = "{load balancer}"
TARGET_GROUP = "{target group}"
API = "{api}"
"""Stand for values that AWS gives; the component fills them in."""
FIVE_MINUTES = 300
HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Query:
    """A step of metric math: a metric or an expression; the one that `watched` is compared."""

    id: str
    metric: Metric | None = None
    expression: str | None = None
    watched: bool = False


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm: on `metric`, or on `queries`. `period` in seconds."""

    subject: str
    severity: Severity
    remedy: str
    """What has happened and what to do first."""
    comparison: Comparison
    threshold: float
    period: int
    periods: int
    """Periods that are looked at; all of them have to be over the threshold."""
    missing: Missing
    metric: Metric | None = None
    queries: tuple[Query, ...] = ()

    @property
    def description(self) -> str:
        """The alarm's text in CloudWatch and in e-mails."""
        return f"{self.remedy} {RUNBOOK}#{self.subject}"


@dataclass(frozen=True)
class Watched:
    """What there is to watch in a stack."""

    container_insights: bool
    schedules_active: bool
    load_balancer: bool
    api: bool
    database_class: str
    database_storage: int
    """GiB that were allocated."""
    scaled: bool = False
    """Whether Prefect's background loops run in a service of their own."""
    office_hours: bool = False
    """Whether there are no tasks at night and at weekends."""


def over(
    subject: str,
    severity: Severity,
    remedy: str,
    metric: Metric,
    threshold: float,
    *,
    periods: int = 1,
) -> Alarm:
    """An alarm on a metric above a threshold in each of `periods` periods of five minutes."""
    return Alarm(
        subject=subject,
        severity=severity,
        remedy=remedy,
        comparison="GreaterThanThreshold",
        threshold=threshold,
        period=FIVE_MINUTES,
        periods=periods,
        missing="notBreaching",
        metric=metric,
    )
