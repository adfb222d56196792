"""Which operation of which AWS service a request asks for, and whether it changes anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from local.cloud.web import Request

_TARGETS = {
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AWSGlue": "glue",
    "AmazonAthena": "athena",
}
_READ_ONLY = re.compile(
    r"(Get|List|Describe|BatchGet|Batch(Check|Describe)|Head|Search|Query|Scan|Lookup|Check"
    r"|Filter|TransactGet|Test|Validate|Simulate|Estimate|Preview|Select)([A-Z]|$)"
)
_RPC_PATH = re.compile(r"^/service/\w+/operation/(\w+)$")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Operation:
    """An action such as ``("glue", "UpdateTable")``; REST services have ``"PUT /path"``."""

    service: str
    action: str
    mutating: bool


def credential_scope(request: Request) -> tuple[str, str, str] | None:
    """Access key, region and service that the request is signed for, None when it is unsigned."""
    text = request.headers.get("authorization", "")
    if presigned := request.query.get("X-Amz-Credential"):
        text = f"Credential={presigned}"
    match = _CREDENTIAL.search(text)
    return (match[1], match[2], match[3].lower()) if match else None


def identify(request: Request, body: bytes) -> Operation:
    """Name the operation of a request that is not an S3 object operation."""
    scope = credential_scope(request)
    prefix, _, action = request.headers.get("x-amz-target", "").rpartition(".")
    service = _TARGETS.get(prefix) or (scope[2] if scope else "")
    if match := _RPC_PATH.search(request.path):
        action = match[1]
    if not action:
        action = request.query.get("Action", "") or _form_action(request, body)
    if action:
        return Operation(service or prefix, action, mutating=not _READ_ONLY.match(action))
    return Operation(
        service or "s3",
        f"{request.method} {request.path}",
        mutating=request.method not in ("GET", "HEAD", "OPTIONS"),
    )


def _form_action(request: Request, body: bytes) -> str:
    """The action of the query protocol, which stands in a form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ""
    values = parse_qs(body.decode("utf-8", "replace")).get("Action")
    return values[0] if values else ""
