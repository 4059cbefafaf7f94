"""A running bot and the platform that it talks to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from criabot import Bot
from criabot.testing.bot import RunningBot
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer


@asynccontextmanager
async def living(bot: Bot, platform: FakePlatform, valkey: ValkeyServer, **settings: Any) -> AsyncIterator[RunningBot]:
    """A running bot that gets the platform's webhooks."""
    settings = {"account_id": platform.account, "agent_bot_secret": platform.secret, **settings}
    settings |= {"bot_token": platform.token, "user_token": platform.user_token}
    async with RunningBot(bot, base_url=platform.url, redis_url=valkey.url, **settings) as running:
        platform.bot_url = running.webhook_url()
        yield running


async def settle(platform: FakePlatform, bot: RunningBot) -> None:
    """Until nothing is left to do, turn the clock to whatever is due next."""
    while True:
        await quiet(platform, bot)
        due = await bot.next_due()
        if due is None:
            return
        await bot.advance(max(0.0, due - bot.clock()))


async def quiet(platform: FakePlatform, bot: RunningBot) -> None:
    """Until neither the platform nor the bot does anything now."""
    before = None
    while before != (before := (len(platform.simulated.deliveries.log), len(platform.calls))):
        await platform.simulated.settle()
        await bot.quiet()


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)
