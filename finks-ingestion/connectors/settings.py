"""Settings that every connector has; each source adds its own.

The environment variables are the container's contract; the command line has a flag for each
of them, except for secrets, which would show in the list of processes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal, Self
from uuid import uuid4

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.errors import ConfigurationError
from connectors.flags import EXTRACT, LIMITS, TARGET, Command, flag_of, flags_given, read_flags
from connectors.values import BucketName, IsoDate, RunId
from utils.clock import market_today, utc_now
from utils.dates import Window

_FIRST_DAY = date(1900, 1, 1)
"""Earlier years are mistakes, and the days beside them are no dates any more."""
_WINDOW_FIELDS = ("extraction_date", "extraction_start", "extraction_end")
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+(?=@)|(?<=\?)[^'\"\s]+")
"""User and password, and the query."""
_MARKUP = re.compile(r"^(Value error|Assertion failed), |, unable to .*$")


def new_run_id() -> str:
    """A run id that sorts by time, for runs that nobody named."""
    return f"{utc_now():%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"


class CallSettings(BaseSettings):
    """What every command needs that calls a source."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    log_correlation_id: str = Field("", description="id of the flow run, for every log line")
    finks_today: IsoDate | None = Field(
        None, description="the market's today; default that of New York"
    )
    concurrency: int = Field(
        8, ge=1, le=256, description="calls under way at a time", json_schema_extra=LIMITS
    )
    run_deadline_seconds: float = Field(
        6 * 3600,
        gt=0,
        description="time of the whole run, after which no call begins",
        json_schema_extra=LIMITS,
    )

    @property
    def today(self) -> date:
        """The market clock."""
        return self.finks_today or market_today({})


class RunSettings(CallSettings):
    """What to extract, and where to."""

    extraction_date: IsoDate | None = Field(
        None, description="the one day to extract", json_schema_extra=EXTRACT
    )
    extraction_start: IsoDate | None = Field(
        None, description="first day, with EXTRACTION_END", json_schema_extra=EXTRACT
    )
    extraction_end: IsoDate | None = Field(
        None, description="last day, inclusive", json_schema_extra=EXTRACT
    )
    s3_bucket: BucketName = Field(description="the bronze bucket", json_schema_extra=TARGET)
    symbols: str | None = Field(
        None, description="symbols, separated by commas", json_schema_extra=EXTRACT
    )
    symbols_uri: str | None = Field(
        None, description="file or s3:// URI with one symbol a line", json_schema_extra=EXTRACT
    )
    datasets: str | None = Field(
        None,
        description="datasets, separated by commas; default all of those below",
        json_schema_extra=EXTRACT,
    )
    run_id: RunId = Field(
        default_factory=new_run_id, description="name of the run; default made from the time"
    )
    force: bool = Field(
        False, description="fetch again what is complete", json_schema_extra=EXTRACT
    )
    finks_env: Literal["local", "dev", "staging", "prod"] | None = Field(
        None, description="the stack that metrics are sent for; default none, which sends none"
    )

    @property
    def window(self) -> Window:
        """The days to extract."""
        start = self.extraction_date or self.extraction_start
        end = self.extraction_date or self.extraction_end
        if start is None or end is None:
            raise ConfigurationError("no window; set EXTRACTION_DATE")
        return Window(start, end)

    @property
    def symbols_from(self) -> str:
        """Where the symbols are listed, for messages."""
        return "SYMBOLS" if self.symbols else "the file of SYMBOLS_URI"

    @model_validator(mode="after")
    def _check_window(self) -> Self:
        start, end = self.extraction_start, self.extraction_end
        if self.extraction_date:
            if start or end:
                raise ValueError(
                    "EXTRACTION_DATE is set, and EXTRACTION_START or EXTRACTION_END too; "
                    "set the one date or the range, not both"
                )
            start = end = self.extraction_date
        if start is None or end is None:
            raise ValueError(
                "no window; set EXTRACTION_DATE, or both EXTRACTION_START and EXTRACTION_END"
            )
        if start > end:
            raise ValueError(
                f"EXTRACTION_START {start} is after EXTRACTION_END {end}; exchange them"
            )
        if start < _FIRST_DAY:
            raise ValueError(f"{start} is before all prices; begin with {_FIRST_DAY} or later")
        if end > self.today:
            raise ValueError(
                f"{end} is in the future: the market clock stands at {self.today}; "
                f"choose a date up to {self.today}, or move the clock (FINKS_TODAY)"
            )
        return self

    @model_validator(mode="after")
    def _check_symbols(self) -> Self:
        if bool(self.symbols) == bool(self.symbols_uri):
            raise ValueError("set either SYMBOLS (AAPL,MSFT) or SYMBOLS_URI, and not both")
        return self


def load_settings[S: CallSettings](
    kind: type[S], arguments: Sequence[str], command: Command, **defaults: str
) -> S:
    """Read settings from the command line and, below it, from the environment.

    `defaults` are values that the command line alone wins over. Raises ConfigurationError that
    names every wrong setting and its remedy.
    """
    flags = defaults | read_flags(kind.model_fields, arguments, command)
    if any(name in flags for name in _WINDOW_FIELDS):
        # A window on the command line replaces the one of the environment as a whole.
        flags = dict.fromkeys(_WINDOW_FIELDS) | flags
    try:
        return kind(**flags)
    except ValidationError as error:
        raise ConfigurationError(describe_errors(error, secret_fields(kind))) from None


def describe_errors(error: ValidationError, secrets: Collection[str]) -> str:
    """The errors of settings as one line, under the names of the environment variables.

    `secrets` are the fields whose values nobody may see: a key that is malformed is a key.
    """
    lines = []
    for item in error.errors(include_url=False, include_context=False):
        name = "_".join(str(part) for part in item["loc"]).upper()
        message = _MARKUP.sub("", item["msg"]).replace("Input should", "it should")
        if item["type"] == "missing":
            flag = "" if name.lower() in secrets else f", or {flag_of(name.lower())}"
            message = f"is not set; set it in the environment{flag}"
        elif name.lower() in secrets:
            message = f"is malformed: {message}"
        elif name:
            message = f"is {_shown(item['input'])}: {message}"
        lines.append(f"{name} {message}".strip())
    return "; ".join(lines)


def environment_variables(kind: type[RunSettings]) -> list[str]:
    """Names of the environment variables that a connector reads."""
    return sorted(name.upper() for name in kind.model_fields)


def identity(arguments: Sequence[str]) -> tuple[str, str]:
    """RUN_ID and LOG_CORRELATION_ID, for what is said before settings load, or if they do not.

    A run that nobody named gets its name here.
    """
    given = flags_given(("run_id", "log_correlation_id"), arguments)
    run_id = given.get("run_id") or os.environ.get("RUN_ID") or new_run_id()
    return run_id, given.get("log_correlation_id") or os.environ.get("LOG_CORRELATION_ID", "")


def secret_fields(kind: type[BaseSettings]) -> list[str]:
    """The settings that are secret."""
    return [n for n, info in kind.model_fields.items() if info.annotation is SecretStr]


def _shown(value: object) -> str:
    """A value for a message; what an address may have of secrets is masked."""
    return _IN_ADDRESS.sub("***", repr(value))
