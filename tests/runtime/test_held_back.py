"""A reply that the platform's limits hold back does not hold its conversation: who takes over is heard at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from criabot.conversation import Rules
from criabot.conversation.effects import Say
from criabot.engine.keys import Keys
from criabot.engine.lanes import Commit, Lanes, Limits, Reply, Run
from criabot.engine.pipeline import Pipeline, connect
from criabot.engine.worker import Delivered, GivenUp, Later, Outcome, Worker
from criabot.platform import ApplicationClient, Limiter
from criabot.runtime.delivery import Delivery, pack
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

LANE, CONVERSATION = "c7", 7


class Turns:
    """The bot speaks, unless a human does."""

    def __init__(self, delivery: Delivery) -> None:
        self.ran: list[tuple[str, float]] = []
        self._delivery = delivery

    async def run(self, lane: str, run: Run, state: bytes) -> Outcome:
        self.ran.append((run.id, time.monotonic()))
        if run.id == "takeover":
            return Commit(silence=True)
        return Commit(replies=pack([Say(text="the bot speaks")], run.id, {}))

    async def deliver(self, lane: str, reply: Reply, *, tries: int, age: int | None) -> Delivered | Later | GivenUp:
        return await self._delivery.deliver(lane, reply, tries=tries, age=age)


@asynccontextmanager
async def at_work(platform: FakePlatform, limiter: Limiter) -> AsyncIterator[tuple[Lanes, Worker, Turns]]:
    async def learned(_bot: int) -> None:
        pass

    with ValkeyServer() as server:
        pipeline = Pipeline(connect(server.url, timeout=5, retries=0))
        lanes = Lanes(pipeline, Keys("held", 4), owner="a", limits=Limits(hold=0))
        client = ApplicationClient(platform.url, 1, bot_token=platform.token, retries=0, limiter=limiter, patience=0.1)
        async with client:
            turns = Turns(Delivery(client, Rules(bot_name="held"), learned=learned))
            worker = Worker(lanes, turns)
            work = asyncio.create_task(worker.run())
            try:
                yield lanes, worker, turns
            finally:
                await worker.drain(1)
                work.cancel()
                await pipeline.close()


async def test_a_takeover_goes_before_a_reply_that_is_held_back() -> None:
    limiter = Limiter()
    async with FakePlatform() as platform:
        platform.message(CONVERSATION, "oi")
        async with at_work(platform, limiter) as (lanes, worker, turns):
            await limiter.refused([("all", "")], 2.0)  # somebody else was answered 429
            await lanes.ingest(LANE, "000000000001:m", 1000, b"", urgent=False, hold=False)
            worker.ready(LANE)
            async with asyncio.timeout(5):
                while not turns.ran:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            told = time.monotonic()
            await lanes.ingest(LANE, "takeover", 2000, b"", urgent=True, hold=False)
            worker.ready(LANE)
            async with asyncio.timeout(5):
                while len(turns.ran) < 2:
                    await asyncio.sleep(0.01)
            assert turns.ran[1][0] == "takeover"
            assert turns.ran[1][1] - told < 1
            await asyncio.sleep(2.5)
        assert platform.conversation(CONVERSATION).said == []


async def test_a_reply_that_is_held_back_is_sent_once_it_may_be() -> None:
    limiter = Limiter()
    async with FakePlatform() as platform:
        platform.message(CONVERSATION, "oi")
        async with at_work(platform, limiter) as (lanes, worker, _turns):
            await limiter.refused([("all", "")], 0.5)
            await lanes.ingest(LANE, "000000000001:m", 1000, b"", urgent=False, hold=False)
            worker.ready(LANE)
            async with asyncio.timeout(15):
                while not platform.conversation(CONVERSATION).said:
                    await asyncio.sleep(0.05)
        assert platform.conversation(CONVERSATION).said == ["the bot speaks"]
