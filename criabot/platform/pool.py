"""The calls to one server over HTTP/1.1, on connections that are kept.

Nearly every call is the same: a small body from memory, and a small answer. Through aiohttp's client such a call costs
about 80 µs of CPU, here 13 (64 under way, on uvloop): so there is no more here than it takes, and httptools reads the
answers.

After a failure only one question matters: may the server have acted? ``Unsent`` says certainly not, ``Lost`` says
nobody knows. A call is ``Unsent`` only before the first byte of it was written. A connection carries one call at a
time, and takes the next only after an answer that was whole, with nothing behind it.

A refusal's status says nearly everything, so its body is read only as far as it comes soon and is short; what is
missing of it changes nothing but that its connection is not used again.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections import deque
from contextlib import suppress
from typing import cast

from aiohappyeyeballs import start_connection
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from criabot.platform.reply import REFUSAL_BYTES, REFUSAL_SECONDS, Reply, shown, unpacked

__all__ = ["Lost", "Pool", "Unsent"]

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT"})  # a second DELETE would be answered with 404
IDLE_SECONDS = 15.0
NEXT_ADDRESS_SECONDS = 0.25  # RFC 8305: an address that does not answer delays the next no longer than this


class Unsent(Exception):
    """Nothing of the call was sent; the text says why."""


class Lost(Exception):
    """The call may have arrived, but there is no answer; the text says why.

    Attributes:
        is_unanswered: the connection ended before any answer began.
    """

    def __init__(self, why: str, *, is_unanswered: bool = False) -> None:
        super().__init__(why)
        self.is_unanswered = is_unanswered


class Pool:
    """The connections to one server; opened as they are needed, the last used first, closed after 15 idle seconds.

    Args:
        host: a name in ASCII, or an address.
        port: of TCP.
        tls: for https.
        connect_timeout: seconds to get a connection; waiting for a free one counts.
        read_timeout: seconds between two reads; both together are the limit of a whole call.
        size: the most connections; who finds none free is served in the order of asking.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        *,
        connect_timeout: float,
        read_timeout: float,
        size: int,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self._loop = asyncio.get_running_loop()
        self._free = size
        self._connections: set[_Connection] = set()
        self._idle: list[_Connection] = []
        self._waiters: deque[asyncio.Future[_Connection | None]] = deque()
        self._is_closed = False

    async def call(self, method: str, message: bytes) -> Reply:
        """Send a request as it is, and the answer to it.

        A method that may be repeated is, once, when the connection ended without an answer: the server may just have
        closed it because it was idle.

        Raises:
            Unsent: there was no connection to send it on.
            Lost: it was sent, but not answered.
        """
        may_repeat = method in IDEMPOTENT
        until = self._loop.time() + self._connect_timeout + self.read_timeout
        while True:
            connection = self._idle.pop() if self._idle else None
            if connection is None or connection.transport.is_closing():
                connection = await self._connection()
            try:
                return await connection.ask(message, until)
            except Lost as lost:
                if not (may_repeat and lost.is_unanswered):
                    raise
            may_repeat = False

    async def close(self) -> None:
        """Close all connections, for good; calls under way are lost."""
        self._is_closed = True
        for connection in list(self._connections):
            connection.cut("the client was closed")
        while self._waiters:
            self._pass_on(None)
        await asyncio.sleep(0)  # the sockets are closed in the next round of the loop

    def give_back(self, connection: _Connection) -> None:
        """A connection that can take the next call."""
        self._pass_on(connection)

    def forget(self, connection: _Connection) -> None:
        """A connection that has ended."""
        if connection in self._connections:
            self._connections.remove(connection)
            with suppress(ValueError):
                self._idle.remove(connection)
            self._pass_on(None)

    async def _connection(self) -> _Connection:
        """A connection for the caller alone: one that gets free, or a new one."""
        try:
            async with asyncio.timeout(self._connect_timeout):
                while True:
                    connection = self._idle.pop() if self._idle else await self._turn()
                    self._must_be_open()
                    if connection is None:
                        return await self._open()
                    if not connection.transport.is_closing():
                        return connection
        except (OSError, UnicodeError) as error:  # a TimeoutError is an OSError
            raise Unsent(type(error).__name__) from None

    async def _turn(self) -> _Connection | None:
        """The next connection that gets free; None is leave to open one."""
        if self._free:
            self._free -= 1
            return None
        waiter: asyncio.Future[_Connection | None] = self._loop.create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # it came at the same time
                self._pass_on(waiter.result())
            raise

    def _pass_on(self, connection: _Connection | None) -> None:
        """Give a connection, or leave to open one, to who has waited longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is None:
            self._free += 1
        else:
            self._idle.append(connection)

    async def _open(self) -> _Connection:
        connection = _Connection(self, self._loop)
        self._connections.add(connection)
        name = self._host.rstrip(".") if self._tls else None
        try:
            found = await self._loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            # Not by create_connection, which on uvloop tries one address after the other.
            sock = await start_connection(found, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS, loop=self._loop)
            await self._loop.create_connection(lambda: connection, sock=sock, ssl=self._tls, server_hostname=name)
            self._must_be_open()
        except BaseException:
            connection.cut("given up")
            self.forget(connection)
            raise
        return connection

    def _must_be_open(self) -> None:
        if self._is_closed:
            raise Unsent("the client was closed")


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, pool: Pool, loop: asyncio.AbstractEventLoop) -> None:
        self._pool = pool
        self._loop = loop
        self._is_made = False
        self._answer: asyncio.Future[Reply] | None = None
        self._until = self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._parser = HttpResponseParser(self)
        self._expect()

    async def ask(self, message: bytes, until: float) -> Reply:
        """The answer to a request.

        Raises:
            Lost: there is none, or none before ``until``, by the loop's clock.
        """
        self._expect()
        self._until = until
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._answer = answer
        self.transport.write(message)
        self._watch(min(self._loop.time() + self._pool.read_timeout, until))
        try:
            return await answer
        except asyncio.CancelledError:
            if self._answer is answer:  # else the connection may be another caller's by now
                self.transport.abort()
            raise

    def cut(self, why: str) -> None:
        """End the connection now; a call under way is lost."""
        self._lose(Lost(why))
        if self._is_made:
            self.transport.abort()

    # The connection, as the loop tells it.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._is_made = True

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        ends_with_it = exc is None and self._status and not self._has_length
        if ends_with_it or self._status >= 300:
            self._finish(is_reusable=False)
        else:
            self._lose(Lost("the connection was closed", is_unanswered=not self._status))
        self._pool.forget(self)

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.transport.abort()  # nobody asked, or nobody waits any more
            return
        is_broken = False
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            is_broken = True
        if self._is_whole:
            self._finish(is_reusable=self._is_kept and not is_broken)
        elif self._status >= 300:
            self._refused(is_broken)
        elif is_broken:
            self.cut("it was not HTTP")
        else:
            self._watch(min(self._loop.time() + self._pool.read_timeout, self._until))

    def _refused(self, is_broken: bool) -> None:
        """The rest of a refusal is waited for only where that is soon done."""
        if is_broken or self._length > REFUSAL_BYTES or sum(map(len, self._parts)) > REFUSAL_BYTES:
            self._finish(is_reusable=False)
        else:
            self._until = min(self._until, self._loop.time() + REFUSAL_SECONDS)
            self._watch(self._until)

    # The answer, as the parser tells it.

    def on_message_begin(self) -> None:
        if self._is_whole:
            raise ValueError("more than one answer")  # only the parser hears of it, and stops

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._status:
            return  # behind the chunks: too late to mean anything
        name = name.lower()
        if name == b"content-encoding":
            self._encoding = value.lower()
        elif name == b"content-length":
            self._has_length = True
            self._length = int(value) if value.isdigit() else 0
        elif name == b"transfer-encoding":
            self._has_length = True
        elif name == b"x-request-id":
            self._request_id = shown(value)
        elif name == b"retry-after":
            self._retry_after = shown(value)

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        if 100 <= self._status < 200 and self._status != 101:
            self._expect()  # "go on": the answer is still to come
            return
        self._is_whole = True
        self._is_kept = self._status != 101 and self._parser.should_keep_alive()

    def _expect(self) -> None:
        self._status = self._length = 0
        self._encoding = b""
        self._request_id = self._retry_after = ""
        self._has_length = self._is_whole = self._is_kept = False
        self._parts: list[bytes] = []

    def _finish(self, *, is_reusable: bool) -> None:
        answer, self._answer = self._answer, None
        if is_reusable:
            self._watch(self._loop.time() + IDLE_SECONDS)
            self._pool.give_back(self)
        else:
            self.transport.abort()
        if answer is None or answer.done():
            return
        body, most = b"".join(self._parts), 0 if self._status < 300 else REFUSAL_BYTES
        try:
            if self._encoding:
                body = unpacked(body, self._encoding, most)
        except zlib.error:
            if self._status < 300:
                answer.set_exception(Lost("its encoding cannot be read"))
                return
            body = b""
        answer.set_result(Reply(self._status, body, self._request_id, self._retry_after))

    def _lose(self, lost: Lost) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(lost)

    def _watch(self, due: float) -> None:
        """Look at the connection when this is due.

        A timer that comes earlier is left as it is: it sets the next. So a call seldom sets any.
        """
        self._due = due
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._due:
            self._watch(self._due)
        elif self._status >= 300 and self._answer is not None:
            self._finish(is_reusable=False)
        else:  # idle or overdue
            self.cut("it did not come in time")
