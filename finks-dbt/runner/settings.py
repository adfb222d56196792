"""The environment of the container, checked before dbt starts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

TARGETS = ("local", "dev", "staging", "prod")
DEFAULT_REGION = "ca-central-1"
REQUIRED = ("DBT_TARGET", "ATHENA_WORKGROUP", "ATHENA_STAGING_URI", "GOLD_DATA_URI")
OPTIONAL = {
    "START_DATE": "first day to publish again, ISO; empty: everything",
    "END_DATE": "last day of the pipeline's range, ISO; all later days are published as well",
    "DBT_SELECT": "dbt's --select, blank-separated; empty: everything",
    "RUN_ID": "folder of the artifacts; made when empty",
    "LOG_CORRELATION_ID": "on every log line",
    "ARTIFACTS_URI": "s3:// folder of the runs' artifacts; empty: they are not kept",
    "FINKS_TODAY": "market date, ISO; empty: today in New York",
    "AWS_REGION": f"default {DEFAULT_REGION}",
}
_S3_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class ConfigurationError(ValueError):
    """A setting or argument that cannot work; the message ends with the remedy."""


@dataclass(frozen=True)
class Settings:
    """What the environment asks for; URIs end with a slash."""

    target: str
    workgroup: str
    staging_uri: str
    gold_uri: str
    run_id: str
    correlation_id: str
    region: str
    artifacts_uri: str
    select: tuple[str, ...]
    start_date: date | None
    end_date: date | None
    today: date | None

    def dbt_environment(self) -> dict[str, str]:
        """The variables that the dbt project reads, all of them set."""
        return {
            "DBT_TARGET": self.target,
            "ATHENA_WORKGROUP": self.workgroup,
            "ATHENA_STAGING_URI": self.staging_uri,
            "GOLD_DATA_URI": self.gold_uri,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "START_DATE": self.start_date.isoformat() if self.start_date else "",
            "END_DATE": self.end_date.isoformat() if self.end_date else "",
            "FINKS_TODAY": self.today.isoformat() if self.today else "",
        }


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables; an empty one counts as not set.

    Raises ConfigurationError for the first that is missing or malformed.
    """
    values = {name: value.strip() for name, value in environment.items()}
    missing = [name for name in REQUIRED if not values.get(name)]
    if missing:
        raise ConfigurationError(
            f"{', '.join(missing)} not set; set it in the task definition or the run's overrides"
        )
    target = values["DBT_TARGET"]
    if target not in TARGETS:
        raise ConfigurationError(f"DBT_TARGET is {target!r}; set it to one of {', '.join(TARGETS)}")
    start, end = _date(values, "START_DATE"), _date(values, "END_DATE")
    if end and not start:
        raise ConfigurationError("END_DATE is set without START_DATE; set both, or neither for all")
    if start and end and end < start:
        raise ConfigurationError(
            f"END_DATE {end} is before START_DATE {start}; set END_DATE to that day or a later one"
        )
    return Settings(
        target=target,
        workgroup=values["ATHENA_WORKGROUP"],
        staging_uri=_s3_folder(values, "ATHENA_STAGING_URI"),
        gold_uri=_s3_folder(values, "GOLD_DATA_URI"),
        run_id=_run_id(values),
        correlation_id=values.get("LOG_CORRELATION_ID", ""),
        region=values.get("AWS_REGION") or values.get("AWS_DEFAULT_REGION") or DEFAULT_REGION,
        artifacts_uri=_s3_folder(values, "ARTIFACTS_URI"),
        select=tuple(values.get("DBT_SELECT", "").split()),
        start_date=start,
        end_date=end,
        today=_date(values, "FINKS_TODAY"),
    )


def _date(values: Mapping[str, str], name: str) -> date | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat also takes 20130215 and 2013-W07-5, which the models would not
    if day is None or day.isoformat() != text:
        raise ConfigurationError(
            f"{name} is {text!r}; give a calendar day as YYYY-MM-DD, for example 2013-02-15"
        )
    return day


def _s3_folder(values: Mapping[str, str], name: str) -> str:
    text = values.get(name, "")
    if not text:
        return ""
    if not _S3_URI.fullmatch(text):
        raise ConfigurationError(f"{name} is {text!r}; give a folder as s3://bucket/prefix/")
    return text if text.endswith("/") else f"{text}/"


def _run_id(values: Mapping[str, str]) -> str:
    text = values.get("RUN_ID", "")
    if not text:
        return f"dbt-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    if not _RUN_ID.fullmatch(text):
        raise ConfigurationError(
            f"RUN_ID is {text!r}; use letters, digits, dots, dashes and underscores, 128 at most"
        )
    return text
