"""FMP's answers that are errors, told apart by their narrowest phrase.

The status alone does not do: 402 means "not this symbol" or "not this endpoint", 429 means
"wait a minute" or "wait for days", and 200 can carry an error too. Nor do the long phrases:
"upgrade your plan" ends both the 402 and the 429 texts.
"""

from __future__ import annotations

import json
import textwrap
from datetime import UTC
from email.utils import parsedate_to_datetime

from connectors.errors import (
    AccountError,
    EndpointError,
    RateLimitedError,
    RequestError,
    SourceError,
    TransientSourceError,
)
from utils.clock import utc_now

_EXCERPT = 400
"""Characters of an answer in a message: more than FMP's sentences have."""
_KEY_REMEDY = (
    "set a valid key as FMP_API_KEY (locally in .env.local, on AWS in the secret fmp-api-key)"
)
_SYMBOL_REMEDY = "take a larger plan, or leave the symbol out"
_REQUEST_TIMEOUT = 408
_SERVER_ERRORS = 500


def classify(
    status: int, body: bytes, *, subject: str, secret: str, retry_after: str | None = None
) -> SourceError | None:
    """The error that an answer is, or None when it is data.

    `subject` says what was asked for (endpoint and symbols), for the message, in which `secret`
    is masked. `retry_after` is the header of that name.
    """
    if status < 300 and body.lstrip()[:1] != b"{":
        return None
    written = body.decode("utf-8", errors="replace").replace(secret, "***")
    message = error_message(written)
    if status < 300 and message is None:
        return None
    text = message if message is not None else written
    said = textwrap.shorten(text, _EXCERPT, placeholder=" […]").rstrip(". ")
    kind, remedy = _by_phrase(text.lower()) or _by_status(status)
    words = f": {said}" if said else ""
    error = kind(f"FMP refused {subject} ({status}){words}; {remedy}")
    error.said, error.remedy = said, remedy
    if isinstance(error, TransientSourceError):
        error.retry_after = seconds_to_wait(retry_after)
    return error


def seconds_to_wait(retry_after: str | None) -> float | None:
    """The seconds of a Retry-After header, which has seconds or a date; None without one."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - utc_now()).total_seconds())


def error_message(body: str) -> str | None:
    """The text of a JSON error object, or None when the body is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    for name in ("Error Message", "error", "message"):
        if isinstance(answer.get(name), str):
            return str(answer[name])
    return None


def _by_phrase(text: str) -> tuple[type[SourceError], str] | None:
    if "bandwidth limit reach" in text:
        return AccountError, (
            "the bandwidth of the last 30 days is used up: ask for less or take a larger plan"
        )
    if "limit reach" in text:
        return (
            RateLimitedError,
            "lower FMP_CALLS_PER_MINUTE to the plan's limit, or run again later",
        )
    if "invalid api key" in text:
        return AccountError, _KEY_REMEDY
    if "legacy endpoint" in text:
        return AccountError, "set FMP_BASE_URL to the stable API"
    if "suspended" in text:
        return AccountError, "settle the account with FMP"
    if "premium query parameter" in text or "this value set for" in text:
        return RequestError, _SYMBOL_REMEDY
    if "exclusive endpoint" in text or "restricted endpoint" in text:
        return EndpointError, "take a larger plan, or do without it"
    return None


def _by_status(status: int) -> tuple[type[SourceError], str]:
    if status == 401:
        return AccountError, _KEY_REMEDY
    if status == 403:
        return AccountError, "check the key, the plan and FMP_BASE_URL"
    if status == 402:
        return RequestError, _SYMBOL_REMEDY
    if status == 404:
        return EndpointError, "check FMP_BASE_URL"
    if status == 429:
        return RateLimitedError, "lower FMP_CALLS_PER_MINUTE, or run again later"
    if status == _REQUEST_TIMEOUT or status >= _SERVER_ERRORS:
        return TransientSourceError, "run again later"
    if 300 <= status < 400:
        return EndpointError, "set FMP_BASE_URL to where it redirects to"
    return RequestError, "check the symbol"
