"""Settings of the FMP connector, on top of those of every connector."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.flags import LIMITS, SOURCE
from connectors.settings import CallSettings, RunSettings
from utils.urls import names_a_server

MOST = 10**15
"""Of a budget: what the counts of an account can be compared with."""
STABLE_URL = "https://financialmodelingprep.com/stable"


class FmpAccess(CallSettings):
    """How to reach FMP.

    `fmp_retry_seconds` bounds the time that failing attempts and the waits between them may
    take until one succeeds again; a refused connection gets a quarter of it.
    """

    fmp_api_key: SecretStr = Field(description="FMP's API key", json_schema_extra=SOURCE)
    fmp_base_url: str = Field(
        STABLE_URL, description="base URL of FMP's stable API", json_schema_extra=SOURCE
    )
    fmp_calls_per_minute: int = Field(
        300, ge=1, description="the plan's calls per minute", json_schema_extra=LIMITS
    )
    fmp_calls_per_day: int | None = Field(
        None,
        ge=0,
        le=MOST,
        description="budget of calls per market day; default none",
        json_schema_extra=LIMITS,
    )
    fmp_bandwidth_bytes: int | None = Field(
        None,
        ge=0,
        le=MOST,
        description="budget of bytes received in 30 days; default none",
        json_schema_extra=LIMITS,
    )
    fmp_state_dir: str | None = Field(
        None,
        description="folder in which the runs of a machine share limits and budgets, or 'off'; "
        "default a folder of the user among the temporary files",
        json_schema_extra=LIMITS,
    )
    fmp_timeout_seconds: float = Field(
        30,
        gt=0,
        le=3600,
        description="limit of a connection and of each read",
        json_schema_extra=LIMITS,
    )
    fmp_retry_seconds: float = Field(
        60,
        ge=0,
        description="how long nothing may succeed before FMP counts as dead",
        json_schema_extra=LIMITS,
    )

    @field_validator("fmp_base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError(f"begin it with http:// or https://, as in {STABLE_URL}")
        if not names_a_server(value):
            raise ValueError(f"it names no host, or no port; write it as in {STABLE_URL}")
        parts = urlsplit(value)
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(
                f"leave user, password and query out, as in {STABLE_URL}: the key is FMP_API_KEY"
            )
        return value.rstrip("/")

    @field_validator("fmp_api_key")
    @classmethod
    def _check_key(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value().strip()
        if not text or not text.isascii() or not text.isprintable():
            raise ValueError("write FMP's API key into it, without line breaks")
        return SecretStr(text)


class FmpSettings(FmpAccess, RunSettings):
    """What to extract from FMP, where to, and how to reach it."""
