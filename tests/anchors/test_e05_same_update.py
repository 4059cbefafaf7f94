"""E5: the same update is delivered twice.

In aiogram the handler ran twice. The platform does deliver events again (contract 1.8): with the same delivery id
after an answer that it did not like, with a new one after a fault of its own, and once for each sender that points at
the bot. criabot tells events apart by what they mean (contract 2.13), so the handler runs once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, TypedDict

import pytest

from tests.anchors.answers import answered, turns
from tests.anchors.waiting import until
from tests.anchors.webhooks import SECRETS, post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

COUNTER = Path(__file__).parent / "bots" / "counter.py"
WAYS = ("with the same delivery id", "with a new delivery id", "by two senders")


class As(TypedDict):
    """How an event is delivered."""

    sender: str
    delivery: str


def copies(event: dict[str, Any], way: str) -> list[tuple[dict[str, Any], As]]:
    """The two deliveries of one event."""
    first = As(sender="agent-bot", delivery=f"{event['id']}-1")
    again = As(sender="agent-bot", delivery=f"{event['id']}-2")
    match way:
        case "with the same delivery id":
            return [(event, first), (event, first)]
        case "with a new delivery id":
            return [(event, first), (event, again)]
        case _:
            return [(event, first), (account_copy(event), As(sender="account", delivery=again["delivery"]))]


def account_copy(event: dict[str, Any]) -> dict[str, Any]:
    """The account webhook's copy of an event: built later, so its conversation is a newer snapshot (contract 1.7)."""
    conversation = event["conversation"]
    return event | {"conversation": conversation | {"updated_at": conversation["updated_at"] + 0.25, "labels": ["vip"]}}


@pytest.mark.parametrize("way", WAYS)
async def test_the_handler_runs_once(platform: FakePlatform, store: ValkeyServer, way: str) -> None:
    async with BotProcess(COUNTER, platform, store.url, account_secret=SECRETS["account"]) as bot:
        first, second, last = (platform.message(7, "0.05") for _ in range(3))
        assert await asyncio.gather(*(post(bot, event, **each) for event, each in copies(first, way))) == [200, 200]
        for event, each in copies(second, way):
            assert await post(bot, event, **each) == 200
            await until(lambda: second["id"] in answered(platform), "the second message is answered")
        assert await post(bot, last) == 200
        await until(lambda: last["id"] in answered(platform), "the message after them is answered")
        assert await bot.stop() == 0
    assert platform.conversation(7).said == ["turn 1", "turn 2", "turn 3"]
    assert answered(platform) == [first["id"], second["id"], last["id"]]
    assert turns(platform) == 3
