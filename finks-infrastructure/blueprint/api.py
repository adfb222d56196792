"""The data API: its routes, the sizes of its function, and what a request's log line says."""

from __future__ import annotations

import json
from dataclasses import dataclass

from blueprint.names import Names

RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
HANDLER = "api.handler.handler"
MEMORY_MIB = 256
"""The function waits for Athena; more would only start it faster."""
TIMEOUT_SECONDS = 28
"""Below the 29 seconds that API Gateway waits."""
STAGE = "v1"
BURST_FACTOR = 2
"""Requests that may come at once, as a multiple of those a second."""


@dataclass(frozen=True)
class Route:
    """A GET for which a key is needed: its path, and the parameters that it has to have."""

    path: str
    parameters: tuple[str, ...] = ()
    """Query parameters that API Gateway insists on before it calls the function."""


ROUTES = (
    Route("/health"),
    Route("/portfolios/{portfolio_id}/summary", parameters=("from", "to")),
)
SUMMARY_TABLE = "daily_portfolio_summary"
"""Table of gold that the API reads."""

ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "time": "$context.requestTimeEpoch",
        "ip": "$context.identity.sourceIp",
        "key": "$context.identity.apiKeyId",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "status": "$context.status",
        "error": "$context.error.messageString",
        "milliseconds": "$context.responseLatency",
        "bytes": "$context.responseLength",
    }
)


def environment(names: Names) -> dict[str, str]:
    """The environment of the function (api/settings.py reads it)."""
    return {
        "FINKS_GOLD_DATABASE": names.database("gold"),
        "FINKS_WORKGROUP": names.workgroup,
    }
