"""The runtime: one bot, its store, its client, its worker and its webhook, started and stopped in the right order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from criabot.bot import Bot
from criabot.conversation import Rules, State
from criabot.engine.lanes import Limits
from criabot.engine.store import Store, StoreOptions, open_store
from criabot.engine.worker import Worker
from criabot.errors import ConfigurationError, StoreError
from criabot.platform import ApplicationClient
from criabot.routing import compile_routes
from criabot.runtime.delivery import Delivery
from criabot.runtime.intake import Intake, Parsed
from criabot.runtime.preflight import check_platform
from criabot.runtime.subjects import KINDS
from criabot.runtime.turn import TurnRunner
from criabot.runtime.watchdog import Watchdog
from criabot.server import Sender, create_app
from criabot.server.app import WebhookSettings
from criabot.settings import Settings

__all__ = ["Runtime", "running"]

logger = logging.getLogger("criabot")

READY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """A running bot.

    Attributes:
        url: where the webhook listens, without the path.
        store: the open store.
    """

    store: Store
    url: str


@asynccontextmanager
async def running(
    bot: Bot, settings: Settings, *, on_step: Callable[[str, str], None] = lambda _step, _lane: None
) -> AsyncIterator[Runtime]:
    """Run a bot; leaving the context stops it gracefully.

    At the end the webhook is still open while the running handlers finish: what arrives then is stored for the next
    process.

    Args:
        bot: its handlers.
        settings: everything else.
        on_step: told of every step of every lane, see `Worker`.

    Raises:
        ConfigurationError: the bot, its settings or its token cannot work.
        StoreError: there is no store.
    """
    routes = compile_routes(bot, KINDS, state=State)
    if not routes.handlers:
        logger.warning("%s has no handlers: every message will go to the humans", bot.name)
    async with AsyncExitStack() as stack:
        store = await open_store(_store_options(bot, settings))
        stack.push_async_callback(store.close)
        client, reader = await _clients(settings, stack)
        rules = Rules(settings.statuses, bot.name, await _bot_id(store))
        delivery = Delivery(client, reader, rules, learned=partial(_remember_bot_id, store))
        delivery.version = await check_platform(settings, client, reader)
        parsed = Parsed()
        turns = TurnRunner(
            routes,
            delivery,
            client,
            reader,
            rules=rules,
            parsed=parsed,
            timeout=settings.handler_timeout,
            max_attempts=settings.max_attempts,
        )
        worker = Worker(store.lanes, turns, concurrency=settings.concurrency, on_step=on_step)
        intake = Intake(
            store.intake,
            worker,
            parsed,
            rules=rules,
            account_id=settings.account_id,
            handled=bot.kinds_handled(),
        )
        await stack.enter_async_context(routes.running({"client": client}))
        ready = _Readiness(store)
        url = await stack.enter_async_context(_listening(settings, intake, ready))
        await stack.enter_async_context(
            _in_background(worker.run(), store.watch(), Watchdog(routes.code_objects()).run())
        )
        names = " or ".join(name for name, sender in _senders(settings).items() if sender.secrets) or "agent-bot"
        logger.info("%s listens on %s, its data is in %s", bot.name, url, store.where)
        logger.info("webhooks go to <your host>/webhooks/<CRIABOT_WEBHOOK_PATH_SECRET>/%s", names)
        try:
            yield Runtime(store, url)
        finally:
            ready.is_stopping = True
            if active := worker.active:
                logger.info("stopping: %d conversations finish what they do, at most %g s", active, settings.drain)
            if late := await worker.drain(settings.drain):
                logger.warning("stopped: %d conversations were cut short and go on in another process", late)


class _Readiness:
    """Whether the process should get traffic."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_stopping = False

    async def problems(self) -> Mapping[str, object]:
        if self.is_stopping:
            return {"stopping": "running handlers are finishing"}
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._store.ping()
        except (StoreError, TimeoutError) as error:
            return {"redis": str(error) or "no answer within a second"}
        return {"redis": "above 80 % of maxmemory"} if self._store.intake.refuses else {}


def _store_options(bot: Bot, settings: Settings) -> StoreOptions:
    return StoreOptions(
        url=settings.redis_url.get_secret_value() if settings.redis_url is not None else None,
        directory=settings.data_dir,
        binary=settings.redis_bin,
        namespace=f"{bot.name}.{settings.account_id}",
        identity=f"{settings.base_url.host}, account {settings.account_id}",
        partitions=settings.partitions,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        limits=Limits(lease=int(settings.lease * 1000), hold=int(settings.hold * 1000)),
    )


async def _clients(settings: Settings, stack: AsyncExitStack) -> tuple[ApplicationClient, ApplicationClient | None]:
    """The client that acts, and one that may read what a bot may not, where there is a user token."""
    base_url = str(settings.base_url).rstrip("/")
    actor = await stack.enter_async_context(ApplicationClient(base_url, settings.account_id, settings.token))
    if settings.user_token is None:
        return actor, None
    token = settings.user_token.get_secret_value()
    return actor, await stack.enter_async_context(ApplicationClient(base_url, settings.account_id, token))


async def _bot_id(store: Store) -> int | None:
    known = await store.recall("bot_id")
    return int(known) if known is not None else None


async def _remember_bot_id(store: Store, bot_id: int) -> None:
    with contextlib.suppress(StoreError):  # the next answer of the platform tells it again
        await store.remember("bot_id", str(bot_id))


def _senders(settings: Settings) -> dict[str, Sender]:
    named = {
        "agent-bot": ("CRIABOT_AGENT_BOT_SECRET", settings.agent_bot_secret),
        "account": ("CRIABOT_ACCOUNT_SECRET", settings.account_secret),
        "api-inbox": ("CRIABOT_API_INBOX_SECRET", settings.api_inbox_secret),
    }
    return {
        name: Sender(setting, [secret.get_secret_value() for secret in secrets])
        for name, (setting, secrets) in named.items()
    }


@asynccontextmanager
async def _listening(settings: Settings, intake: Intake, ready: _Readiness) -> AsyncIterator[str]:
    webhook = WebhookSettings(
        path_secret=settings.webhook_path_secret.get_secret_value(),
        senders=_senders(settings),
        allow_unsigned=settings.allow_unsigned,
        tolerance=settings.signature_tolerance,
        max_body=settings.max_body,
    )
    runner = web.AppRunner(create_app(webhook, intake.accept, ready.problems), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, backlog=2048)
        try:
            await site.start()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigurationError(
                f"Cannot listen on {settings.host}:{settings.port} ({reason}): set CRIABOT_PORT to a free port, and "
                "CRIABOT_HOST to an address of this machine."
            ) from None
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


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
