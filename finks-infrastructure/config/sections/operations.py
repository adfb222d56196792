"""Who watches, what is kept, and who deploys."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from blueprint.sizes import LOG_RETENTION_DAYS
from config.sections.section import Section


class Monitoring(Section):
    """Who hears of what goes wrong."""

    emails: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")], ...] = ()
    """Addresses that get every alarm; each confirms by a link."""
    pager_duty_url: str | None = Field(
        default=None, pattern=r"^https://events\.pagerduty\.com/", repr=False
    )
    """Integration URL of a PagerDuty service for critical alarms; a secret."""


class Logs(Section):
    """CloudWatch log groups and the logs bucket."""

    retention_days: int = 30
    """Days that logs are kept; unset: 7 in dev, 30 in staging, 365 in prod."""

    @field_validator("retention_days")
    @classmethod
    def _offered_by_cloudwatch(cls, value: int) -> int:
        if value not in LOG_RETENTION_DAYS:
            offered = ", ".join(str(days) for days in LOG_RETENTION_DAYS)
            raise ValueError(f"{value} days; CloudWatch offers {offered}")
        return value


class Security(Section):
    """Account-wide detectors: enable each in one stack of an account."""

    audit_trail: bool = True
    """CloudTrail: management events of all regions. The first trail of an account is free."""
    guard_duty: bool = True
    """Findings of suspicious activity."""
    config_rules: bool = True
    """AWS Config: the recorder and its rules."""
    access_analyzer: bool = True
    """Findings of resources that others outside the account may reach."""


class GitHub(Section):
    """Continuous deployment with OIDC."""

    repository: str | None = Field(default=None, pattern=r"^[\w.-]+/[\w.-]+$")
    """owner/name; unset: no deploy role is made."""
    create_provider: bool = True
    """False where the account has GitHub's OIDC provider already."""
