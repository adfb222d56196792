"""The replay with a scenario: an ASGI application around that of replay.app.

A call passes the key, the limit, the rules' waits and answers, the replay itself, the rules'
edits, and the damage on its way back. It is logged at /_replay/calls (GET); /_replay/reset (POST)
begins from nothing. Neither needs a key.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from replay import access
from replay.app import create_app
from replay.call_log import CallLog
from replay.edits import edit_body
from replay.effects import DAMAGES, EDITS, Damage, Latency, Reply
from replay.limits import Counting, counting
from replay.presets import BANDWIDTH_LIMIT
from replay.rules import Call, Fired, RuleBook
from replay.scenario import Scenario
from replay.settings import ReplaySettings
from replay.transmission import Answer, Connection, transmit

_JSON = "application/json"
_SYMBOL_PARAMETERS = ("symbol", "symbols")


class FaultServer:
    """The ASGI application; everything but the replay's own endpoints runs on the event loop."""

    def __init__(self, settings: ReplaySettings, scenario: Scenario) -> None:
        self._settings = replace(
            settings,
            batch=scenario.plan.batch,
            bulk=scenario.plan.bulk,
            clones=scenario.clones,
        )
        self._scenario = scenario
        # Calls are counted here, and never a second time by the replay.
        self._replay: ASGIApp = create_app(self._settings, access.CallLimit(sys.maxsize))
        self._rendered: dict[str, Answer] = {}
        self._rules = RuleBook(scenario.rules, scenario.seed)
        self.log = CallLog()
        self.reset()

    def reset(self) -> None:
        """Forget calls, counters and limits, and begin the scenario's time again."""
        self._limit: Counting = counting(self._scenario.limit, self._settings.calls_per_minute)
        self._bytes_sent = 0
        self._rules.reset()
        self.log.reset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        connection = Connection(scope, receive, send)
        if scope["type"] != "http" or scope["path"] == "/health":
            await self._replay(scope, receive, send)
        elif scope["path"].startswith("/_replay/"):
            await transmit(connection, self._control(scope["method"], scope["path"]), None)
        else:
            await self._serve(connection)

    def _control(self, method: str, path: str) -> Answer:
        match method, path:
            case "GET", "/_replay/calls":
                return Answer(200, _JSON, json.dumps(self.log.view()).encode())
            case "POST", "/_replay/reset":
                self.reset()
                return Answer(200, _JSON, b"{}")
            case _:
                help_text = b"GET /_replay/calls or POST /_replay/reset\n"
                return Answer(404, "text/plain", help_text)

    async def _serve(self, connection: Connection) -> None:
        call, key = read_call(connection.scope)
        logged = self.log.begin(call)
        refusal = self._refusal(key)
        if refusal:
            self.log.answer(logged, refusal.status)
            await transmit(connection, refusal, None)
            return
        fired = self._rules.acting_on(call)
        for one in fired:
            if not isinstance(one.effect, Latency):
                continue
            milliseconds = one.effect.milliseconds
            if one.effect.jitter:
                milliseconds += one.chance("jitter") * one.effect.jitter
            if not await connection.pause(milliseconds / 1000):
                return
        answer = await self._answer(connection.scope, call, fired)
        damage: Damage | None = next(
            (one.effect for one in fired if isinstance(one.effect, DAMAGES)), None
        )
        self.log.answer(logged, answer.status, [one.rule.label for one in fired])
        self._bytes_sent += len(answer.body)
        await transmit(connection, answer, damage)

    def _refusal(self, key: str) -> Answer | None:
        if key not in self._settings.api_keys:
            return _error(401, access.INVALID_KEY)
        if not self._limit.allow(key):
            return _error(429, access.LIMIT_REACHED)
        most = self._scenario.limit.bandwidth_bytes if self._scenario.limit else None
        if most is not None and self._bytes_sent >= most:
            return _error(429, BANDWIDTH_LIMIT)
        return None

    async def _answer(self, scope: Scope, call: Call, fired: Sequence[Fired]) -> Answer:
        for one in fired:
            if isinstance(one.effect, Reply):
                return _reply(one.effect)
        answer = await self._render(scope, call)
        edits = [(one.effect, one.rule.symbols) for one in fired if isinstance(one.effect, EDITS)]
        if edits and answer.status == 200:
            is_csv = answer.content_type.startswith("text/csv")
            start = _start(call)
            body = edit_body(answer.body, is_csv=is_csv, edits=edits, start=start)
            answer = replace(answer, body=body)
        return answer

    async def _render(self, scope: Scope, call: Call) -> Answer:
        """The replay's own answer, made once if the scenario says so."""
        known = self._rendered.get(call.request)
        if known:
            return known
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        async def nothing_to_read() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self._replay(dict(scope), nothing_to_read, keep)
        headers = dict(parts[0]["headers"])
        body = b"".join(part.get("body", b"") for part in parts[1:])
        content_type = headers.get(b"content-type", b"text/plain").decode()
        answer = Answer(parts[0]["status"], content_type, body)
        if self._scenario.prerendered:
            self._rendered[call.request] = answer
        return answer


def read_call(scope: Scope) -> tuple[Call, str]:
    """A request as rules see it, and its key, which goes no further."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    named = dict(query)
    in_query = named.get("apikey", "")
    key = in_query or dict(scope["headers"]).get(b"apikey", b"").decode("latin-1")
    symbols = tuple(
        symbol
        for name in _SYMBOL_PARAMETERS
        for symbol in named.get(name, "").upper().split(",")
        if symbol
    )
    rest = urlencode(sorted((name, value) for name, value in query if name != "apikey"))
    endpoint = scope["path"].removeprefix("/stable/")
    key_in = "query" if in_query else "header" if key else ""
    return Call(endpoint, symbols, rest, key_in), key


def _reply(effect: Reply) -> Answer:
    headers = tuple((n.lower().encode(), v.encode()) for n, v in effect.headers.items())
    if effect.message is not None:
        return replace(_error(effect.status, effect.message), headers=headers)
    return Answer(effect.status, effect.content_type, effect.body.encode(), headers)


def _error(status: int, message: str) -> Answer:
    return Answer(status, _JSON, bytes(access.error(status, message).body))


def _start(call: Call) -> date | None:
    text = dict(parse_qsl(call.query)).get("from")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
