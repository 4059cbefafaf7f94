"""The runtime: one bot, its store, its client, its worker and its webhook, started and stopped in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from pydantic import SecretStr

from criabot.bot import Bot
from criabot.conversation import Rules, State
from criabot.engine.lanes import Limits
from criabot.engine.store import Store, StoreOptions, open_store
from criabot.engine.worker import Worker
from criabot.errors import StoreError
from criabot.platform import ApplicationClient
from criabot.platform.limits import Limiter, rates
from criabot.platform.shared import RedisBuckets
from criabot.routing import compile_routes
from criabot.runtime.delivery import Delivery
from criabot.runtime.intake import Intake, Parsed, Sorter
from criabot.runtime.listening import Listener, Readiness, listening, senders
from criabot.runtime.preflight import check_platform
from criabot.runtime.report import TurnReport
from criabot.runtime.standin import StandIn
from criabot.runtime.subjects import KINDS
from criabot.runtime.turn import TurnRunner
from criabot.runtime.watchdog import Watchdog
from criabot.settings import Settings

__all__ = ["Runtime", "running"]

logger = logging.getLogger("criabot")

SORTING_SECONDS = 1.0
PATIENCE_SECONDS = 1.0  # enough to ask Redis for permits


class Runtime:
    """A running bot.

    Attributes:
        url: where the webhook listens, without the path.
        store: the open store.
        is_severed: whether `sever` was called.
    """

    def __init__(
        self, store: Store, worker: Worker, intake: Intake, listener: Listener, clients: Sequence[ApplicationClient]
    ) -> None:
        self.store = store
        self.url = listener.url
        self.is_severed = False
        self._worker = worker
        self._intake = intake
        self._listener = listener
        self._clients = clients

    async def quiet(self) -> None:
        """Return when no event is taken in and no lane is worked on here; what waits for its time does not count."""
        await self._worker.quiet()
        while not self._intake.is_quiet:
            await self._intake.quiet()
            await self._worker.quiet()

    async def follow_clock(self) -> None:
        """After the clock was turned: the lanes follow, and those that are due by now are begun."""
        await self.store.follow_clock()
        await self._worker.look()

    def sever(self) -> None:
        """Be dead for the rest of the world, at once: nothing is stored, sent or answered any more.

        What leaving `running` then cleans up is this process's own.
        """
        self.is_severed = True
        self.store.sever()
        for client in self._clients:
            client.sever()
        self._listener.sever()
        self._worker.halt()


@asynccontextmanager
async def running(
    bot: Bot,
    settings: Settings,
    *,
    on_step: Callable[[str, str], None] = lambda _step, _lane: None,
    on_turn: Callable[[TurnReport], None] | None = None,
    clock: Callable[[], float] = time.time,
    namespace: str | None = None,
) -> AsyncIterator[Runtime]:
    """Run a bot; leaving the context stops it gracefully.

    At the end the webhook is still open while the running handlers finish: what arrives then is stored for the next
    process.

    Args:
        bot: its handlers.
        settings: everything else.
        on_step: told of every step of every lane, see `Worker`.
        on_turn: told of every turn when it has ended.
        clock: epoch seconds; any other than `time.time` is followed by the store, too (`Runtime.follow_clock`).
        namespace: of its data in the store; by its name and account when not given.

    Raises:
        ConfigurationError: the bot, its settings or its token cannot work.
        StoreError: there is no store.
    """
    routes = compile_routes(bot, KINDS, state=State)
    if not routes.handlers:
        logger.warning("%s has no handlers: every message will go to the humans", bot.name)
    async with AsyncExitStack() as stack:
        options = _store_options(settings, namespace or f"{bot.name}.{settings.account_id}", clock)
        store = await open_store(options)
        stack.push_async_callback(store.close)
        await store.follow_clock()
        limiter = _limiter(settings, store) if clock is time.time else None
        client = await stack.enter_async_context(_client(settings, limiter))
        # What runs while a lane is held must not wait for the platform's limits: the lane is given back instead.
        hasty = await stack.enter_async_context(_client(settings, limiter, patience=PATIENCE_SECONDS))
        rules = Rules(settings.statuses, bot.name, await _bot_id(store))
        delivery = Delivery(hasty, rules, learned=partial(_remember_bot_id, store), clock=clock)
        delivery.version = await check_platform(settings, hasty)
        parsed = Parsed()
        turns = TurnRunner(
            routes,
            delivery,
            client,
            rules=rules,
            parsed=parsed,
            timeout=settings.handler_timeout,
            max_attempts=settings.max_attempts,
            on_turn=on_turn,
        )
        worker = Worker(store.lanes, turns, spool=store.spool, concurrency=settings.concurrency, on_step=on_step)
        sorter = Sorter(
            store.intake,
            worker,
            parsed,
            rules=rules,
            account_id=settings.account_id,
            handled=bot.kinds_handled(),
            clock=clock,
        )
        intake = Intake(sorter, store.spool)
        await stack.enter_async_context(routes.running({"client": client}))
        await _take_over(store, intake)
        stack.push_async_callback(store.spool.end)
        ready = Readiness(store)
        listener = await stack.enter_async_context(listening(settings, intake, ready, clock=clock))
        standin = None
        if clock is time.time:
            standin = StandIn(settings, listener, store, sorter, worker, ready)
            stack.push_async_callback(standin.close)
        watchdog = Watchdog(routes.code_objects(), standin=standin)
        await stack.enter_async_context(
            _in_background(worker.run(), store.spool.run(intake.sort), store.watch(), watchdog.run())
        )
        names = " or ".join(name for name, sender in senders(settings).items() if sender.secrets) or "agent-bot"
        logger.info("%s listens on %s, its data is in %s", bot.name, listener.url, store.where)
        logger.info("webhooks go to <your host>/webhooks/<CRIABOT_WEBHOOK_PATH_SECRET>/%s", names)
        runtime = Runtime(store, worker, intake, listener, [client, hasty])
        try:
            yield runtime
        finally:
            ready.is_stopping = True
            if not runtime.is_severed:
                await _drain(store, worker, settings.drain)


async def _take_over(store: Store, intake: Intake) -> None:
    """Before anything new comes in: what a process that died in a burst had stored but not sorted."""
    try:
        await store.spool.begin()
        count = await store.spool.sort_left(intake.sort)
    except StoreError as error:
        logger.warning("what a burst may have left in the store is looked at later: %s", error)
    else:
        if count:
            logger.info("%d events of a burst that was interrupted go on", count)


async def _drain(store: Store, worker: Worker, patience: float) -> None:
    with contextlib.suppress(TimeoutError):  # what is not sorted by then is for the next process
        async with asyncio.timeout(SORTING_SECONDS):
            await store.spool.idle()
    if active := worker.active:
        logger.info("stopping: %d conversations finish what they do, at most %g s", active, patience)
    if late := await worker.drain(patience):
        logger.warning("stopped: %d conversations were cut short and go on in another process", late)


def _store_options(settings: Settings, namespace: str, clock: Callable[[], float]) -> StoreOptions:
    return StoreOptions(
        url=_secret(settings.redis_url),
        directory=settings.data_dir,
        binary=settings.redis_bin,
        namespace=namespace,
        identity=f"{settings.base_url.host}, account {settings.account_id}",
        partitions=settings.partitions,
        # Host and number of a container are the same after its restart: only chance tells it from the one that died.
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        limits=Limits(lease=int(settings.lease * 1000), hold=int(settings.hold * 1000)),
        clock=None if clock is time.time else clock,
    )


def _client(settings: Settings, limiter: Limiter | None, patience: float | None = None) -> ApplicationClient:
    """With the bot's token to act, and a user's for what a bot's may not, as far as there are any.

    It makes no call again: the outbox does, and finds out before what became of the first.
    """
    return ApplicationClient(
        str(settings.base_url).rstrip("/"),
        settings.account_id,
        bot_token=_secret(settings.bot_token),
        user_token=_secret(settings.user_token),
        retries=0,
        limiter=limiter,
        patience=patience,
    )


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def _limiter(settings: Settings, store: Store) -> Limiter | None:
    """What keeps all processes of all bots on this Redis below the platform's limits."""
    if settings.calls_per_minute == 0:
        return None
    return Limiter(rates(settings.calls_per_minute), RedisBuckets(store, settings.base_url.host or ""))


async def _bot_id(store: Store) -> int | None:
    known = await store.recall("bot_id")
    return int(known) if known is not None else None


async def _remember_bot_id(store: Store, bot_id: int) -> None:
    with contextlib.suppress(StoreError):  # the next answer of the platform tells it again
        await store.remember("bot_id", str(bot_id))


@asynccontextmanager
async def _in_background(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run jobs until the context is left; if one fails, the context is cancelled and raises what it raised."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
