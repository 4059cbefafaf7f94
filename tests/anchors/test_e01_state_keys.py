"""E1: twenty messages of one conversation at the same time, each changing another key of its state.

aiogram's Redis storage reads the state, lets the handler run and writes the state back: concurrent handlers overwrite
each other, and 1 to 2 of 20 changes survived. criabot runs one turn of a conversation at a time, on any number of
processes, and keeps 20 of 20.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.anchors.answers import turns
from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

KEYS = Path(__file__).parent / "bots" / "keys.py"
WORDS = [f"key{number:02d}" for number in range(20)]


async def deliver_at_once(platform: FakePlatform, bots: list[BotProcess]) -> list[int]:
    """Every word as a message, all at the same time, spread over the processes."""
    events = [platform.message(7, word) for word in WORDS]
    return await asyncio.gather(*(post(bots[n % len(bots)], event) for n, event in enumerate(events)))


async def test_twenty_of_twenty_changes_survive_in_one_process(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(KEYS, platform, store.url) as bot:
        assert await deliver_at_once(platform, [bot]) == [200] * 20
        assert await platform.customer(7, "show") == 200
        await until(lambda: bool(platform.conversation(7).said), "the bot shows its state")
    assert platform.conversation(7).said == [" ".join(WORDS)]
    assert turns(platform) == 20


async def test_twenty_of_twenty_changes_survive_over_two_processes(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(KEYS, platform, store.url) as one, BotProcess(KEYS, platform, store.url) as two:
        assert await deliver_at_once(platform, [one, two]) == [200] * 20
        assert await post(one, platform.message(7, "show")) == 200
        await until(lambda: bool(platform.conversation(7).said), "the bot shows its state")
    assert platform.conversation(7).said == [" ".join(WORDS)]
    assert turns(platform) == 20
