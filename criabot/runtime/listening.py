"""Where the platform's webhooks come in, while the bot runs."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler

from criabot.engine.store import Store
from criabot.errors import ConfigurationError, StoreError
from criabot.runtime.intake import Intake
from criabot.server import PlainServer, Sender, Webhook, WebhookSettings, create_app
from criabot.settings import Settings

__all__ = ["Listener", "Readiness", "listening", "reception", "senders", "webhook_settings"]

READY_SECONDS = 1.0
BACKLOG = 2048
CLOSE_SECONDS = 2.0


class Readiness:
    """Whether the process should get traffic."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_stopping = False

    async def problems(self) -> Mapping[str, object]:
        """What is the matter, by name; empty when nothing is."""
        if self.is_stopping:
            return {"stopping": "running handlers are finishing"}
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._store.ping()
        except (StoreError, TimeoutError) as error:
            return {"redis": str(error) or "no answer within a second"}
        return {"redis": "above 80 % of maxmemory"} if self._store.intake.refuses else {}


class Listener:
    """The open port.

    Attributes:
        url: of it, without a path.
    """

    def __init__(self, plain: PlainServer, http: web.Server) -> None:
        self.url = ""
        self._plain = plain
        self._http = http
        self._is_severed = False

    async def open(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is taken, or the host is not this machine.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connected, host, port, backlog=BACKLOG)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Take no new connections; those that are open stay."""
        loop = asyncio.get_running_loop()
        for each in self._server.sockets:
            loop.remove_reader(each.fileno())  # uvloop has none there
        await asyncio.sleep(0)  # asyncio leaks a connection that it has accepted but not yet served when this closes
        self._server.close()

    def ports(self) -> list[socket.socket]:
        """The open port once more, for another event loop, which closes it."""
        return [socket.socket(fileno=os.dup(each.fileno())) for each in self._server.sockets]

    def keep_no_connections(self, seconds: float) -> None:
        """For so long close each connection after its next answer; from any thread."""
        self._plain.kept_from = time.monotonic() + seconds

    def sever(self) -> None:
        """Break off what comes in, now and later, as if the process were dead."""
        self._is_severed = True
        self._plain.sever()
        for connection in self._http.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def _connected(self) -> asyncio.BaseProtocol:
        return _Abort() if self._is_severed else self._plain()


class _Abort(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).abort()


def senders(settings: Settings) -> dict[str, Sender]:
    """The platform's webhook senders by the last part of their path."""
    named = {
        "agent-bot": ("CRIABOT_AGENT_BOT_SECRET", settings.agent_bot_secret),
        "account": ("CRIABOT_ACCOUNT_SECRET", settings.account_secret),
        "api-inbox": ("CRIABOT_API_INBOX_SECRET", settings.api_inbox_secret),
    }
    return {
        name: Sender(setting, [secret.get_secret_value() for secret in secrets])
        for name, (setting, secrets) in named.items()
    }


def webhook_settings(settings: Settings) -> WebhookSettings:
    """What the webhook checks."""
    return WebhookSettings(
        path_secret=settings.webhook_path_secret.get_secret_value(),
        senders=senders(settings),
        allow_unsigned=settings.allow_unsigned,
        tolerance=settings.signature_tolerance,
        max_body=settings.max_body,
    )


@asynccontextmanager
async def listening(
    settings: Settings, intake: Intake, ready: Readiness, *, clock: Callable[[], float] = time.time
) -> AsyncIterator[Listener]:
    """Take webhooks until the context is left.

    Raises:
        ConfigurationError: the port is taken, or the host is not this machine.
    """
    webhook = Webhook(webhook_settings(settings), intake.accept, clock, hurry=intake.hurry)
    async with reception(webhook, create_app(webhook, ready.problems)) as (plain, http):
        listener = Listener(plain, http)
        await _open(listener, settings)
        try:
            yield listener
        finally:
            await listener.close()


@asynccontextmanager
async def reception(webhook: Webhook, app: web.Application) -> AsyncIterator[tuple[PlainServer, web.Server]]:
    """Who answers connections: the short way and aiohttp's; both end with the context."""

    @web.middleware
    async def briefly(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            if not plain.keeps_connections:
                refusal.force_close()
            raise
        if not plain.keeps_connections:
            response.force_close()
        return response

    app.middlewares.append(briefly)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_SECONDS)
    await runner.setup()
    http = cast("web.Server", runner.server)
    plain = PlainServer(webhook, http)
    try:
        yield plain, http
    finally:
        await plain.close()
        await runner.cleanup()


async def _open(listener: Listener, settings: Settings) -> None:
    try:
        await listener.open(settings.host, settings.port)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"Cannot listen on {settings.host}:{settings.port} ({reason}): set CRIABOT_PORT to a free port, and "
            "CRIABOT_HOST to an address of this machine."
        ) from None
