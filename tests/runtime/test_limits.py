"""A bot stays below the platform's limits, with all its processes together (contract 5.10)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

COUNTER = Path(__file__).parents[1] / "anchors" / "bots" / "counter.py"
CONVERSATIONS = 36


async def posts_to(platform: FakePlatform, bots: list[BotProcess]) -> None:
    """A message in each of many conversations, shared out to the bots."""
    tries = [post(bots[number % len(bots)], platform.message(number, "0")) for number in range(1, CONVERSATIONS + 1)]
    assert await asyncio.gather(*tries) == [200] * CONVERSATIONS


def keys(valkey: ValkeyServer) -> list[bytes]:
    with valkey.client() as client:
        found: list[bytes] = client.keys("cb:limits:*")
        return found


async def test_two_processes_share_a_limit() -> None:
    with ValkeyServer() as valkey:
        async with (
            FakePlatform() as platform,
            BotProcess(COUNTER, platform, valkey.url, calls_per_minute=300) as one,
            BotProcess(COUNTER, platform, valkey.url, calls_per_minute=300) as other,
        ):
            await posts_to(platform, [one, other])
            await asyncio.sleep(2)
            assert 50 <= len(platform.calls) <= 54 + 3 * 3.6 + 4, "a fifth at once, the rest bit by bit"
            await until(lambda: len(platform.calls) >= 2 * CONVERSATIONS, "every message is answered")
            assert keys(valkey)


async def test_without_a_limit_nothing_waits_and_nothing_is_counted() -> None:
    with ValkeyServer() as valkey:
        async with (
            FakePlatform() as platform,
            BotProcess(COUNTER, platform, valkey.url, calls_per_minute=0) as bot,
        ):
            await posts_to(platform, [bot])
            await until(lambda: len(platform.calls) >= 2 * CONVERSATIONS, "every message is answered")
            assert keys(valkey) == []
