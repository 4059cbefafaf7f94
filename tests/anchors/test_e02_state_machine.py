"""E2: three quick messages go through a state machine a → b → c, with default settings.

In aiogram with its defaults all three handlers start before the first is done: all three messages were handled in
state a. criabot handles them in a, b and c, because a conversation's turns do not overlap, and also when the second
and the third message arrive the wrong way round, because quick messages wait a moment for stragglers.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.anchors.answers import answered
from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

STEPS = Path(__file__).parent / "bots" / "steps.py"
THREE_STEPS = ["handled in a", "handled in b", "handled in c"]


async def a_moment_later(event: dict[str, Any]) -> dict[str, Any]:
    """The event, when the platform's clock, which counts milliseconds, has gone on."""
    await asyncio.sleep(0.003)
    return event


async def test_three_quick_messages_take_three_steps(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(STEPS, platform, store.url, hold=None) as bot:
        for _ in range(3):
            assert await post(bot, platform.message(7, "0.1")) == 200
        await until(lambda: len(platform.conversation(7).said) >= 3, "all three messages are answered")
        assert await bot.stop() == 0
    assert platform.conversation(7).said == THREE_STEPS


async def test_a_straggler_takes_its_own_step(platform: FakePlatform, store: ValkeyServer) -> None:
    first, second, third = [await a_moment_later(platform.message(7, "0")) for _ in range(3)]
    async with BotProcess(STEPS, platform, store.url, hold=None) as bot:
        assert await post(bot, first) == 200
        assert await post(bot, third) == 200
        await asyncio.sleep(0.08)  # the second message's delay is the experiment
        assert await post(bot, second) == 200
        await until(lambda: len(platform.conversation(7).said) >= 3, "all three messages are answered")
        assert await bot.stop() == 0
    assert platform.conversation(7).said == THREE_STEPS
    assert answered(platform) == [first["id"], second["id"], third["id"]]
