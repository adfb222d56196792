"""A raw client of the replay: http.client forgives nothing and repairs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from replay.serving import Running
from tests.conftest import KEY

HISTORY = "historical-price-eod/full"
WEEK = f"{HISTORY}?symbol=IBM&from=2013-02-18&to=2013-02-22"
"""A week of four trading days."""
Start = Callable[..., Running]


def ruled(start: Start, **rule: Any) -> Running:
    """A replay with one rule."""
    return start(rules=[rule])


def connect(replay: Running, *, seconds: float = 10) -> HTTPConnection:
    """A connection of its own."""
    parts = urlsplit(replay.url)
    return HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)


def opened(replay: Running, path: str, key: str = KEY) -> HTTPResponse:
    """An answer whose body is not read yet."""
    connection = connect(replay)
    connection.request("GET", f"/stable/{path}", headers={"apikey": key})
    return connection.getresponse()


def get(replay: Running, path: str, key: str = KEY) -> tuple[int, bytes]:
    """Status and body."""
    answer = opened(replay, path, key)
    return answer.status, answer.read()


def records(replay: Running, path: str) -> list[dict[str, Any]]:
    """The records of a good answer."""
    status, body = get(replay, path)
    assert status == 200, body
    found: list[dict[str, Any]] = json.loads(body)
    return found


def control(replay: Running, method: str, path: str) -> tuple[int, Any]:
    """Ask /_replay, which needs no key."""
    connection = connect(replay)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if answer.status == 200 else body
