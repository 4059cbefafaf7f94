"""Everything at once: processes that die at any step and any moment, a platform that loses answers and reports errors
for what it stored, deliveries that come twice and in any order. Nothing is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from criabot.testing.platform import ApiFault
from tests.bots import BotProcess
from tests.crash.outcome import COUNTING, asked, dead_letters, doomed_at, is_quiet, said, turns, until
from tests.platforms import INCOMING, FakePlatform
from tests.servers import ValkeyServer

SECONDS = 8.0
STEPS = ("claimed", "handled", "committed", "posted", "sent")
SETTINGS: dict[str, Any] = {"lease": 1, "hold": 0.25, "max_attempts": 50, "user_token": "a-user-token"}
CONVERSATIONS = range(1, 13)
SEED = int(os.environ.get("CHAOS_SEED", random.SystemRandom().randrange(10**6)))


class Trouble:
    """What goes wrong on the platform: 2 % of the answers to messages are lost, 2 % are errors after saving."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.lost = self.errors = 0

    def __call__(self, method: str, path: str, _body: dict[str, Any]) -> ApiFault | None:
        dice = self._random.random()
        if method != "POST" or not path.endswith("/messages") or dice > 0.04:
            return None
        self.lost += dice <= 0.02
        self.errors += dice > 0.02
        return ApiFault(lose=True) if dice <= 0.02 else ApiFault(status_after=500)


class Slot:
    """A place where a process runs that is started again whenever it died; in the end it stays alive."""

    def __init__(self, platform: FakePlatform, store: ValkeyServer, seed: int) -> None:
        self._random = random.Random(seed)
        self._platform = platform
        self._store = store
        self.deaths = 0
        self.url = ""

    async def run(self, end: float) -> None:
        """Let processes live and die until `end`; one that is not dead by then is killed."""
        while time.monotonic() < end:
            process = self._process(doomed_at(self._random.choice(STEPS), self._random.randint(1, 25)))
            async with AsyncExitStack() as stack:
                stack.push_async_exit(process)
                await process.start(ready=False)  # it may die before it is
                self.url = process.webhook
                await self._until_death(process, end)
            self.deaths += 1

    async def _until_death(self, process: BotProcess, end: float) -> None:
        patience = min(self._random.uniform(0.3, 4), max(end - time.monotonic(), 0.0))
        try:
            async with asyncio.timeout(patience):
                assert await process.process.wait() == -signal.SIGKILL, process.log
        except TimeoutError:
            await process.kill()

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """The process that survives."""
        async with self._process(("-m", "criabot", "run")) as process:
            self.url = process.webhook
            yield

    def _process(self, command: tuple[str, ...]) -> BotProcess:
        return BotProcess(COUNTING, self._platform, self._store.url, command=command, **SETTINGS)


class Deliveries:
    """The platform's job queue: each webhook once or twice, with a delay, again after 500 and where nobody listens."""

    def __init__(self, platform: FakePlatform, slots: list[Slot], seed: int) -> None:
        self._random = random.Random(seed)
        self._platform = platform
        self._slots = slots
        self._jobs: list[asyncio.Task[None]] = []
        self.again = 0

    async def customers_write(self, end: float) -> None:
        """Every customer writes now and then."""
        while time.monotonic() < end:
            for number in CONVERSATIONS:
                text = str(1 + len(self._platform.conversation(number).messages))
                self._send(self._platform.message(number, text))
            await asyncio.sleep(self._random.uniform(0.1, 0.5))

    def _send(self, event: dict[str, Any]) -> None:
        for _ in range(self._random.choice((1, 1, 2))):
            self._jobs.append(asyncio.create_task(self._deliver(event, self._random.uniform(0, 0.2))))

    async def _deliver(self, event: dict[str, Any], delay: float) -> None:
        await asyncio.sleep(delay)
        delivery = f"delivery-{event['id']}"
        while await self._once(event, delivery) != 200:
            self.again += 1
            await asyncio.sleep(self._random.uniform(0.1, 0.5))

    async def _once(self, event: dict[str, Any], delivery: str) -> int:
        self._platform.bot_url = self._random.choice(self._slots).url
        return await self._platform.deliver(event, delivery=delivery)

    async def all_taken(self) -> None:
        """Wait until each was answered with 200."""
        await asyncio.gather(*self._jobs)


async def test_chaos(store: ValkeyServer) -> None:
    print(f"CHAOS_SEED={SEED}")
    trouble = Trouble(SEED)
    async with FakePlatform(fault=trouble, user_token="a-user-token") as platform, AsyncExitStack() as stack:
        slots = [Slot(platform, store, SEED + n) for n in (1, 2)]
        deliveries = Deliveries(platform, slots, SEED)
        end = time.monotonic() + SECONDS
        async with asyncio.TaskGroup() as group:
            group.create_task(deliveries.customers_write(end))
            for slot in slots:
                group.create_task(slot.run(end))
        for slot in slots:
            await stack.enter_async_context(slot.alive())
        await deliveries.all_taken()
        await until(lambda: is_quiet(store))
    deaths = sum(slot.deaths for slot in slots)
    print(f"{deaths} deaths, {deliveries.again} webhooks again, {trouble.lost} lost answers, {trouble.errors} errors")
    assert deaths >= 3
    assert dead_letters(store) == []
    for number in CONVERSATIONS:
        everything_was_answered_once_and_in_order(platform, store, number)


def everything_was_answered_once_and_in_order(platform: FakePlatform, store: ValkeyServer, number: int) -> None:
    committed = turns(store, number)
    assert sorted(message for message, _ in committed) == asked(platform, number)
    newest = 0
    for message, late in committed:
        assert late == (message < newest), f"conversation {number}: {committed}"
        newest = max(newest, message)
    text_of = {m.id: m.content or "" for m in platform.conversation(number).messages if m.message_type == INCOMING}
    assert platform.conversation(number).said == said(*(text_of[message] for message, _ in committed))
