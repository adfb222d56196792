"""API keys, the limit of calls per minute, and FMP's bodies for both refusals."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

INVALID_KEY = (
    "Invalid API KEY. Feel free to create a Free API Key or visit "
    "https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid "
    "for more information."
)
LIMIT_REACHED = (
    "Limit Reach . Please upgrade your plan or visit our documentation for more details at "
    "https://site.financialmodelingprep.com/developer/docs/pricing "
)
LEGACY_ENDPOINT = (
    "Legacy Endpoint : Due to Legacy endpoints being no longer supported - This endpoint is only "
    "available for legacy users who have valid subscriptions prior August 31, 2025. Please visit "
    "our documentation page https://site.financialmodelingprep.com/developer/docs"
)
RESTRICTED_ENDPOINT = (
    "Restricted Endpoint: This endpoint is not available under your current subscription please "
    "visit our subscription page to upgrade your plan at "
    "https://site.financialmodelingprep.com/developer/docs/pricing "
)


def error(status: int, message: str) -> Response:
    """An error as FMP words it."""
    return JSONResponse({"Error Message": message}, status)


def not_in_plan(_request: Request) -> Response:
    """An endpoint that the plan does not have; FMP says so in plain text."""
    return PlainTextResponse(RESTRICTED_ENDPOINT, 402)


def key_of(request: Request) -> str:
    """The API key of a request, from the query or from the header, or an empty string."""
    return request.query_params.get("apikey") or request.headers.get("apikey") or ""


@dataclass
class CallLimit:
    """Counts calls of each key within the running minute of the clock."""

    calls_per_minute: int
    clock: Callable[[], float] = time.time
    _minute: int = -1
    _calls: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def allow(self, key: str) -> bool:
        """Count one call of `key`; false when its minute is used up (then it is not counted)."""
        minute = int(self.clock() // 60)
        with self._lock:  # the endpoints run in a pool of threads
            if minute != self._minute:
                self._minute, self._calls = minute, {}
            if self._calls.get(key, 0) >= self.calls_per_minute:
                return False
            self._calls[key] = self._calls.get(key, 0) + 1
            return True
