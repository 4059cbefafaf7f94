"""The short way in for plain webhooks.

Nearly every request is the same: a POST to the webhook's path with a body of a told length. Through an aiohttp
application it costs about 100 µs of CPU, here about 15, and in a burst the acknowledgements wait for nothing else.
Whatever is not as plain as that (another path or method, a chunked or packed body, an odd header, one that is too
large) goes to aiohttp with everything that came so far, and so does the rest of its connection. So nothing here has
an opinion about HTTP that aiohttp could contradict.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from pydantic_core import to_json

from criabot.server.app import BROKE_OFF, HEADERS, Webhook

__all__ = ["Door"]

LONGEST_HEAD = 8 * 1024
IDLE_SECONDS = 75.0
SWEEP_SECONDS = 15.0

NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
HEAD = re.compile(rb"POST (/[!-~]*) HTTP/1\.1\r\n(?:" + NAME + rb":[\t -~\x80-\xff]*\r\n)+\r\n")
NOT_PLAIN = frozenset({b"transfer-encoding", b"content-encoding", b"expect", b"upgrade"})
TIMESTAMP, SIGNATURE, DELIVERY = (name.lower().encode() for name in HEADERS)
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that is plain; `end` is where its body ends."""

    sender: str
    headers: dict[bytes, bytes]
    start: int
    end: int


class Door:
    """Makes the protocol of each connection.

    Args:
        webhook: takes the deliveries.
        rest: makes aiohttp's protocol, for everything else.
    """

    def __init__(self, webhook: Webhook, rest: Callable[[], asyncio.Protocol]) -> None:
        self.webhook = webhook
        self.rest = rest
        self.connections: set[_Connection] = set()
        self.is_closing = False
        settings = webhook.settings
        # A dict compares a path with a secret only when their hashes, which are salted, are equal: nothing to time.
        self._senders = {f"/webhooks/{settings.path_secret}/{name}".encode(): name for name in settings.senders}
        self._sweeper: asyncio.TimerHandle | None = None

    def __call__(self) -> asyncio.Protocol:
        """A protocol for a new connection."""
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        return _Connection(self)

    async def close(self) -> None:
        """Answer what is being taken in, then close all connections."""
        self.is_closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        tasks = [each.task for each in self.connections if each.task is not None]
        if tasks:
            await asyncio.wait(tasks)
        for each in list(self.connections):
            each.transport.close()

    def sever(self) -> None:
        """Break everything off, as if the process were dead."""
        for each in list(self.connections):
            each.transport.abort()

    def read(self, head: bytes) -> _Request | None:
        """The request that begins with this head, blank line included, if it is plain."""
        match = HEAD.fullmatch(head)
        sender = self._senders.get(match[1]) if match is not None else None
        if sender is None:
            return None
        lines = head[:-4].split(b"\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip(b" \t")
        length = headers.get(b"content-length", b"")
        if len(headers) < len(lines) - 1 or not length.isdigit() or not NOT_PLAIN.isdisjoint(headers):
            return None
        if len(length) > 12 or int(length) > self.webhook.settings.max_body:
            return None
        if headers.get(b"connection", b"keep-alive").lower() not in (b"keep-alive", b"close"):
            return None
        return _Request(sender, headers, len(head), len(head) + int(length))

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)
        old = loop.time() - IDLE_SECONDS
        for each in [each for each in self.connections if each.task is None and each.heard_at < old]:
            each.transport.close()


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, door: Door) -> None:
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._request: _Request | None = None
        self.task: asyncio.Task[None] | None = None
        self.heard_at = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._door.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.connections.discard(self)
        if self._request is not None and not self._door.is_closing:
            self._door.webhook.refuse(400, self._request.sender, BROKE_OFF)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.task is None:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        self._buffer = self._buffer + data if self._buffer else data
        if self.task is None:
            self._next()
        elif len(self._buffer) > LONGEST_HEAD:  # who sends before the answer waits, and no more is kept for him
            self.transport.pause_reading()

    def _next(self) -> None:
        """Take the request at the front of the buffer if it is all there."""
        buffer = self._buffer
        if self._request is None:
            end = buffer.find(b"\r\n\r\n", 0, LONGEST_HEAD)
            if end < 0 and len(buffer) < LONGEST_HEAD and b"POST /webhooks/".startswith(buffer[:15]):
                return
            self._request = self._door.read(buffer[: end + 4]) if end >= 0 else None
            if self._request is None:
                self._give_away()
                return
        request = self._request
        if len(buffer) >= request.end:
            self._request = None
            self._buffer = buffer[request.end :]
            self.task = self._loop.create_task(self._take(request, buffer[request.start : request.end]))

    async def _take(self, request: _Request, body: bytes) -> None:
        get = request.headers.get
        timestamp, signature, delivery = get(TIMESTAMP, b""), get(SIGNATURE, b""), get(DELIVERY, b"")
        refusal = await self._door.webhook.take(
            request.sender, timestamp.decode("latin-1"), signature.decode("latin-1"), delivery.decode("latin-1"), body
        )
        answer = TAKEN
        if refusal is not None:
            said = to_json({"error": refusal.reason})
            answer = (
                b"HTTP/1.1 %d %b\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
                % (refusal.status, HTTPStatus(refusal.status).phrase.encode(), len(said), said)
            )
        self.task = None
        if self.transport.is_closing():
            return
        self.transport.write(answer)
        if get(b"connection", b"").lower() == b"close" or self._door.is_closing:
            self.transport.close()
            return
        self.transport.resume_reading()
        if self._buffer:
            self._next()

    def _give_away(self) -> None:
        """The rest of the connection is aiohttp's."""
        self._door.connections.discard(self)
        protocol = self._door.rest()
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        protocol.data_received(self._buffer)
