"""FMP's error texts, each with the class that decides what happens next."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import (
    AccountError,
    EndpointError,
    RateLimitedError,
    RequestError,
    SourceError,
    TransientSourceError,
)
from connectors.fmp.errors import classify, seconds_to_wait

LIMIT = "Limit Reach . Please upgrade your plan or visit our documentation"
SYMBOL_GATE = (
    "Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is not available "
    "under your current subscription please visit our subscription page to upgrade your plan"
)
RESTRICTED = (
    "Restricted Endpoint: This endpoint is not available under your current subscription please "
    "visit our subscription page to upgrade your plan"
)


def told(
    status: int, body: str, subject: str = "x", retry_after: str | None = None
) -> SourceError | None:
    return classify(
        status, body.encode(), subject=subject, secret="s3cret", retry_after=retry_after
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

    error = told(status, body, subject="quote symbol=IBM")

    assert type(error) is kind
    assert "quote symbol=IBM" in str(error)
    assert "; " in str(error), "ends with the remedy"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Invalid API KEY.", AccountError), (LIMIT, RateLimitedError), ("what?", RequestError)],
)
def test_an_error_with_status_200_is_one(text: str, kind: type[SourceError]) -> None:
    assert type(told(200, json.dumps({"Error Message": text}))) is kind


@pytest.mark.parametrize("body", ["[]", '[{"symbol": "IBM"}]', "<html>", ""])
def test_what_is_no_error_here(body: str) -> None:
    assert told(200, body) is None


def test_the_key_is_masked() -> None:
    assert "s3cret" not in str(told(401, "Invalid API KEY s3cret"))


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_asked_for_is_kept(status: int) -> None:
    error = told(status, "", retry_after="7")
    assert isinstance(error, TransientSourceError)
    assert error.retry_after == 7


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        (" 30 ", 30),
        ("soon", None),
        ("\u00b2", None),
        ("-5", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_what_retry_after_can_be(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header) == seconds


def test_retry_after_as_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=100)
    waited = seconds_to_wait(format_datetime(moment, usegmt=True))
    assert waited is not None
    assert 90 < waited <= 100


def test_fmps_words_are_whole_and_long_pages_are_cut_between_words() -> None:
    address = "https://site.financialmodelingprep.com/developer/docs/pricing"
    refusal = told(402, f"{RESTRICTED} at\n{address} .")
    page = told(500, "<p>something went wrong</p> " * 100)

    assert refusal is not None
    assert refusal.said == f"{RESTRICTED} at {address}"
    assert str(refusal) == (
        f"FMP refused x (402): {RESTRICTED} at {address}; take a larger plan, or do without it"
    )
    assert refusal.remedy == "take a larger plan, or do without it"
    assert page is not None
    assert len(page.said) <= 400
    assert page.said.endswith(("</p> […]", "went […]", "wrong</p> […]", "<p>something […]"))


def test_no_words_leave_no_gap() -> None:
    assert str(told(503, "")) == "FMP refused x (503); run again later"
