"""The store itself is killed while messages flow, and comes back with its append-only file."""

from __future__ import annotations

import asyncio

from tests.bots import BotProcess
from tests.crash.outcome import COUNTING, asked, dead_letters, is_quiet, said, turns, until
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

CONVERSATIONS = range(1, 7)
ROUNDS = 12


async def test_a_killed_server_loses_and_doubles_nothing(store: ValkeyServer) -> None:
    async with (
        FakePlatform(user_token="a-user-token") as platform,
        BotProcess(COUNTING, platform, store.url, lease=1, user_token="a-user-token") as bot,
    ):
        async with asyncio.TaskGroup() as group:
            for number in CONVERSATIONS:
                group.create_task(customer_writes(platform, number))
            group.create_task(killed_three_times(store))
        await until(lambda: is_quiet(store))
        assert bot.process.returncode is None
        assert "Traceback" not in bot.log
    assert 500 in platform.refused
    assert set(platform.refused) == {500}
    assert dead_letters(store) == []
    texts = [str(number) for number in range(ROUNDS)]
    for number in CONVERSATIONS:
        assert turns(store, number) == [(message, False) for message in asked(platform, number)]
        assert platform.conversation(number).said == said(*texts)


async def customer_writes(platform: FakePlatform, number: int) -> None:
    """One message after the other; the platform repeats a webhook until it is taken."""
    for text in range(ROUNDS):
        event = platform.message(number, str(text))
        while await platform.deliver(event, delivery=f"delivery-{event['id']}") != 200:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)


async def killed_three_times(store: ValkeyServer) -> None:
    for _ in range(3):
        await asyncio.sleep(0.5)
        store.kill()
        await asyncio.sleep(0.3)
        await asyncio.to_thread(store.start)
