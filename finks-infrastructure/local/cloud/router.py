"""Sends each request to who answers it: an executor, S3, or the control plane."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.cloud import json_protocol
from local.cloud.control_plane import ControlPlane
from local.cloud.operations import Operation, credential_scope, identify
from local.cloud.s3 import body as s3_body
from local.cloud.s3.service import S3Service
from local.cloud.service import AwsError, Service
from local.cloud.web import Environ, Reply, Request

log = logging.getLogger(__name__)
MAX_BODY_BYTES = 64 * 1024 * 1024
HEALTH_PATH = "/_finks/health"
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Router:
    """The WSGI application. `services` are the executors by AWS service name."""

    def __init__(
        self,
        control_plane: ControlPlane,
        s3: S3Service,
        services: Mapping[str, Service],
        health: Callable[[], dict[str, Any]],
    ) -> None:
        self._control_plane = control_plane
        self._s3 = s3
        self._services = services
        self._health = health
        self.draining = False
        """Whether the executors take no new work, because they are being stopped."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one WSGI request."""
        return self.handle(Request.from_environ(environ)).send(start_response)

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        if request.path.startswith("/_finks/"):
            return self._own(request)
        if request.path.startswith("/moto-api"):
            request.drain()
            return json_protocol.error_reply(
                AwsError("AccessDenied", "It would bypass the journal; use AWS's own APIs.", 403)
            )
        if _is_s3(request):
            return self._s3.handle(request)
        try:
            return self._answer(request)
        except AwsError as error:
            failure = error
        except ConnectionError:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            failure = AwsError("InternalFailure", "The request failed; see the log.", 500)
        request.drain()
        return json_protocol.error_reply(failure)

    def _answer(self, request: Request) -> Reply:
        body = s3_body.read_all(request, MAX_BODY_BYTES)
        operation = identify(request, body)
        action = self._action(operation)
        if action is None:
            return self._control_plane.handle(request, body)
        if self.draining and operation.mutating:
            raise AwsError(
                "ServiceUnavailableException",
                "The local cloud is stopping; repeat the request once it runs again.",
                503,
            )
        return json_protocol.answer(action, f"{operation.service} {operation.action}", body)

    def _action(self, operation: Operation) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
        service = self._services.get(operation.service)
        return None if service is None else service.actions.get(operation.action)

    def _own(self, request: Request) -> Reply:
        request.drain()
        if request.path != HEALTH_PATH:
            return Reply(404, [("Content-Type", "text/plain")], b"There is only /_finks/health.\n")
        health = self._health()
        status = 200 if health["status"] == "ready" else 503
        text = json.dumps(health, indent=2) + "\n"
        return Reply(status, [("Content-Type", "application/json")], text.encode())


def _is_s3(request: Request) -> bool:
    """S3 requests are signed for it, or (a browser, an anonymous read) not signed for anything."""
    scope = credential_scope(request)
    if scope is not None:
        return scope[2] == "s3" and not request.path.startswith("/v20180820/")  # S3 Control
    form = "application/x-www-form-urlencoded"
    return (
        "x-amz-target" not in request.headers
        and "Action" not in request.query
        and not request.headers.get("content-type", "").startswith(form)
    )
