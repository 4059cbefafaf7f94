"""Whoever gets the webhooks of a simulated platform, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from criabot.testing.platform import SimulatedPlatform

__all__ = ["Heard", "Receiver", "receiving"]

PATHS = {"agent-bot": "/bot", "account": "/account", "api-inbox": "/inbox"}


@dataclass
class Heard:
    """A webhook that arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def event(self) -> str:
        return str(self.body["event"])


@dataclass
class Receiver:
    """Answers with `status`; while it `hangs` it does not answer at all."""

    url: str = ""
    status: int = 200
    hangs: bool = False
    heard: list[Heard] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append(Heard(request.path, dict(request.headers), await request.json()))
        if self.hangs:
            await self.over.wait()
        if self.status == 302 and request.path != "/moved":
            return web.Response(status=302, headers={"Location": "/moved"})
        return web.Response(status=200 if self.status == 302 else self.status)

    def of(self, event: str, path: str = "") -> list[Heard]:
        """What arrived of an event, at one path or at all."""
        return [each for each in self.heard if each.event == event and path in ("", each.path)]


@asynccontextmanager
async def receiving(platform: SimulatedPlatform) -> AsyncIterator[Receiver]:
    """A receiver of all three senders."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}"
    for sender, path in PATHS.items():
        platform.connect(receiver.url + path, sender=sender)
    try:
        yield receiver
    finally:
        receiver.over.set()
        await runner.cleanup()
