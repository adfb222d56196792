"""Settings of the flows, from the environment (`FINKS_…`), and the names that follow from them."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MARKET_TIMEZONE = ZoneInfo("America/New_York")
EXCHANGE = "XNYS"
SUPERSEDED_TAG = ("finks:superseded", "true")
"""Object tag (key, value) of silver files that S3 may collect."""

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What differs between environments. Lists are comma-separated; empty means unset."""

    model_config = SettingsConfigDict(env_prefix="FINKS_", env_ignore_empty=True, frozen=True)

    env: Literal["local", "dev", "staging", "prod"] = "local"
    bucket_suffix: str = ""
    today: date | None = None
    """The market clock; unset: the real day in New York."""
    symbols: CommaSeparated = ()
    subnets: CommaSeparated = ()
    security_groups: CommaSeparated = ()
    assign_public_ip: bool = False
    """Tasks in public subnets without NAT need one."""
    poll_seconds: float = Field(default=1.0, gt=0)
    """Pause between two questions about a running task, job or query."""
    retry_delay_seconds: float = Field(default=10.0, ge=0)
    """Pause before the first repetition of a transient failure; it doubles each time."""
    transient_retries: int = Field(default=2, ge=0)
    ingestion_timeout_minutes: float = Field(default=60, gt=0)
    glue_timeout_minutes: float = Field(default=60, gt=0)
    dbt_timeout_minutes: float = Field(default=60, gt=0)

    @field_validator("symbols", "subnets", "security_groups", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @cached_property
    def names(self) -> Names:
        """Names of the resources of this environment."""
        return Names(self.env, self.bucket_suffix)

    def market_today(self) -> date:
        """The day that the market clock shows."""
        return self.today or datetime.now(MARKET_TIMEZONE).date()


class Names:
    """Resource names, as the blueprint of the infrastructure gives them."""

    def __init__(self, env: str, bucket_suffix: str = "") -> None:
        self.env = env
        self._suffix = bucket_suffix
        self.prefix = f"finks-{env}"
        self.cluster = self.prefix
        self.ingestion_task = f"{self.prefix}-fmp-ingestion"
        self.ingestion_container = "fmp-connector"
        self.dbt_task = f"{self.prefix}-dbt"
        self.dbt_container = "dbt"
        self.glue_job = f"{self.prefix}-bronze-to-silver"
        self.silver_database = f"finks_{env}_silver"
        self.metrics_namespace = "Finks/Pipeline"

    def bucket(self, zone: str) -> str:
        """The bucket of bronze, silver, gold, logs or artifacts."""
        return "-".join(part for part in (self.prefix, zone, self._suffix) if part)
