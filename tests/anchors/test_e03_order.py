"""E3: fifteen messages of a conversation, 3 ms apart, with a handler of 10 ms; several processes on one Redis.

aiogram's Redis isolation polls a lock: whoever looks first after its release goes on, and the order of arrival was
kept in 0 of 5 runs. A lock is not a queue. criabot answers 15 of 15 in order, five times out of five, although every
message arrives at another process than the one before it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

PLACES = Path(__file__).parent / "bots" / "places.py"
IN_ORDER = [f"message {number} at place {number}" for number in range(15)]


async def deliver_quickly(platform: FakePlatform, number: int, bots: list[BotProcess]) -> list[int]:
    """Fifteen messages, 3 ms apart, each to the next process; the first has arrived before the second is sent.

    It is answered at once, without waiting for an earlier one: on a busy machine the second, 3 ms later at another
    process, could really arrive before it.
    """
    first = await post(bots[0], platform.message(number, "message 0"))
    async with asyncio.TaskGroup() as group:
        tasks = []
        for place in range(1, 15):
            event = platform.message(number, f"message {place}")
            tasks.append(group.create_task(post(bots[place % len(bots)], event)))
            await asyncio.sleep(0.003)  # the experiment's own rhythm
    return [first, *(task.result() for task in tasks)]


async def test_fifteen_of_fifteen_in_order_over_three_processes(platform: FakePlatform, store: ValkeyServer) -> None:
    one, two, three = (BotProcess(PLACES, platform, store.url, hold=None) for _ in range(3))
    async with one, two, three:
        for number in range(1, 6):
            said = platform.conversation(number).messages
            assert await deliver_quickly(platform, number, [one, two, three]) == [200] * 15
            await until(lambda said=said: len(said) >= 30, "all fifteen messages are answered")  # type: ignore[misc]
        for bot in (one, two, three):
            assert await bot.stop() == 0
    assert [platform.conversation(number).said for number in range(1, 6)] == [IN_ORDER] * 5
