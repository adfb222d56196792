"""Named effects for scenarios: every way in which FMP is known to fail, and those of networks.

The texts begin as FMP's do, word for word. Not recorded, hence a guess: how those about the
subscription end, the text of a suspended account, and the pages of 5xx answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from replay import access
from replay.effects import (
    Drip,
    Duplicate,
    Effect,
    Endless,
    Gzip,
    Latency,
    OutsideWindow,
    Reply,
    Reset,
    SetFields,
    Truncate,
)

_SUBSCRIPTION = (
    "not available under your current subscription please visit our subscription page to upgrade "
    "your plan at https://site.financialmodelingprep.com/developer/docs/pricing "
)
PREMIUM_SYMBOL = (
    f"Premium Query Parameter: 'Special Endpoint : This value set for 'symbol' is {_SUBSCRIPTION}"
)
EXCLUSIVE_ENDPOINT = f"Exclusive Endpoint : This endpoint is {_SUBSCRIPTION}"
BANDWIDTH_LIMIT = (
    "Bandwidth Limit Reach . Please upgrade your plan or visit our documentation for more details "
    "at https://site.financialmodelingprep.com/developer/docs/pricing "
)
SUSPENDED = "Your account has been suspended. Please contact support."
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
_HANG_MILLISECONDS = 3_600_000


def _text(status: int, text: str) -> Reply:
    return Reply(kind="answer", status=status, body=text)


def _json(status: int, text: str, **headers: str) -> Reply:
    return Reply(kind="answer", status=status, message=text, headers=headers)


def _page(status: int, text: str) -> Reply:
    html = "text/html; charset=utf-8"
    return Reply(kind="answer", status=status, body=_PAGE.format(text), content_type=html)


def _body(text: str) -> Reply:
    return Reply(kind="answer", body=text, content_type="application/json")


PRESETS: Mapping[str, Effect] = {
    # The account
    "invalid-key": _json(401, access.INVALID_KEY),
    "legacy-endpoint": _json(403, access.LEGACY_ENDPOINT),
    "suspended": _json(403, SUSPENDED),
    "bandwidth-limit": _json(429, BANDWIDTH_LIMIT),
    # The plan
    "premium-symbol": _text(402, PREMIUM_SYMBOL),
    "premium-symbol-json": _json(402, PREMIUM_SYMBOL),
    "exclusive-endpoint": _text(402, EXCLUSIVE_ENDPOINT),
    "exclusive-endpoint-json": _json(402, EXCLUSIVE_ENDPOINT),
    "restricted-endpoint": _text(402, access.RESTRICTED_ENDPOINT),
    # Limits
    "rate-limit": _json(429, access.LIMIT_REACHED),
    "rate-limit-retry-after": _json(429, access.LIMIT_REACHED, **{"retry-after": "1"}),
    # Status 200
    "no-data": _body("[]"),
    "error-body-key": _json(200, access.INVALID_KEY),
    "error-body-symbol": _json(200, PREMIUM_SYMBOL),
    "error-body-limit": _json(200, access.LIMIT_REACHED),
    "error-body-unknown": _json(200, "Something went wrong."),
    "object-body": _body("{}"),
    "html-body": _page(200, "Just a moment..."),
    "empty-body": _body(""),
    # Servers
    "server-error": _page(500, "500 Internal Server Error"),
    "bad-gateway": _page(502, "502 Bad Gateway"),
    "unavailable": _text(503, ""),
    "gateway-timeout": _page(504, "504 Gateway Time-out"),
    # Networks
    "time-out": Latency(kind="latency", milliseconds=_HANG_MILLISECONDS),
    "connection-reset": Reset(kind="reset"),
    "reset-in-body": Reset(kind="reset", after_bytes=20),
    "truncated-body": Truncate(kind="truncate"),
    "broken-gzip": Gzip(kind="gzip", variant="damaged"),
    "cut-gzip": Gzip(kind="gzip", variant="cut"),
    "no-gzip": Gzip(kind="gzip", variant="plain"),
    "endless-body": Endless(kind="endless"),
    "slow-drip": Drip(kind="drip"),
    # Records
    "wrong-symbol": SetFields(kind="set", fields={"symbol": "WRONG"}),
    "not-a-number": SetFields(kind="set", fields={"close": float("nan"), "price": float("nan")}),
    "absurd-number": SetFields(kind="set", fields={"close": 1e300, "price": 1e300}),
    "new-field": SetFields(kind="set", fields={"newField": {"since": 2013}}),
    "outside-window": OutsideWindow(kind="outside_window"),
    "duplicate-records": Duplicate(kind="duplicate"),
}
