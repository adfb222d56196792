"""AWS's JSON 1.1 protocol for the services that the local cloud executes itself."""

from __future__ import annotations

import json
import logging
import uuid
from datetime import date, datetime
from decimal import Decimal

from local.cloud.service import Action, AwsError
from local.cloud.web import Reply

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/x-amz-json-1.1"


def answer(action: Action, name: str, body: bytes) -> Reply:
    """Run an action on a JSON body; whatever it raises becomes an error answer."""
    try:
        request = json.loads(body or b"{}")
        if not isinstance(request, dict):
            raise TypeError("not an object")  # noqa: TRY301 - answered like any other bad JSON
    except (ValueError, TypeError):
        return error_reply(AwsError("SerializationException", "The body is not a JSON object."))
    try:
        text = json.dumps(action(request), default=_encode)
    except AwsError as error:
        return error_reply(error)
    except Exception:
        log.exception("%s failed", name)
        return error_reply(
            AwsError("InternalFailure", f"{name} failed; the log of the local cloud says why.", 500)
        )
    return Reply(200, _headers(), text.encode())


def error_reply(error: AwsError) -> Reply:
    """An error as AWS answers it."""
    document = {"__type": error.code, "message": error.message}
    headers = [*_headers(), ("x-amzn-ErrorType", error.code)]
    return Reply(error.status, headers, json.dumps(document).encode())


def _headers() -> list[tuple[str, str]]:
    return [("Content-Type", CONTENT_TYPE), ("x-amzn-RequestId", str(uuid.uuid4()))]


def _encode(value: object) -> object:
    """Times as Unix seconds, as the protocol has them."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
