"""A real bot process, a real store, a platform: what goes in and what comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from criabot.testing.platform import FakePlatform
from tests.bots import BotProcess
from tests.servers import ValkeyServer

HELLO = Path(__file__).parents[2] / "bots" / "hello.py"


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def test_hello(valkey: ValkeyServer) -> None:
    async with FakePlatform() as platform, BotProcess(HELLO, platform, valkey.url) as bot:
        assert await platform.customer(7, "Olá") == 200
        await until(lambda: len(platform.conversation(7).said) == 1)
        assert platform.conversation(7).said == ["Olá, Ana! Como posso ajudar?"]
        await platform.customer(7, "quero um humano")
        await until(lambda: platform.conversation(7).status == "open")
        assert await bot.stop() == 0
        print(bot.log)
    assert [call.action for call in platform.calls[1:]] == ["messages", "messages", "messages", "toggle_status"]
