"""Kinds of values that settings have, each with a message that says how to write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from utils.dates import parse_date

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _matching(pattern: re.Pattern[str], remedy: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(remedy)
        return value

    return check


def _strict_date(value: object) -> object:
    return parse_date(value.strip()) if isinstance(value, str) else value


IsoDate = Annotated[date, BeforeValidator(_strict_date)]
BucketName = Annotated[
    str,
    AfterValidator(
        _matching(
            _BUCKET,
            "write the name alone, without s3://: 3 to 63 lower-case letters, digits, dots and "
            "hyphens",
        )
    ),
]
RunId = Annotated[
    str,
    AfterValidator(
        _matching(
            RUN_ID,
            "write at most 128 letters, digits, dots, hyphens and underscores, a letter or digit "
            "first",
        )
    ),
]
