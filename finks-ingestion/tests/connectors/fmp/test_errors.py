"""FMP's error texts, each with the class that decides what happens next."""

from __future__ import annotations

import json

import pytest

from connectors.errors import (
    AccountError,
    EndpointError,
    RequestError,
    SourceError,
    TransientSourceError,
)
from connectors.fmp.errors import RateLimitedError, classify

LIMIT = "Limit Reach . Please upgrade your plan or visit our documentation"
SYMBOL_GATE = (
    "Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available "
    "under your current subscription please visit our subscription page to upgrade your plan"
)
RESTRICTED = (
    "Restricted Endpoint: This endpoint is not available under your current subscription please "
    "visit our subscription page to upgrade your plan"
)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (401, "Invalid API KEY. Feel free to create a Free API Key", AccountError),
        (401, "", AccountError),
        (402, SYMBOL_GATE, RequestError),
        (402, RESTRICTED, EndpointError),
        (402, "Exclusive Endpoint : upgrade your plan", EndpointError),
        (402, "something new", RequestError),
        (403, "Legacy Endpoint : no longer supported", AccountError),
        (403, "Your account is suspended", AccountError),
        (404, "Not Found", EndpointError),
        (408, "", TransientSourceError),
        (429, LIMIT, RateLimitedError),
        (429, "Bandwidth Limit Reach . Please upgrade your plan", AccountError),
        (429, "slow down", RateLimitedError),
        (500, "<html>oops</html>", TransientSourceError),
        (503, "", TransientSourceError),
        (301, "", EndpointError),
        (400, "Query Error: Invalid or missing query parameter", RequestError),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_classes(status: int, text: str, kind: type[SourceError], as_json: bool) -> None:
    body = json.dumps({"Error Message": text}) if as_json else text

    error = classify(status, body, subject="quote symbol=IBM")

    assert type(error) is kind
    assert "quote symbol=IBM" in str(error)
    assert "; " in str(error), "ends with the remedy"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Invalid API KEY.", AccountError), (LIMIT, RateLimitedError), ("what?", RequestError)],
)
def test_an_error_with_status_200_is_one(text: str, kind: type[SourceError]) -> None:
    assert type(classify(200, json.dumps({"Error Message": text}), subject="x")) is kind


@pytest.mark.parametrize("body", ["[]", '[{"symbol": "IBM"}]', "<html>", ""])
def test_what_is_no_error_here(body: str) -> None:
    assert classify(200, body, subject="x") is None
