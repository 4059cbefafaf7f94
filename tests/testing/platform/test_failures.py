"""How long the platform waits for a bot, and when it tries again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from criabot.testing.platform import SimulatedPlatform
from criabot.testing.verify.pace import Clock
from tests.testing.platform.receiver import Receiver, receiving


@dataclass
class Watched:
    """A conversation whose bot's answers are watched, on a clock that stands still meanwhile."""

    platform: SimulatedPlatform
    clock: Clock
    receiver: Receiver

    @property
    def status(self) -> str:
        return self.platform.conversation(1).status

    @property
    def attempts(self) -> list[str]:
        """The delivery ids under which the message arrived."""
        return [each.headers["X-Chatwoot-Delivery"] for each in self.receiver.of("message_created", "/bot")]

    async def until(self, seconds: float) -> None:
        """Let everything happen that is due so many seconds after the message."""
        moment = self.clock.began + seconds
        await self.platform.settle()
        while (due := self.platform.jobs.next_due()) is not None and due <= moment:
            self.clock.now = due
            await self.platform.settle()
        self.clock.now = moment


@asynccontextmanager
async def message(*, status: int = 200, hangs: bool = False) -> AsyncIterator[Watched]:
    clock = Clock(time.time())
    async with SimulatedPlatform(clock=clock) as platform, receiving(platform) as receiver:
        receiver.status, receiver.hangs = status, hangs
        await platform.newcomer("Ana").says("oi")
        yield Watched(platform, clock, receiver)


async def test_a_bot_that_hangs_is_given_five_seconds() -> None:
    async with message(hangs=True) as watched:
        await watched.until(4.9)
        assert watched.status == "pending"
        await watched.until(5.1)
        assert watched.status == "open"


async def test_a_bot_that_stumbles_is_asked_three_times_three_seconds_apart() -> None:
    async with message(status=500) as watched:
        await watched.until(2.9)
        assert len(watched.attempts) == 1
        await watched.until(5.9)
        assert (len(watched.attempts), watched.status) == (2, "pending")
        await watched.until(60)
        assert (len(watched.attempts), watched.status) == (3, "open")
        assert len(set(watched.attempts)) == 1
