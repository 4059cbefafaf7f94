"""The short way in for plain webhooks.

Nearly every request is the same: a POST to the webhook's path with a body of a told length. Through aiohttp's
application it costs 58 to 76 µs of CPU, the kernel's part included, here 30 to 40 less; 10 to 13 are the kernel's.
Whatever is not as plain as that (another path or method, a chunked or packed body, an odd header, one that is too
large, one that comes in pieces) goes to aiohttp with everything that came so far, and so does the rest of its
connection. So nothing here has an opinion about HTTP that aiohttp could contradict.

A client sends the same headers each time: what such a head looks like is found out once and kept as a pattern.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import NamedTuple, cast

from aiohttp.tcp_helpers import tcp_keepalive

from criabot.server.app import BROKE_OFF, HEADERS, Refusal, Webhook

__all__ = ["PlainServer"]

LONGEST_HEAD = 8 * 1024
MOST_HEADERS = 64
MOST_PATTERNS = 32
ARRIVAL_SECONDS = 75.0
IDLE_SECONDS = 3630.0
"""As aiohttp's: longer than any proxy keeps a connection, for a webhook that meets its closing is lost."""
SWEEP_SECONDS = 15.0
CLOSE_SECONDS = 2.0
"""At the end, for requests that have begun; storing one takes 0.9 s at most, or 1.9 s after the loop was blocked."""

VALUE = rb"[\t -~\x80-\xff]*+"
NAME = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
HEAD = re.compile(rb"POST /[!-~]* HTTP/1\.1\r\n(?:" + NAME + rb":" + VALUE + rb"\r\n)+\r\n")
HEADER = re.compile(rb"\r\n([^:\r]+):")
NOT_PLAIN = frozenset({b"transfer-encoding", b"content-encoding", b"expect", b"upgrade", b"proxy-connection"})
WANTED = {
    **dict(zip((name.lower().encode() for name in HEADERS), ("timestamp", "signature", "delivery"), strict=True)),
    b"connection": "connection",
    b"content-length": "length",
}
"""The headers that are read, and what their values are called here."""
FORMS = {b"connection": rb"(?i:keep-alive|close)", b"content-length": rb"[0-9]{1,9}+"}


class _Request(NamedTuple):
    """A request that is plain; its body lies between `start` and `end` of what arrived.

    Attributes:
        is_last: whether the client wants the connection closed after it.
    """

    sender: str
    timestamp: str
    signature: str
    delivery: str
    is_last: bool
    start: int
    end: int


