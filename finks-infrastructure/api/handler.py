"""Entry of the function: from API Gateway's proxy event to its answer."""

from __future__ import annotations

import json
import logging
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3

from api import summary
from api.errors import ApiError, UnknownPathError
from api.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_athena.client import AthenaClient

HEALTH = "/health"
SUMMARY = "/portfolios/{portfolio_id}/summary"

Event = dict[str, Any]
Answer = dict[str, Any]

_logger = logging.getLogger("finks.api")
_logger.setLevel(logging.INFO)


def handler(event: Event, context: object) -> Answer:
    """Answer one request of a REST API with Lambda proxy integration.

    One JSON log line a request says what it was and how it ended. Errors that nobody foresaw are
    logged with their trace, and answered without it.
    """
    began = time.monotonic()
    request_id = (event.get("requestContext") or {}).get("requestId", "")
    resource = f"{event.get('httpMethod', '')} {event.get('resource', '')}"
    detail = ""
    try:
        status, body = 200, _respond(event)
    except ApiError as error:
        status, detail = error.status, error.detail
        body = {"error": {"code": error.code, "message": error.message}}
    except Exception:
        _logger.exception("a request failed", extra={"request_id": request_id})
        status, detail = 500, "see the trace"
        body = {"error": {"code": ApiError.code, "message": "something went wrong on our side"}}
    _log(
        status,
        request=resource,
        request_id=request_id,
        lambda_request_id=getattr(context, "aws_request_id", ""),
        seconds=round(time.monotonic() - began, 3),
        detail=detail,
    )
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "X-Request-Id": request_id},
        "body": json.dumps(body),
    }


def _respond(event: Event) -> dict[str, Any]:
    route = (event.get("httpMethod"), event.get("resource"))
    if route == ("GET", HEALTH):
        return {"status": "ok"}
    if route == ("GET", SUMMARY):
        request = summary.parse(
            event.get("pathParameters") or {}, event.get("queryStringParameters") or {}
        )
        return summary.summary(_athena(), _settings(), request)
    raise UnknownPathError(f"there is no {event.get('httpMethod')} {event.get('path')}")


def _log(status: int, **fields: Any) -> None:
    # Lambda's JSON log format makes one object of the message and the extra fields.
    level = logging.ERROR if status >= 500 else logging.INFO
    _logger.log(level, "%s %s", fields["request"], status, extra={"status": status, **fields})


@lru_cache(maxsize=1)
def _settings() -> Settings:
    return Settings.from_environment()


@lru_cache(maxsize=1)
def _athena() -> AthenaClient:
    return boto3.client("athena")
