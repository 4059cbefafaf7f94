"""The Redis (or Valkey) that holds the lanes: found or started, checked once, watched while it runs."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from redis import exceptions as redis_errors
from redis.asyncio import Redis

from criabot.engine.cancellation import cancellable
from criabot.engine.embedded import EmbeddedServer, start_embedded
from criabot.engine.keys import Keys
from criabot.engine.lanes import Lanes, Limits
from criabot.engine.pipeline import Pipeline, connect, severed, store_error
from criabot.engine.scripts import SCRIPTS, set_clock, virtual_scripts
from criabot.engine.spool import Spool
from criabot.errors import ConfigurationError, StoreError, StoreSetupError

__all__ = ["Store", "StoreOptions", "open_store"]

logger = logging.getLogger("criabot.store")

OLDEST = (6, 2)
INGEST_SECONDS = 0.8
LANE_SECONDS = 5.0
WATCH_SECONDS = 5.0
FULL_ABOVE = 0.8


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """Where the store is, and whose lanes it holds.

    Attributes:
        url: of a Redis, None for an embedded Valkey in `directory`.
        directory: the embedded server's data.
        binary: the embedded server's program, None to find one.
        namespace: the bot's.
        identity: whose conversations the namespace holds, such as the platform's host; checked at every start.
        partitions: for a new namespace; an old one keeps its own.
        owner: this process.
        limits: bounds of the lanes.
        clock: epoch seconds that the lanes follow instead of the server's own clock, see `Store.follow_clock`.
    """

    url: str | None
    directory: Path
    binary: Path | None
    namespace: str
    identity: str
    partitions: int
    owner: str
    limits: Limits
    clock: Callable[[], float] | None = None


class Store:
    """An open store.

    Attributes:
        lanes: for the worker: patient, with retries.
        intake: for the webhook: impatient, without.
        spool: for a burst of webhooks.
        where: in words, for the log.
    """

    def __init__(self, options: StoreOptions, server: EmbeddedServer | None, url: str, keys: Keys, where: str) -> None:
        self._options = options
        self._server = server
        scripts = SCRIPTS if options.clock is None else virtual_scripts()
        self._pipelines = [
            Pipeline(connect(url, timeout=LANE_SECONDS, retries=3), scripts),
            Pipeline(connect(url, timeout=INGEST_SECONDS, retries=0), scripts),
        ]
        self.lanes, self.intake = (
            Lanes(pipeline, keys, owner=options.owner, limits=options.limits) for pipeline in self._pipelines
        )
        self.spool = Spool(self._pipelines[1], keys, owner=options.owner, limits=options.limits)
        self._client = connect(url, timeout=INGEST_SECONDS, retries=0)
        self._url = url
        self._keys = keys
        self._is_severed = False
        self.where = where

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[tuple[Lanes, Spool]]:
        """As `intake` and `spool`, over a connection of its own: for the event loop of another thread."""
        pipeline = Pipeline(connect(self._url, timeout=INGEST_SECONDS, retries=0), self._pipelines[1].scripts)
        owner, limits = self._options.owner, self._options.limits
        try:
            yield (
                Lanes(pipeline, self._keys, owner=owner, limits=limits),
                Spool(pipeline, self._keys, owner=owner, limits=limits),
            )
        finally:
            await pipeline.close()

    async def ping(self) -> None:
        """Ask whether it answers.

        Raises:
            StoreUnavailable: it does not.
        """
        await self._ask("PING")

    async def recall(self, name: str) -> str | None:
        """A value that `remember` stored."""
        value = await self._ask("HGET", self._keys.meta, name)
        return value.decode() if value is not None else None

    async def remember(self, name: str, value: str) -> None:
        """Keep a value of the whole bot, for all its processes."""
        await self._ask("HSET", self._keys.meta, name, value)

    async def eval(self, script: str, numkeys: int, *keys_and_args: str) -> Any:
        """Run a script that is none of the lanes', such as one that counts.

        Raises:
            StoreError: it was not run, or nobody knows.
        """
        return await self._ask("EVAL", script, numkeys, *keys_and_args)

    async def next_due(self) -> float | None:
        """When the first of all lanes wants attention (epoch seconds), None when there is no work."""
        waiting = self._client.pipeline(transaction=False)
        for number in range(self._keys.partitions):
            waiting.zrange(self._keys.of_partition(number, "sched"), 0, 0, withscores=True)
        try:
            found = [score for first in await waiting.execute() for _lane, score in first]
        except (redis_errors.RedisError, OSError) as error:
            raise store_error(error) from None
        return (min(found) + 1) / 1000 if found else None  # the server cuts its milliseconds off: by then it is due

    async def follow_clock(self) -> None:
        """Bring the lanes' clock, and what keys have left to live, to where the clock of the options stands.

        A clock that is turned back lets no key live longer.
        """
        if self._options.clock is not None:
            before = time.time()
            ahead = round((self._options.clock() - before) * 1000)
            await self._ask("EVAL", set_clock(), 1, self._keys.clock, ahead, self._keys.all)

    async def watch(self) -> None:
        """Keep an eye on the memory, until cancelled: above 80 % of its limit new events are refused."""
        answers = True
        while True:
            try:
                memory = await self._ask("INFO", "memory")
            except StoreError as error:
                if answers:
                    logger.warning("the store cannot be watched: %s", error)
                answers = False
                await self._revive()
            else:
                answers = True
                self._refuse_when_full(memory)
            await asyncio.sleep(WATCH_SECONDS)

    async def _revive(self) -> None:
        """Start the embedded server again if it is its death that is the matter."""
        if self._server is None:
            return
        try:
            present = await start_embedded(self._options.directory, binary=self._options.binary)
        except StoreSetupError as error:
            logger.error("the embedded server cannot be started again: %s", error)  # noqa: TRY400
            return
        before, self._server = self._server, present
        await before.stop()  # gives up its share only: the new one keeps the server
        if present.how == "started":
            logger.warning("the embedded server had died and was started again, with all its data")

    def _refuse_when_full(self, memory: Any) -> None:
        limit = memory.get("maxmemory") or 0
        is_full = limit > 0 and memory.get("used_memory", 0) > FULL_ABOVE * limit
        if is_full != self.intake.refuses:
            logger.warning("Redis is %s 80 %% of maxmemory: new events are %s", *_words(is_full))
        self.intake.refuses = is_full

    def sever(self) -> None:
        """Send nothing any more, as if the process were dead: every call fails."""
        self._is_severed = True
        for pipeline in self._pipelines:
            pipeline.sever()

    async def close(self) -> None:
        """Close the connections, and the embedded server when nobody else uses it."""
        for pipeline in self._pipelines:
            await pipeline.close()
        await self._client.aclose()
        if self._server is not None:
            await self._server.stop()

    async def _ask(self, *command: str | int) -> Any:
        if self._is_severed:
            raise severed()
        return await _ask(self._client, *command)


def _words(is_full: bool) -> tuple[str, str]:
    return ("above", "refused") if is_full else ("below", "accepted again")


async def open_store(options: StoreOptions) -> Store:
    """Find or start the store, check it, and open the bot's lanes.

    Raises:
        StoreSetupError: no server, a damaged one, or too old a one.
        StoreUnavailable: the Redis at the URL does not answer.
        ConfigurationError: the namespace holds another platform's conversations.
    """
    server = None
    if options.url is None:
        server = await start_embedded(options.directory, binary=options.binary)
    url = options.url or cast("EmbeddedServer", server).url
    client = connect(url, timeout=LANE_SECONDS, retries=1)
    try:
        version = await _check_version(client)
        keys = await _check_meta(client, options)
    except BaseException:
        if server is not None:
            await server.stop()
        raise
    finally:
        await client.aclose()
    where = f"Valkey {version} in {server.directory} ({server.how})" if server is not None else f"Redis {version}"
    return Store(options, server, url, keys, where)


async def _check_version(client: Redis) -> str:
    info = await _ask(client, "INFO", "server")
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or tuple(map(int, numbers.groups())) < OLDEST:
        raise StoreSetupError(f"This Redis is version {version or 'unknown'}; criabot needs 6.2 or newer.")
    policy = await _ask(client, "INFO", "memory")
    if policy.get("maxmemory_policy", "noeviction") != "noeviction":
        logger.warning(
            "Redis may evict keys (maxmemory-policy %s), that is lose messages: set it to noeviction",
            policy["maxmemory_policy"],
        )
    return version


async def _check_meta(client: Redis, options: StoreOptions) -> Keys:
    """The namespace's partitions: lanes would not be found if they changed. And whose it is."""
    meta = Keys(options.namespace, options.partitions).meta
    await _ask(client, "HSETNX", meta, "partitions", options.partitions)
    await _ask(client, "HSETNX", meta, "identity", options.identity)
    partitions = int(await _ask(client, "HGET", meta, "partitions"))
    identity = (await _ask(client, "HGET", meta, "identity")).decode()
    if identity != options.identity:
        raise ConfigurationError(
            f"The data of {options.namespace} in this Redis is of {identity}, not of {options.identity}: give the bot "
            "another name (Bot(name=…)) or use another Redis."
        )
    if partitions != options.partitions:
        logger.warning(
            "the data has %d partitions, so CRIABOT_PARTITIONS=%d is not used", partitions, options.partitions
        )
    return Keys(options.namespace, partitions)


async def _ask(client: Redis, *command: str | int) -> Any:
    try:
        return await cancellable(cast("Any", client).execute_command(*command))
    except (redis_errors.RedisError, OSError, TimeoutError) as error:
        raise store_error(error) from None