class PlainServer:
    """Makes the protocol of each connection.

    Args:
        webhook: takes the deliveries.
        rest: makes aiohttp's protocol, for everything else.

    Attributes:
        kept_from: when connections are kept for another request again, seconds of the monotonic clock.
    """

    def __init__(self, webhook: Webhook, rest: Callable[[], asyncio.Protocol]) -> None:
        self.webhook = webhook
        self.rest = rest
        self.connections: set[_Connection] = set()
        self.is_closing = False
        self.kept_from = 0.0
        self.is_empty = asyncio.Event()
        settings = webhook.settings
        # A dict compares a path with a secret only when their hashes, which are salted, are equal: nothing to time.
        self._senders = {f"/webhooks/{settings.path_secret}/{name}".encode(): name for name in settings.senders}
        self._patterns: list[re.Pattern[bytes]] = []
        self._sweeper: asyncio.TimerHandle | None = None

    def __call__(self) -> asyncio.Protocol:
        """A protocol for a new connection."""
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        return _Connection(self)

    @property
    def keeps_connections(self) -> bool:
        """Whether a client may keep its connection for another request."""
        return time.monotonic() >= self.kept_from

    async def close(self) -> None:
        """Close all connections, those with a request after its answer, and break off what then is still there."""
        self.is_closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for each in list(self.connections):
            if each.is_idle:
                each.transport.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                while self.connections:
                    self.is_empty.clear()
                    await self.is_empty.wait()
        self.sever()

    def sever(self) -> None:
        """Break everything off, as if the process were dead."""
        for each in list(self.connections):
            each.transport.abort()

    def read(self, arrived: bytes | bytearray) -> _Request | None:
        """The request that begins here, if it is plain and its head is all there."""
        for pattern in self._patterns:
            if (match := pattern.match(arrived, 0, LONGEST_HEAD)) is not None:
                return self._request(match)
        end = arrived.find(b"\r\n\r\n", 0, LONGEST_HEAD) + 4
        new = _pattern(bytes(arrived[:end]))
        match = new.match(arrived) if new is not None else None
        request = self._request(match) if match is not None else None
        if new is not None and request is not None:  # who does not know the path teaches nothing
            if len(self._patterns) == MOST_PATTERNS:
                self._patterns.clear()  # those that are used come again
            self._patterns.append(new)
        return request

    def _request(self, head: re.Match[bytes]) -> _Request | None:
        path, timestamp, signature, delivery, connection, told = head.group("path", *WANTED.values())
        sender, start, length = self._senders.get(path), head.end(), int(told)
        if sender is None or length > self.webhook.settings.max_body:
            return None
        is_last = connection.lower() == b"close"
        return _Request(sender, _text(timestamp), _text(signature), _text(delivery), is_last, start, start + length)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)
        for each in list(self.connections):
            each.end_if_stuck(loop.time())


