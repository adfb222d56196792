"""Which stack the commands of this machine talk to, read from the stack's env file.

`.env.local` at the root of the repository is the local stack's and read by config/local.py;
`config/.env.dev` and `config/.env.staging` say with which AWS profile and through which address
a laptop reaches those stacks. `FINKS_ENV_FILE` names another file. The environment wins over any
file: CI sets credentials there and has no profile.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from botocore.exceptions import (
    NoCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from blueprint.names import REGION

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).resolve().parent
VARIABLE = "FINKS_ENV_FILE"
STACK_VARIABLE = "FINKS_PULUMI_STACK"
RemoteStack = Literal["dev", "staging", "prod"]
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables by which the environment has credentials of its own."""


class EnvFileError(Exception):
    """An env file is missing or wrong; the message names the file and the line's key."""


class RemoteSettings(BaseSettings):
    """How this machine reaches a stack on AWS."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="forbid", populate_by_name=True)

    stack: RemoteStack = Field(alias="FINKS_PULUMI_STACK")
    aws_profile: str | None = Field(None, alias="AWS_PROFILE")
    """Profile of ~/.aws/config; None: what the environment says, as boto3 reads it."""
    aws_region: str = Field(REGION, alias="AWS_REGION")
    prefect_api_url: str | None = Field(None, alias="PREFECT_API_URL", pattern=r"^https?://.+/api$")
    """Prefect's API as this machine sees it: the domain, or a forwarded port."""


def path_of(stack: str) -> Path:
    """The env file of a stack: what FINKS_ENV_FILE names, else the stack's own.

    A relative path is looked up from the working folder, then from the repository.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named).expanduser()
        return path if path.is_absolute() or path.exists() else REPOSITORY / path
    return REPOSITORY / ".env.local" if stack == "local" else CONFIG / f".env.{stack}"


def load(stack: str) -> RemoteSettings:
    """How this machine reaches `stack`; a stack without a file is reached by the environment.

    Credentials in the environment win over the profile of the file. Raises EnvFileError for a file
    that is missing though named, wrong, or of another stack, and for a shell of another stack.
    """
    check_shell(stack)
    path = path_of(stack)
    if os.environ.get(VARIABLE) and not path.exists():
        raise EnvFileError(f"{VARIABLE} names {path}, which is not there; mend or unset it")
    # The stack that was asked for is no setting of a file, but a file may not be of another one.
    stated = _stated(path)
    if stated not in {None, stack}:
        raise EnvFileError(
            f"{path} is of the stack {stated}, not of {stack}; unset {VARIABLE} or name the other"
        )
    try:
        found = RemoteSettings(_env_file=path, FINKS_PULUMI_STACK=stack)  # type: ignore[call-arg,arg-type]
    except ValidationError as error:
        lines = [f"{issue['loc'][0]}: {issue['msg']}" for issue in error.errors()]
        raise EnvFileError(
            f"wrong setting in the environment or {path}: {'; '.join(lines)}."
            " Mend or remove it there; finks-infrastructure/config/.env.dev explains each"
        ) from None
    if any(os.environ.get(variable) for variable in _CREDENTIALS):
        return found.model_copy(update={"aws_profile": None})
    return found


def check_shell(stack: str) -> None:
    """Raise EnvFileError when the shell is set up for another stack than `stack`.

    Its profile and addresses would win over the files of `stack`.
    """
    shell = os.environ.get(STACK_VARIABLE)
    if shell and shell != stack:
        raise EnvFileError(
            f"the command is for the stack {stack}, but {STACK_VARIABLE} in the environment is"
            f" {shell}; open a new shell (for {stack}: docs/aws/bring-up.md), or ask for {shell}"
        )


def explained(error: Exception, profile: str | None = None) -> str:
    """The message of an error, and what to do where AWS's library does not say it.

    `profile` is the one in use; None: that of the environment.
    """
    used = profile or os.environ.get("AWS_PROFILE")
    if isinstance(error, ProfileNotFound):
        missing = error.kwargs["profile"]
        return (
            f"{error}; make it with 'aws configure sso --profile {missing}', or name another in"
            " AWS_PROFILE"
        )
    if isinstance(error, SSOError | TokenRetrievalError):
        return f"{error}; log in with 'aws sso login{f' --profile {used}' if used else ''}'"
    if isinstance(error, NoCredentialsError):
        return f"{error}; set AWS_PROFILE to a profile of ~/.aws/config (docs/aws/bring-up.md)"
    return str(error)


def _stated(path: Path) -> str | None:
    if not path.is_file():
        return None
    for line in path.read_text().splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "FINKS_PULUMI_STACK":
            return value.strip()
    return None
