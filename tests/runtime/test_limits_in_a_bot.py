"""A running bot whose platform has had enough: replies wait, but no conversation waits with them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from criabot.testing.platform import ApiFault
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.replay.player import ANSWERING
from tests.servers import ValkeyServer

REFUSED, WAITING = 8, 7


async def until(condition: Callable[[], object], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


def lines(bot: BotProcess, conversation: int) -> list[dict[str, Any]]:
    """What the bot's log says of a conversation."""
    logged = [json.loads(line) for line in bot.log.splitlines()]
    return [line for line in logged if line.get("conversation") == conversation]


async def test_a_takeover_is_heard_while_the_platforms_limits_hold_replies_back() -> None:
    with ValkeyServer() as store:
        async with FakePlatform() as platform, BotProcess(ANSWERING, platform, store.url) as bot:
            platform.fault = lambda _method, path, _body: (
                ApiFault(status=429) if path.endswith(f"/{REFUSED}/messages") else None
            )
            await until(lambda: time.time() % 60 < 45, 20)  # replies are held back until the minute ends
            await platform.customer(REFUSED, "oi")
            await until(lambda: any(call.status == 429 for call in platform.calls), 10)
            await platform.customer(WAITING, "oi")
            await until(lambda: any("not sent yet" in line["text"] for line in lines(bot, WAITING)), 5)
            taken = await platform.agent(WAITING, "eu assumo")
            await until(lambda: any("noted" in line["text"] for line in lines(bot, WAITING)), 5)
            tried = [call for call in platform.calls if call.path.endswith(f"/{WAITING}/messages")]
    assert taken == 200
    assert tried == []
