"""The platform waits five seconds for an answer to a webhook; criabot takes milliseconds, whatever the handlers do."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median, quantiles

from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

BOTS = Path(__file__).parents[1] / "anchors" / "bots"
ROUNDS = 5
DELIVERIES = 150
PER_SECOND = 100
LIMIT_MS = 50


async def milliseconds(bot: BotProcess, event: dict[str, object]) -> float:
    """How long the bot takes to acknowledge an event, connection included."""
    began = time.perf_counter()
    assert await post(bot, event) == 200
    return (time.perf_counter() - began) * 1000


async def acknowledged(platform: FakePlatform, bot: BotProcess, first: int) -> list[float]:
    """Deliver a message to each of many conversations at an even rate; the milliseconds of each."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(DELIVERIES):
            await asyncio.sleep(began + number / PER_SECOND - loop.time())
            tasks.append(group.create_task(milliseconds(bot, platform.message(first + number, "oi"))))
    return [task.result() for task in tasks]


async def test_acknowledged_within_50_ms_while_every_handler_takes_a_second(valkey: ValkeyServer) -> None:
    platform = FakePlatform(echo=False)
    async with platform, BotProcess(BOTS / "patient.py", platform, valkey.url, log_level="warning") as bot:
        rounds = [await one_round(platform, bot, DELIVERIES * (1 + number)) for number in range(ROUNDS)]
    assert sum(len(conversation.said) for conversation in platform.conversations.values()) == DELIVERIES * ROUNDS
    assert median(rounds) < LIMIT_MS, rounds


async def one_round(platform: FakePlatform, bot: BotProcess, first: int) -> float:
    """The slowest hundredth, in milliseconds; returns when every handler is done."""
    cuts = quantiles(await acknowledged(platform, bot, first), n=100)
    print(f"acknowledged in {cuts[49]:.1f} ms (p50), {cuts[98]:.1f} ms (p99)")
    conversations = platform.conversations.values()
    assert not all(conversation.said for conversation in conversations), "the handlers run meanwhile"
    await until(lambda: all(conversation.said for conversation in conversations), "every handler ends")
    return cuts[98]


async def test_a_handler_that_blocks_is_named(valkey: ValkeyServer) -> None:
    async with FakePlatform() as platform, BotProcess(BOTS / "blocking.py", platform, valkey.url) as bot:
        assert await platform.customer(7, "oi") == 200
        await until(lambda: platform.conversation(7).said == ["done"], "the handler ends")
        warning = f"handler hog ({BOTS / 'blocking.py'}:10), at line 12, blocks the event loop for more than 0.2 s"
        await until(lambda: warning in bot.log, "the log names the handler and the line")
