"""Sending an answer over a connection, whole or damaged.

What HTTP servers refuse to do on purpose (an early end, a reset) is done to the transport of the
connection, which replay.serving puts into the scope.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from replay.effects import Damage, Drip, Endless, Gzip, Reset, Truncate

TRANSPORT = "replay.transport"
"""Name of the connection's transport in the state of a scope."""
_SLICE_SECONDS = 0.05
_LINGER_AND_RESET = struct.pack("ii", 1, 0)
_ENDLESS_CHUNK = 64 * 1024
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """A whole answer; `headers` say nothing about length and encoding."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True)
class Connection:
    """The three things that ASGI gives for a request."""

    scope: Scope
    receive: Receive
    send: Send

    @property
    def transport(self) -> asyncio.Transport:
        """The transport; RuntimeError under a server other than replay.serving's."""
        transport = self.scope.get("state", {}).get(TRANSPORT)
        if not isinstance(transport, asyncio.Transport):
            raise RuntimeError("damage needs the connection's transport; use replay.serving")  # noqa: TRY004
        return transport

    async def begin(self, answer: Answer, *framing: tuple[bytes, bytes]) -> None:
        """Send status and headers."""
        headers: Headers = [(b"content-type", answer.content_type.encode()), *answer.headers]
        await self.send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [*headers, *framing],
            }
        )

    async def body(self, data: bytes, *, more: bool) -> None:
        """Send a part of the body."""
        await self.send({"type": "http.response.body", "body": data, "more_body": more})

    async def hang_up(self, *, reset: bool) -> None:
        """Close the connection after what was sent, or reset it; return when it is gone."""
        if reset:
            connection: socket.socket = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_AND_RESET)
            self.transport.abort()
        else:
            self.transport.close()
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def pause(self, seconds: float) -> bool:
        """Wait; false as soon as the client has hung up."""
        if seconds <= _SLICE_SECONDS:
            await asyncio.sleep(seconds)
            return True
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left := until - loop.time()) > 0:
            if self.transport.is_closing():
                return False
            await asyncio.sleep(min(left, _SLICE_SECONDS))
        return True


def _length(size: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(size).encode())


async def transmit(connection: Connection, answer: Answer, damage: Damage | None) -> None:
    """Send an answer with its damage."""
    match damage:
        case None:
            await connection.begin(answer, _length(len(answer.body)))
            await connection.body(answer.body, more=False)
        case Reset():
            await _reset(connection, answer, damage)
        case Truncate():
            await connection.begin(answer, _length(len(answer.body)))
            await connection.body(answer.body[: int(len(answer.body) * damage.share)], more=True)
            await connection.hang_up(reset=False)
        case Gzip():
            data = _packed(answer.body, damage.variant)
            await connection.begin(answer, (b"content-encoding", b"gzip"), _length(len(data)))
            await connection.body(data, more=False)
        case Endless():
            await _endless(connection, answer, damage)
        case Drip():
            await _drip(connection, answer, damage)


async def _reset(connection: Connection, answer: Answer, damage: Reset) -> None:
    if damage.after_bytes is not None:
        await connection.begin(answer, _length(len(answer.body)))
        await connection.body(answer.body[: damage.after_bytes], more=True)
        await asyncio.sleep(_SLICE_SECONDS)  # a reset discards what the client has not read yet
    await connection.hang_up(reset=True)


def _packed(body: bytes, variant: str) -> bytes:
    if variant == "plain":
        return body
    packed = gzip.compress(body)
    if variant == "cut":
        return packed[: len(packed) // 2]
    middle = len(packed) // 2
    # Inverted bytes may still be a valid stream, but not one with this checksum.
    return packed[:middle] + bytes(255 - b for b in packed[middle:])


async def _endless(connection: Connection, answer: Answer, damage: Endless) -> None:
    """A list of records that goes on for ever: valid so far at any moment."""
    records = answer.body.strip().removeprefix(b"[").removesuffix(b"]") or b"{}"
    chunk = (records + b",") * (_ENDLESS_CHUNK // (len(records) + 1) + 1)
    await connection.begin(answer)
    await connection.body(b"[", more=True)
    sent = 1
    while sent < damage.max_bytes and not connection.transport.is_closing():
        await connection.body(chunk, more=True)
        sent += len(chunk)
        await asyncio.sleep(0)
    await connection.body(records + b"]", more=False)


async def _drip(connection: Connection, answer: Answer, damage: Drip) -> None:
    await connection.begin(answer, _length(len(answer.body)))
    for start in range(0, len(answer.body), damage.chunk_bytes):
        await connection.body(answer.body[start : start + damage.chunk_bytes], more=True)
        if not await connection.pause(damage.interval_milliseconds / 1000):
            return
    await connection.body(b"", more=False)
