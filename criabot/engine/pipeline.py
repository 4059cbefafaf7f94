"""Automatic pipelining: script calls that start in the same tick of the event loop share one round trip.

Callers notice nothing: each awaits its own answer and gets its own error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from redis import exceptions as redis_errors
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff

from criabot.engine.scripts import SCRIPTS, Script, Scripts
from criabot.engine.wire import Wire, packed
from criabot.errors import SettingsError, StoreError, StoreFull, StoreUnavailable

__all__ = ["Argument", "Pipeline", "connect", "severed", "store_error"]

Argument: TypeAlias = str | int | float | bytes

CONNECTIONS = 4
NOT_ALLOWED = ("NOAUTH", "WRONGPASS", "NOPERM")


def connect(url: str, *, timeout: float, retries: int) -> Redis:
    """A client for the Redis at ``url`` (``redis://``, ``rediss://``, ``unix://``).

    Args:
        url: with user, password and database as redis-py reads them.
        timeout: seconds for connecting and for each answer.
        retries: how often a lost call is sent again; every script may be sent twice without harm.

    Raises:
        SettingsError: it is no such URL; the message does not show it, because it may hold a password.
    """
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=timeout,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            protocol=2,
            retry=Retry(ExponentialBackoff(cap=1.0, base=0.05) if retries else NoBackoff(), retries),
        )
    except ValueError:
        raise SettingsError(
            "CRIABOT_REDIS_URL is wrong: it must look like redis://user:password@host:6379/0, rediss://… or "
            "unix:///path/of/the.sock; characters such as / and @ in a password are written as %2F and %40."
        ) from None
    return Redis.from_pool(pool)


def store_error(error: Exception) -> StoreError:
    """The error of our tree that says the same as redis-py's; never its address or password."""
    text = str(error)
    if isinstance(error, redis_errors.OutOfMemoryError) or text.startswith("OOM"):
        return StoreFull("Redis has reached its memory limit: raise maxmemory or remove data. Nothing was stored.")
    if text.startswith("MISCONF"):
        return StoreUnavailable("Redis cannot write to its disk (MISCONF): free disk space, then it goes on by itself.")
    if text.startswith("READONLY"):
        return StoreUnavailable("This Redis is a read-only replica: point CRIABOT_REDIS_URL at the primary.")
    refused = redis_errors.AuthenticationError  # wrapped when it is a new connection's greeting that is refused
    if isinstance(error, refused) or isinstance(error.__cause__, refused) or text.startswith(NOT_ALLOWED):
        return StoreUnavailable("Redis refused the user or password: check them in CRIABOT_REDIS_URL.")
    if isinstance(error, redis_errors.ResponseError):
        return StoreError(f"Redis refused a script: {text}")
    return StoreUnavailable(
        f"Redis does not answer ({type(error).__name__}): is it up, and is CRIABOT_REDIS_URL right?"
    )


class _Call:
    """One script call on its way; `tries` says how often it may still be sent again."""

    __slots__ = ("answer", "arguments", "packed", "script", "since", "tries")

    def __init__(
        self, script: Script, arguments: tuple[Argument, ...], answer: asyncio.Future[Any], tries: int
    ) -> None:
        self.script = script
        self.arguments = arguments
        self.answer = answer
        self.tries = tries
        self.packed = packed("EVALSHA", script.sha, *arguments)
        self.since = time.monotonic()


class Pipeline:
    """Runs lane scripts on one connection, batched by the tick.

    A call that is lost with its connection is sent again as often as the client's retries say.

    Args:
        client: to the Redis; `close` closes it.
        scripts: those of the server's own clock or of a virtual one.

    Attributes:
        round_trips: how many batches were sent.
    """

    def __init__(self, client: Redis, scripts: Scripts = SCRIPTS) -> None:
        options = client.connection_pool.connection_kwargs
        self._client = client
        self._scripts = scripts
        self._timeout: float = options["socket_timeout"]
        self._tries: int = options["retry"].get_retries()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_severed = False
        self._waiting: list[_Call] = []
        self._connection: AbstractConnection | None = None
        self._wire: Wire | None = None
        self._opening: asyncio.Task[None] | None = None
        self._losses = 0
        self.round_trips = 0

    def call(self, name: str, keys: Sequence[str], arguments: Sequence[Argument]) -> asyncio.Future[Any]:
        """Run one script; the answer is to be awaited.

        Raises:
            StoreUnavailable: Redis is down or slower than the client's time limit; the script may have run.
            StoreFull: Redis has no memory left; nothing was stored.
        """
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # kept: asking for it takes a system call
        answer: asyncio.Future[Any] = self._loop.create_future()
        if self._is_severed:
            answer.set_exception(severed())
            return answer
        self._waiting.append(_Call(self._scripts[name], (len(keys), *keys, *arguments), answer, self._tries))
        if len(self._waiting) == 1:
            self._loop.call_soon(self._flush)
        return answer

    def sever(self) -> None:
        """Send nothing any more, as if the process were dead: every call fails, those under way included."""
        self._is_severed = True
        if self._wire is not None:
            self._wire.cut(redis_errors.ConnectionError("severed"))
        self._fail(redis_errors.ConnectionError("severed"))

    async def close(self) -> None:
        """Wait for the calls under way, then close the connection."""
        calls: list[_Call] = [*self._waiting, *(self._wire.in_flight if self._wire is not None else ())]
        if calls and not self._is_severed:
            await asyncio.wait([call.answer for call in calls])
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await self._client.aclose()

    def _flush(self) -> None:
        if self._wire is None:
            if self._waiting and self._opening is None:
                self._opening = asyncio.get_running_loop().create_task(self._open())
        elif self._waiting:
            batch, self._waiting = self._waiting, []
            self.round_trips += 1
            self._wire.send(batch)

    async def _open(self) -> None:
        try:
            if self._losses:
                await asyncio.sleep(min(1.0, 0.05 * 2.0 ** min(self._losses, 5)))
            connection = await self._connected()
        except Exception as error:  # whatever it was: those who wait must hear of it
            self._opening = None
            self._fail(error)
            return
        self._opening = None
        self._wire = Wire(connection, timeout=self._timeout, answered=self._answered, lost=self._lost)
        self._flush()

    async def _connected(self) -> AbstractConnection:
        """The connection that we took from the client's pool, open; redis-py opens it, with its own retries."""
        async with asyncio.timeout(self._timeout * (1 + self._tries)):
            return await self._connect()

    async def _connect(self) -> AbstractConnection:
        if self._connection is None:
            self._connection = await cast("Any", self._client.connection_pool).get_connection()
        else:
            await self._connection.disconnect(nowait=True)
            await cast("Any", self._connection).connect()
        return self._connection

    def _answered(self, call: _Call, answer: Any) -> None:
        if isinstance(answer, redis_errors.ResponseError):
            text = str(answer)
            if text.startswith("NOSCRIPT"):  # a restart, SCRIPT FLUSH: send its text, which makes it known
                call.packed = packed("EVAL", call.script.source, *call.arguments)
                self._waiting.append(call)
                self._flush()
                return
            if text.startswith("LOADING"):  # it reads its data after a start: as good as down, but not for long
                answer = redis_errors.BusyLoadingError(text)
                if call.tries > 0:
                    self._again([call], answer)
                    if self._wire is not None:
                        self._wire.cut(answer)
                    return
        self._losses = 0
        _settle(call.answer, answer)

    def _lost(self, calls: Sequence[_Call], error: Exception) -> None:
        self._wire = None
        self._again(calls, error)
        if not self._is_severed:
            self._flush()

    def _again(self, calls: Sequence[_Call], error: Exception) -> None:
        """Calls whose answer was lost: those that have tries left go to the front of those that wait."""
        if calls:  # else it was closed because nobody used it
            self._losses += 1
        again, now = [], time.monotonic()
        for call in calls:
            if call.tries > 0 and not self._is_severed and not call.answer.done():
                call.tries -= 1
                call.since = now
                again.append(call)
            else:
                _settle(call.answer, error)
        self._waiting[:0] = again

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            _settle(call.answer, error)


def severed() -> StoreUnavailable:
    """The error of every call after `Pipeline.sever`."""
    return StoreUnavailable("The store was cut off: this bot is as good as dead.")


def _settle(future: asyncio.Future[Any], answer: Any) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(store_error(answer))
    else:
        future.set_result(answer)
