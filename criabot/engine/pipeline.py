"""Automatic pipelining: script calls that start in the same tick of the event loop share one round trip.

Callers notice nothing: each awaits its own answer and gets its own error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, cast

from redis import exceptions as redis_errors
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff

from criabot.engine.scripts import SCRIPTS, Script, Scripts
from criabot.engine.wire import Wire, Word, words
from criabot.errors import SettingsError, StoreError, StoreFull, StoreUnavailable
from criabot.limit import call_overdue

__all__ = ["Pipeline", "connect", "severed", "store_error"]

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

    __slots__ = ("answer", "packed", "script", "since", "tries")

    def __init__(self, script: Script, command: bytes, answer: asyncio.Future[Any], tries: int) -> None:
        self.script = script
        self.packed = command
        self.answer = answer
        self.tries = tries
        self.since = 0.0


class Pipeline:
    """Runs lane scripts on one connection, batched by the tick.

    A call that is lost with its connection is sent again as often as the client's retries say. No call waits longer
    than the client's timeout for its answer, nor, times its tries, for a connection and its answer: of a client
    without retries every call has ended by then, whatever the connection does.

    Args:
        client: to the Redis; `close` closes it.
        scripts: those of the server's own clock or of a virtual one.

    Attributes:
        scripts: these.
        round_trips: how many batches were sent.
    """

    def __init__(self, client: Redis, scripts: Scripts = SCRIPTS) -> None:
        options = client.connection_pool.connection_kwargs
        self._client = client
        self.scripts = scripts
        self._timeout: float = options["socket_timeout"]
        self._tries: int = options["retry"].get_retries()
        self._patience = self._timeout * (1 + self._tries)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_severed = False
        self._waiting: list[_Call] = []
        self._stranded: list[_Call] = []
        self._connection: AbstractConnection | None = None
        self._wire: Wire | None = None
        self._opening: asyncio.Task[None] | None = None
        self._losses = 0
        self.round_trips = 0

    def call(self, name: str, keys: Sequence[str], arguments: Sequence[Word]) -> asyncio.Future[Any]:
        """Run one script by its name; see `run`."""
        return self.run(self.scripts[name], words((len(keys), *keys)), len(keys) + 1, tuple(arguments))

    def run(self, script: Script, first: bytes, count: int, arguments: tuple[Word, ...]) -> asyncio.Future[Any]:
        """Run one script; the answer is to be awaited.

        Args:
            script: which.
            first: the first words that it is given, beginning with the number of its keys, see `wire.words`.
            count: how many these are.
            arguments: the others.

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
        if not self._waiting:
            self._loop.call_soon(self._flush)
        command = b"*%d\r\n%b%b%b" % (2 + count + len(arguments), script.by_sha, first, words(arguments))
        self._waiting.append(_Call(script, command, answer, self._tries))
        return answer

    def sever(self) -> None:
        """Send nothing any more, as if the process were dead: every call fails, those under way included."""
        self._is_severed = True
        error = redis_errors.ConnectionError("severed")
        if self._wire is not None:
            self._wire.cut(error)
        self._waiting, waiting = [], self._waiting
        self._fail(waiting, error)
        self._fail(self._stranded, error)

    async def close(self) -> None:
        """Wait for the calls under way, then close the connection."""
        in_flight = self._wire.in_flight if self._wire is not None else ()
        calls: list[_Call] = [*self._waiting, *self._stranded, *in_flight]
        if calls and not self._is_severed:
            await asyncio.wait([call.answer for call in calls])
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await self._client.aclose()

    def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        if self._wire is None:
            self._strand(batch)
        else:
            self.round_trips += 1
            self._wire.send(batch)

    def _strand(self, calls: list[_Call]) -> None:
        """Keep calls until there is a connection, and open one; they do not wait for ever, whatever becomes of it."""
        self._stranded += calls
        self._fail_in(self._patience, calls)
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        try:
            if self._losses:
                longest = min(1.0, self._timeout / 4)  # there must be time left for the calls that wait meanwhile
                await asyncio.sleep(min(longest, 0.05 * 2.0 ** min(self._losses, 5)))
            connection = await self._connected()
        except Exception as error:  # whatever it was: those who wait must hear of it
            self._opening = None
            self._fail(self._stranded, error)
            return
        self._opening = None
        self._wire = Wire(connection, timeout=self._timeout, refused=self._refused, lost=self._lost)
        self._waiting[:0] = [call for call in self._stranded if not call.answer.done()]
        self._stranded = []
        self._flush()

    async def _connected(self) -> AbstractConnection:
        """The connection that we took from the client's pool, open; redis-py opens it, with its own retries."""
        async with asyncio.timeout(self._patience):
            return await self._connect()

    async def _connect(self) -> AbstractConnection:
        if self._connection is None:
            self._connection = await cast("Any", self._client.connection_pool).get_connection()
        else:
            await self._connection.disconnect(nowait=True)
            await cast("Any", self._connection).connect()
        return self._connection

    def _refused(self, call: _Call, answer: redis_errors.ResponseError) -> None:
        text = str(answer)
        if text.startswith("NOSCRIPT"):  # a restart, SCRIPT FLUSH: send its text, which makes it known
            call.packed = call.packed.replace(call.script.by_sha, call.script.by_text, 1)
            self._fail_in(self._patience + call.since - time.monotonic(), [call])
            self._waiting.append(call)
            self._flush()
        elif not text.startswith("LOADING"):
            _settle(call.answer, answer)
        elif call.tries == 0 or self._wire is None:
            _settle(call.answer, redis_errors.BusyLoadingError(text))
        else:  # it reads its data after a start: as good as down, but not for long
            self._wire.in_flight.appendleft(call)
            self._wire.cut(redis_errors.BusyLoadingError(text))

    def _lost(self, calls: Sequence[_Call], error: Exception) -> None:
        """Calls whose answer was lost with the connection: those that have tries left are sent again."""
        if self._wire is not None and self._wire.is_good:
            self._losses = 0
        self._wire = None
        if calls:  # else it was closed because nobody used it
            self._losses += 1
        again = []
        for call in calls:
            if call.tries > 0 and not self._is_severed and not call.answer.done():
                call.tries -= 1
                again.append(call)
            else:
                _settle(call.answer, error)
        if again:
            self._strand(again)

    def _fail_in(self, seconds: float, calls: Sequence[_Call]) -> None:
        """The time limit of calls that the wire's own does not cover."""
        error = redis_errors.TimeoutError("no answer in time")
        call_overdue(asyncio.get_running_loop(), seconds, self._fail, calls, error)

    def _fail(self, calls: Sequence[_Call], error: Exception) -> None:
        for call in calls:
            _settle(call.answer, error)
        self._stranded = [call for call in self._stranded if not call.answer.done()]


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
