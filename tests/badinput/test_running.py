"""What goes wrong while a bot runs: the platform hears so at once, nothing is lost, and it ends by itself."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession

from tests.badinput.test_webhooks import SECRET, TEXT, TOKEN, assert_discreet
from tests.bots import BotProcess
from tests.crash.outcome import is_quiet, until
from tests.platforms import FakePlatform
from tests.replay.player import ANSWERING
from tests.servers import ValkeyServer

A_SECOND = 1.0
SLOW_MACHINE = 0.5


class Outage:
    """A running bot whose store can be taken away."""

    def __init__(self, platform: FakePlatform, bot: BotProcess, store: ValkeyServer, session: ClientSession) -> None:
        self.platform = platform
        self.bot = bot
        self.store = store
        self._session = session

    async def refuses(self) -> dict[str, Any]:
        """Deliver a message: it is refused with 500 within a second; the message, to be delivered again."""
        event = self.platform.message(7, TEXT)
        before = time.monotonic()
        status = await self.platform.deliver(event)
        assert status == 500
        assert time.monotonic() - before < A_SECOND + SLOW_MACHINE
        return event

    async def readiness(self) -> tuple[int, str]:
        """Status and words of /readyz, within a second or so."""
        async with asyncio.timeout(A_SECOND + SLOW_MACHINE), self._session.get(f"{self.bot.url}/readyz") as response:
            return response.status, await response.text()

    async def until_ready_is(self, status: int) -> str:
        async with asyncio.timeout(30):
            while (found := await self.readiness())[0] != status:
                await asyncio.sleep(0.05)
        return found[1]

    async def is_alive(self) -> bool:
        """Whether /healthz says so: no orchestrator shall restart a bot because its store is away."""
        async with self._session.get(f"{self.bot.url}/healthz") as response:
            return response.status == 200

    async def recovers(self, *events: dict[str, Any]) -> None:
        """All is well again: what was refused is delivered again, and answered once."""
        await self.until_ready_is(200)
        for event in events:
            assert await self.platform.deliver(event) == 200
        assert await self.platform.customer(7, TEXT) == 200
        await until(lambda: len(self.platform.conversation(7).said) > len(events) and is_quiet(self.store))
        asked = [message.id for message in self.platform.conversation(7).messages if message.message_type == 0]
        assert self.platform.conversation(7).said == [f"answer to {number}" for number in asked]


@asynccontextmanager
async def running() -> AsyncIterator[Outage]:
    with ValkeyServer() as store:
        async with (
            FakePlatform(secret=SECRET, token=TOKEN) as platform,
            BotProcess(ANSWERING, platform, store.url, lease=1) as bot,
            ClientSession() as session,
        ):
            yield Outage(platform, bot, store, session)
            assert_discreet(bot.log)


async def test_redis_down() -> None:
    async with running() as outage:
        outage.store.kill()
        event = await outage.refuses()
        assert await outage.readiness() == (503, READY_NOT)
        assert await outage.is_alive()
        await asyncio.to_thread(outage.store.start)
        await outage.recovers(event)
        assert "Redis does not answer" in outage.bot.log


async def test_redis_hung() -> None:
    async with running() as outage:
        outage.store.process.send_signal(signal.SIGSTOP)
        events = [await outage.refuses(), await outage.refuses()]
        assert (await outage.readiness())[0] == 503
        assert await outage.is_alive()
        outage.store.process.send_signal(signal.SIGCONT)
        await outage.recovers(*events)


async def test_redis_full() -> None:
    async with running() as outage:
        with outage.store.client() as client:
            client.config_set("maxmemory", 1)
            events = [await outage.refuses()]
            assert "maxmemory" in await outage.until_ready_is(503)
            events.append(await outage.refuses())
            assert await outage.is_alive()
            client.config_set("maxmemory", 0)
        await outage.recovers(*events)
        assert "raise maxmemory" in outage.bot.log


async def test_an_outage_is_told_once_and_not_four_times_a_second() -> None:
    async with running() as outage:
        outage.store.kill()
        told = len(outage.bot.log)
        await until(lambda: "the store cannot be watched" in outage.bot.log[told:])  # up to twenty looks later
        await asyncio.to_thread(outage.store.start)
        await until(lambda: "the store answers again" in outage.bot.log)
        assert outage.bot.log[told:].count("cannot look for due conversations") == 1
        assert outage.bot.log[told:].count("the store cannot be watched") == 1


async def test_a_wrong_token_is_refused_at_the_start_and_a_revoked_one_loses_nothing() -> None:
    with ValkeyServer() as store:
        async with FakePlatform(secret=SECRET, token=TOKEN) as platform:
            bot = BotProcess(ANSWERING, platform, store.url)
            async with bot:
                platform.token = "a-fresh-token"
                assert await platform.customer(7, TEXT) == 200
                await until(lambda: "not sent yet" in bot.log)
                assert await bot.stop() == 0
                await bot.start(ready=False)
                assert await bot.process.wait() == 2
                log = bot.log
            async with BotProcess(ANSWERING, platform, store.url, bot_token=platform.token):
                await until(lambda: is_quiet(store), seconds=90)
    assert platform.conversation(7).said == ["answer to 1001"]
    assert "POST /api/v1/accounts/1/conversations/7/messages: answered 401" in log
    refusal = log.rpartition("criabot cannot start. ")[2]
    assert "refuses CRIABOT_BOT_TOKEN for account 1: copy it again from Settings" in refusal
    assert "Messages that wait are kept and answered once it is right" in refusal
    assert_discreet(log)


READY_NOT = json.dumps(
    {"ready": False, "redis": "Redis does not answer (ConnectionError): is it up, and is CRIABOT_REDIS_URL right?"}
)
