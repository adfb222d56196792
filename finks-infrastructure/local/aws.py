"""boto3 clients of the local cloud."""

from __future__ import annotations

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from config.local import LocalSettings

_ATTEMPTS = 2
_READ_SECONDS = 60
_NO_FILES_OF_THE_USER: dict[str, tuple[None, None, str | None, None]] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""botocore's settings with neither a variable nor a file to read them from, but a default."""


def session(settings: LocalSettings) -> boto3.Session:
    """A session that has the local cloud's credentials, whatever the user's environment says.

    AWS_PROFILE and the files in ~/.aws are not read: they are about AWS, and may be missing.
    """
    environment = settings.client_environment()
    return boto3.Session(
        botocore_session=botocore.session.Session(session_vars=_NO_FILES_OF_THE_USER),
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )


def client_options(settings: LocalSettings) -> dict[str, Any]:
    """Arguments with which every client of the local cloud is made."""
    return {
        "endpoint_url": settings.cloud_url,
        "config": Config(retries={"total_max_attempts": _ATTEMPTS}, read_timeout=_READ_SECONDS),
    }