class _Connection(asyncio.Protocol):
    """One connection: a request is taken from the front of `_buffer`, and the next one after its answer.

    Reading pauses while a client sends ahead, or does not read its answers. One task stores all requests.
    """

    transport: asyncio.Transport

    def __init__(self, server: PlainServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._buffer: bytes | bytearray = b""
        self._request: _Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._given: asyncio.Future[tuple[_Request, bytes]] | None = None  # what the task stores next
        self._is_taking = False
        self._is_stuffed = False
        self._since = self._loop.time()

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun."""
        return not (self._is_taking or self._buffer)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        tcp_keepalive(self.transport)
        self._server.connections.add(self)
        if self._server.is_closing:  # it was accepted just before
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._request is not None:
            self._server.webhook.refuse(400, self._request.sender, BROKE_OFF)

    def pause_writing(self) -> None:
        self._is_stuffed = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self._is_stuffed = False
        if not self._is_taking:
            self._go_on()

    def data_received(self, data: bytes) -> None:
        if not self._buffer:
            self._buffer = data
            self._since = self._loop.time()
        else:
            if isinstance(self._buffer, bytes):
                self._buffer = bytearray(self._buffer)
            self._buffer += data
        if not (self._is_taking or self._is_stuffed):
            self._next()
        elif len(self._buffer) > LONGEST_HEAD:
            self.transport.pause_reading()

    def end_if_stuck(self, now: float) -> None:
        """Close the connection if nobody uses it, or a request never gets all here."""
        is_kept = not self._buffer and self._server.keeps_connections
        if not self._is_taking and now - self._since > (IDLE_SECONDS if is_kept else ARRIVAL_SECONDS):
            if self.transport.is_closing() or self._is_stuffed:
                self.transport.abort()
            else:
                self.transport.close()

    def _next(self) -> None:
        """Take the request at the front of the buffer if it is all there."""
        buffer, request = self._buffer, self._request
        if request is None:
            request = self._request = self._server.read(buffer)
            if request is None:
                self._give_away()
                return
        if len(buffer) >= request.end:
            self._request, self._buffer, self._is_taking = None, buffer[request.end :], True
            self._take(request, bytes(buffer[request.start : request.end]))

    def _take(self, request: _Request, body: bytes) -> None:
        """As `Webhook.take`, but in a burst without the task."""
        webhook = self._server.webhook
        refusal = webhook.check(request.sender, request.timestamp, request.signature, body)
        if refusal is not None:
            self._loop.call_soon(self._answer, request, refusal)
        elif not webhook.hurry(request.delivery, body, partial(self._hurried, request, body)):
            self._give(request, body)

    def _hurried(self, request: _Request, body: bytes, stored: bool | Exception) -> None:
        if isinstance(stored, Exception):
            self._answer(request, self._server.webhook.failed(stored, request.sender, request.delivery, body))
        elif stored:
            self._answer(request, None)
        else:
            self._give(request, body)

    def _give(self, request: _Request, body: bytes) -> None:
        if self._given is None:
            self._given = self._loop.create_future()
            self._task = self._loop.create_task(self._store_all())
        self._given.set_result((request, body))

    async def _store_all(self) -> None:
        """Store one request after the other; a task for each would cost 5 µs."""
        while True:
            request, body = await cast("asyncio.Future[tuple[_Request, bytes]]", self._given)
            self._given = self._loop.create_future()
            refusal = await self._server.webhook.store(request.sender, request.delivery, body)
            self._answer(request, refusal)
            if self.transport.is_closing():
                return

    def _answer(self, request: _Request, refusal: Refusal | None) -> None:
        self._is_taking = False
        if self.transport.is_closing():
            return  # who has hung up meanwhile has not heard, but the event is stored
        is_last = request.is_last or self._server.is_closing or not self._server.keeps_connections
        self.transport.write(_answer(refusal, is_last))
        if is_last:
            self.transport.close()
        elif not self._is_stuffed:
            self._go_on()

    def _go_on(self) -> None:
        self._since = self._loop.time()
        self.transport.resume_reading()
        if self._buffer:
            self._next()

    def _give_away(self) -> None:
        """The rest of the connection is aiohttp's."""
        self._leave()
        protocol = self._server.rest()
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        protocol.data_received(bytes(self._buffer))

    def _leave(self) -> None:
        if self._task is not None and not self._is_taking:
            self._task.cancel()
        self._server.connections.discard(self)
        if not self._server.connections:
            self._server.is_empty.set()


def _pattern(head: bytes) -> re.Pattern[bytes] | None:
    """What a plain head with the same headers looks like; None if this one, blank line included, is not plain."""
    if HEAD.fullmatch(head) is None:
        return None
    names = HEADER.findall(head)
    distinct = {name.lower() for name in names}
    if len(distinct) != len(names) or len(names) > MOST_HEADERS or not NOT_PLAIN.isdisjoint(distinct):
        return None
    if not distinct.issuperset((b"host", b"content-length")):
        return None
    lines = (re.escape(name) + b":" + _value(name.lower()) + b"\r\n" for name in names)
    missing = (b"(?P<%b>)" % called.encode() for name, called in WANTED.items() if name not in distinct)
    return re.compile(rb"POST (?P<path>/[!-~]*+) HTTP/1\.1\r\n" + b"".join(lines) + b"\r\n" + b"".join(missing))


def _value(name: bytes) -> bytes:
    """What the value of a header may be; there is one way only to divide blanks, or all ways would be tried."""
    called = WANTED.get(name)
    if called is None:
        return VALUE
    return rb"[\t ]*+(?P<%b>%b)[\t ]*+" % (called.encode(), FORMS.get(name, VALUE))


def _text(value: bytes) -> str:
    """A header's value as aiohttp would give it."""
    return value.rstrip(b" \t").decode("utf-8", "surrogateescape")


def _answer(refusal: Refusal | None, is_last: bool) -> bytes:
    """The bytes of an answer."""
    if refusal is None:
        return TAKEN_AND_CLOSED if is_last else TAKEN
    closing = b"Connection: close\r\n" if is_last else b""
    return b"HTTP/1.1 %d %b\r\n%bContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b" % (
        refusal.status,
        HTTPStatus(refusal.status).phrase.encode(),
        closing,
        len(refusal.body),
        refusal.body,
    )


TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
TAKEN_AND_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
