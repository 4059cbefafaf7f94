"""Automatic pipelining: script calls that start in the same tick of the event loop share one round trip.

A single call costs redis-py about as much as a batch of twenty, so this is the biggest lever on the cost of an
event. Callers notice nothing: each awaits its own answer and gets its own error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from redis import exceptions as redis_errors
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff

from criabot.engine.scripts import SCRIPTS, Script, Scripts
from criabot.errors import SettingsError, StoreError, StoreFull, StoreUnavailable

__all__ = ["Argument", "Pipeline", "connect", "severed", "store_error"]

Argument: TypeAlias = str | bytes | int | float

BATCHES_IN_FLIGHT = 4
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
            max_connections=BATCHES_IN_FLIGHT + 2,
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


@dataclass(slots=True)
class _Call:
    script: Script
    keys: Sequence[str]
    arguments: Sequence[Argument]
    answer: asyncio.Future[Any]


class Pipeline:
    """Runs lane scripts on one Redis client, batched by the tick.

    Args:
        client: to the Redis; `close` closes it.
        scripts: those of the server's own clock or of a virtual one.
    """

    def __init__(self, client: Redis, scripts: Scripts = SCRIPTS) -> None:
        self._client = client
        self._scripts = scripts
        self._is_severed = False
        self._waiting: list[_Call] = []
        self._flushes: set[asyncio.Task[None]] = set()
        self._free = BATCHES_IN_FLIGHT
        self.round_trips = 0

    async def call(self, name: str, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """Run one script.

        Raises:
            StoreUnavailable: Redis is down or slower than the client's time limit; the script may have run.
            StoreFull: Redis has no memory left; nothing was stored.
        """
        if self._is_severed:
            raise severed()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(_Call(self._scripts[name], keys, arguments, answer))
        if len(self._waiting) == 1 and self._free:
            loop.call_soon(self._flush)
        return await answer

    def sever(self) -> None:
        """Send nothing any more, as if the process were dead: every call fails, those under way included."""
        self._is_severed = True
        waiting, self._waiting = self._waiting, []
        _fail(waiting)
        for flush in self._flushes:
            flush.cancel()

    async def close(self) -> None:
        """Wait for the calls under way, then close the connections."""
        if self._flushes:
            await asyncio.wait(self._flushes)
        await self._client.aclose()

    def _flush(self) -> None:
        if not self._waiting or not self._free:
            return
        batch, self._waiting = self._waiting, []
        self._free -= 1
        task = asyncio.get_running_loop().create_task(self._run(batch))
        self._flushes.add(task)
        task.add_done_callback(partial(self._flushed, batch))

    def _flushed(self, batch: list[_Call], task: asyncio.Task[None]) -> None:
        self._flushes.discard(task)
        if task.cancelled():
            _fail(batch)
        self._free += 1
        self._flush()

    async def _run(self, batch: list[_Call]) -> None:
        self.round_trips += 1
        pipeline = self._client.pipeline(transaction=False)
        for call in batch:
            pipeline.execute_command("EVALSHA", call.script.sha, len(call.keys), *call.keys, *call.arguments)
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except Exception as error:  # whatever it was: those who wait must hear of it
            answers = [error] * len(batch)
        for call, answer in zip(batch, answers, strict=True):
            if isinstance(answer, redis_errors.NoScriptError):
                answer = await self._run_source(call)
            _settle(call.answer, answer)

    async def _run_source(self, call: _Call) -> Any:
        """The server does not know the script (a restart, SCRIPT FLUSH): send its text, which makes it known."""
        try:
            return await self._client.eval(call.script.source, len(call.keys), *call.keys, *call.arguments)
        except (redis_errors.RedisError, OSError, TimeoutError) as error:
            return error


def _fail(batch: list[_Call]) -> None:
    for call in batch:
        _settle(call.answer, redis_errors.ConnectionError())


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
