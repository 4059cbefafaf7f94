"""The bytes between us and Redis, once redis-py has opened the connection.

redis-py knows addresses, TLS, passwords and databases; a connection it has opened is taken over here, because a
pipeline of redis-py costs about 22 µs of CPU per command in a busy bot, and this one 5: a command is packed, written
and read by hiredis, and one timer watches over all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from hiredis import Reader
from hiredis import pack_command as pack
from redis import exceptions as redis_errors
from redis.asyncio.connection import AbstractConnection

from criabot.limit import call_overdue

__all__ = ["Wire", "Word", "words"]

FEW = 8  # commands, perhaps large ones; more are small, and cheaper as one
Word: TypeAlias = str | int | float | bytes


def words(some: tuple[Word, ...]) -> bytes:
    """A part of a command as it goes over the wire; before its first word a command tells their number."""
    whole: bytes = pack(cast("Any", some))  # its stub knows tuples of one element only
    return whole[whole.index(b"$") :]


class Command(Protocol):
    """What goes over the wire.

    Attributes:
        packed: its bytes.
        answer: given the answer.
        since: when it was sent, seconds of the monotonic clock.
    """

    packed: bytes
    answer: asyncio.Future[Any]
    since: float


C = TypeVar("C", bound=Command)


class Wire(asyncio.Protocol):
    """One connection; answers come in the order of the commands.

    Args:
        connection: opened by redis-py, with no answer outstanding; closed by its pool.
        timeout: seconds for an answer; the connection is cut when one is missing that long.
        refused: given each command that Redis answered with an error.
        lost: given the commands without an answer, and why, once, when the connection has ended.

    Attributes:
        in_flight: the commands without an answer so far.
        is_good: whether it ever brought an answer that was no error.
    """

    def __init__(
        self,
        connection: AbstractConnection,
        *,
        timeout: float,
        refused: Callable[[C, redis_errors.ResponseError], None],
        lost: Callable[[Sequence[C], Exception], None],
    ) -> None:
        self._timeout = timeout
        self._refused: Callable[[Any, redis_errors.ResponseError], None] = refused
        self._lost: Callable[[Sequence[Any], Exception], None] = lost
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(protocolError=redis_errors.InvalidResponse, replyError=redis_errors.ResponseError)
        self.in_flight: deque[Any] = deque()
        self.is_good = False
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        # Private, but the only way to the transport that redis-py opened.
        self._transport = cast("asyncio.Transport", cast("asyncio.StreamWriter", connection._writer).transport)
        self._opener = self._transport.get_protocol()
        self._transport.set_protocol(self)

    def send(self, commands: Sequence[C]) -> None:
        """Send commands in one piece."""
        now = time.monotonic()
        for command in commands:
            command.since = now
        self.in_flight.extend(commands)
        packed = [command.packed for command in commands]
        if len(packed) <= FEW:
            self._transport.writelines(packed)
        else:
            self._transport.write(b"".join(packed))
        if self._timer is None:
            self._timer = call_overdue(self._loop, self._timeout, self._look)

    def cut(self, reason: Exception) -> None:
        """End the connection now, as if it had broken for this reason; its commands do not wait for its burial."""
        self._transport.abort()
        self._end(reason)

    def data_received(self, data: bytes) -> None:
        """Answers, or parts of them."""
        in_flight, gets = self.in_flight, self._reader.gets
        try:
            self._reader.feed(data)
            while (answer := gets()) is not False:
                if not in_flight:
                    self.cut(redis_errors.InvalidResponse("an answer that nobody asked for"))
                    return
                command = in_flight.popleft()
                if isinstance(answer, redis_errors.ResponseError):
                    self._refused(command, answer)
                elif not command.answer.done():
                    command.answer.set_result(answer)
                    self.is_good = True
        except redis_errors.InvalidResponse as error:  # that is not Redis
            self.cut(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._opener.connection_lost(exc)  # redis-py waits for it when it closes
        self._end(exc or redis_errors.ConnectionError("the connection was closed"))

    def _end(self, reason: Exception) -> None:
        """Hand the commands back that have no answer."""
        if self._is_over:
            return
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        commands = list(self.in_flight)
        self.in_flight.clear()
        self._lost(commands, reason)

    def _look(self) -> None:
        """Cut the connection if the oldest answer is overdue, else look again when it would be."""
        self._timer = None
        if not self.in_flight:
            return
        left = self.in_flight[0].since + self._timeout - time.monotonic()
        if left <= 0:
            self.cut(redis_errors.TimeoutError(f"no answer within {self._timeout:g} s"))
        else:
            self._timer = call_overdue(self._loop, left, self._look)
