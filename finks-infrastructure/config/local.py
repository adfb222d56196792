"""Settings of the local stack: ports, folders, the market clock, and which FMP to talk to.

Every setting is an environment variable, or a line of the git-ignored `.env.local` at the root of
the repository (or of the file that FINKS_ENV_FILE names); the environment wins.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from blueprint.demo import REPLAY_TODAY, SYMBOLS
from blueprint.names import REGION, Names
from config import env_files

REPOSITORY = Path(__file__).resolve().parents[2]
ENV_FILE = REPOSITORY / ".env.local"
REPLAY_API_KEY = "finks-local-key"
Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(Exception):
    """A setting is wrong; the message names it and says how to mend it."""


class LocalSettings(BaseSettings):
    """The local stack. Ports are TCP ports on 127.0.0.1."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_ignore_empty=True, extra="forbid", populate_by_name=True
    )

    state_dir: Path = Field(REPOSITORY / ".finks", alias="FINKS_STATE_DIR")
    cloud_port: Port = Field(4566, alias="FINKS_CLOUD_PORT")
    prefect_port: Port = Field(4200, alias="FINKS_PREFECT_PORT")
    replay_port: Port = Field(4600, alias="FINKS_REPLAY_PORT")
    fmp_url: str | None = Field(None, alias="FMP_BASE_URL")
    fmp_api_key: str = Field(REPLAY_API_KEY, alias="FMP_API_KEY", min_length=1)
    market_today: date | None = Field(None, alias="FINKS_TODAY")
    symbols: Annotated[tuple[str, ...], NoDecode] = Field(SYMBOLS, alias="FINKS_SYMBOLS")

    @field_validator("state_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("symbols", mode="before")
    @classmethod
    def _comma_separated(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().upper() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _consistent(self) -> LocalSettings:
        ports = [self.cloud_port, self.prefect_port, self.replay_port]
        if len(set(ports)) < len(ports):
            raise ValueError(f"the ports {ports} have to differ")
        if not self.symbols:
            raise ValueError("FINKS_SYMBOLS names no symbol; for example FINKS_SYMBOLS=AAPL,IBM")
        if self.fmp_url is not None and self.fmp_api_key == REPLAY_API_KEY:
            raise ValueError("FMP_BASE_URL is set, so FMP_API_KEY has to be your key for it")
        return self

    @property
    def uses_replay(self) -> bool:
        """Whether FMP is the replay server of this stack."""
        return self.fmp_url is None

    @property
    def fmp_base_url(self) -> str:
        """Base address of FMP's stable API as the connector sees it."""
        return self.fmp_url or f"{self.replay_url}/stable"

    @property
    def clock(self) -> date | None:
        """The day that is today for the pipeline; None for the real one."""
        if self.market_today is not None:
            return self.market_today
        return REPLAY_TODAY if self.uses_replay else None

    @property
    def names(self) -> Names:
        """Names of the resources of this stack."""
        return Names("local")

    @property
    def cloud_url(self) -> str:
        """The AWS endpoint."""
        return f"http://127.0.0.1:{self.cloud_port}"

    @property
    def prefect_url(self) -> str:
        """The Prefect UI."""
        return f"http://127.0.0.1:{self.prefect_port}"

    @property
    def prefect_api_url(self) -> str:
        """The Prefect API."""
        return f"{self.prefect_url}/api"

    @property
    def replay_url(self) -> str:
        """The FMP replay server."""
        return f"http://127.0.0.1:{self.replay_port}"

    @property
    def logs_dir(self) -> Path:
        """Folder of the services' log files."""
        return self.state_dir / "logs"

    def client_environment(self) -> dict[str, str]:
        """Environment in which an AWS client talks to the local cloud."""
        return {
            "AWS_ENDPOINT_URL": self.cloud_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def load() -> LocalSettings:
    """Read the settings.

    Raises SettingsError with one line a wrong setting.
    """
    file = LocalSettings.model_config["env_file"]
    if os.environ.get(env_files.VARIABLE):
        file = env_files.path_of("local")
        if not file.exists():
            raise SettingsError(
                f"{env_files.VARIABLE} names {file}, which is not there; mend or unset it"
            )
    try:
        return LocalSettings(_env_file=file)  # type: ignore[call-arg]  # fields come from there
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in issue['loc']) or 'settings'}: {issue['msg']}"
            for issue in error.errors()
        ]
        where = f"the environment or {Path(str(file)).name}"
        raise SettingsError(
            f"wrong setting in {where}: {'; '.join(lines)}. Mend or remove it there;"
            " finks-infrastructure/config/.env.example lists every setting"
        ) from None
