"""E9: one event is delivered, then delivered again by two retries.

In Slack's Bolt the listener ran three times. The platform tries an agent bot's delivery up to three times after 429
and 500, with the same delivery id and a new timestamp and signature (contract 1.5 and 1.10), also when the first try
did reach the store and only its answer was lost. In criabot the handler runs once: neither thrice nor never.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

from tests.anchors.answers import answered, turns
from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

COUNTER = Path(__file__).parent / "bots" / "counter.py"
AGES = (10, 5, 0)  # seconds: every retry is signed anew


async def handled_once(platform: FakePlatform, bot: BotProcess, event: dict[str, Any]) -> None:
    """The event's turn is the first, and the next message's turn is the second."""
    await until(lambda: event["id"] in answered(platform), "the event is answered")
    last = platform.message(7, "0")
    assert await post(bot, last) == 200
    await until(lambda: last["id"] in answered(platform), "the next message is answered")
    assert await bot.stop() == 0
    assert platform.conversation(7).said == ["turn 1", "turn 2"]
    assert answered(platform) == [event["id"], last["id"]]
    assert turns(platform) == 2


async def test_retries_one_after_the_other(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(COUNTER, platform, store.url) as bot:
        event = platform.message(7, "0")
        for age in AGES:
            assert await post(bot, event, delivery="d-1", age=age) == 200
            await until(lambda: bool(platform.conversation(7).said), "the event is answered")
        await handled_once(platform, bot, event)


async def test_retries_at_the_same_time(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(COUNTER, platform, store.url) as bot, BotProcess(COUNTER, platform, store.url) as other:
        event = platform.message(7, "0.05")
        tries = [post(each, event, delivery="d-1", age=age) for age in AGES for each in (bot, other)]
        assert await asyncio.gather(*tries) == [200] * 6
        await handled_once(platform, bot, event)


async def test_retries_after_the_store_was_down(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(COUNTER, platform, store.url) as bot:
        event = platform.message(7, "0")
        store.kill()
        assert await post(bot, event, delivery="d-1", age=10) == 500
        store.start()
        await bot.until_ready()
        assert await post(bot, event, delivery="d-1", age=5) == 200
        assert await post(bot, event, delivery="d-1") == 200
        await handled_once(platform, bot, event)


async def test_retries_after_the_store_was_slow_and_stored_it_all_the_same(
    platform: FakePlatform, store: ValkeyServer
) -> None:
    platform.echo = False  # nothing else is under way when the store freezes
    async with BotProcess(COUNTER, platform, store.url) as bot:
        assert await post(bot, platform.message(8, "0")) == 200  # from now on the store knows the bot and its scripts
        await until(lambda: bool(answered(platform, 8)), "another conversation is answered")
        event = platform.message(7, "0")
        store.process.send_signal(signal.SIGSTOP)
        assert await post(bot, event, delivery="d-1", age=10) == 500
        store.process.send_signal(signal.SIGCONT)
        with store.client() as client:
            await until(lambda: bool(client.keys("*:c7:dd")), "the store has the event all the same")
        await bot.until_ready()
        assert await post(bot, event, delivery="d-1", age=5) == 200
        assert await post(bot, event, delivery="d-1") == 200
        await handled_once(platform, bot, event)
