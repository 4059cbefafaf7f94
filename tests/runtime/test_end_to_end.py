"""A real bot process, a real store, a platform: what goes in and what comes out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from criabot.runtime.intake import Parcel
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

HELLO = Path(__file__).parents[2] / "bots" / "hello.py"


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def test_the_contacts_token_never_reaches_the_store() -> None:
    body = b'{"contact_inbox":{"id":1,"pubsub_token":"rsPaxqaxWvSDHifoofejGEpY"},"event":"x"}'
    packed = Parcel("d-1", body).pack()
    assert b"rsPaxqaxWvSDHifoofejGEpY" not in packed
    unpacked = Parcel.unpack(packed)
    assert unpacked.delivery == "d-1"
    assert json.loads(unpacked.body) == {"contact_inbox": {"id": 1, "pubsub_token": None}, "event": "x"}


async def test_hello(valkey: ValkeyServer) -> None:
    async with FakePlatform() as platform, BotProcess(HELLO, platform, valkey.url) as bot:
        assert await platform.customer(7, "Olá") == 200
        await until(lambda: len(platform.conversation(7).said) == 1)
        assert platform.conversation(7).said == ["Olá, Ana! Como posso ajudar?"]
        await platform.customer(7, "quero um humano")
        await until(lambda: platform.conversation(7).status == "open")
        assert await bot.stop() == 0
    assert [call.action for call in platform.calls[1:]] == ["messages", "messages", "messages", "toggle_status"]
