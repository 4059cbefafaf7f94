"""kill -9 in a burst: what was acknowledged and lies in the spool is answered by another process, once, in order."""

from __future__ import annotations

import asyncio
import itertools
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.bots import BotProcess
from tests.burst import Line, all_accepted, burst, chat, frozen, message_in, spooled
from tests.crash.outcome import COUNTING, asked, dead_letters, is_quiet, said, turns, until
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

CUSTOMERS = range(1, 201)
TEXTS = ("a", "b")
SETTINGS: dict[str, Any] = {"lease": 1, "calls_per_minute": 0, "user_token": "a-user-token"}


def sorting(moment: str, number: int = 1) -> tuple[str, ...]:
    """The command of a process to which something happens while it sorts, see ``sorting.py``."""
    return (str(Path(__file__).with_name("sorting.py")), moment, str(number))


class Burst:
    """What the customers write, and how far the platform has come with its deliveries."""

    def __init__(self, platform: FakePlatform) -> None:
        self._platform = platform
        self._left = [chat(platform, number, *TEXTS) for number in CUSTOMERS]
        self.acknowledged: set[int] = set()

    async def into(self, bot: BotProcess) -> None:
        """Deliver what was not acknowledged yet, of each conversation until something is not."""
        self._platform.bot_url = bot.webhook
        chats = [bodies for bodies in self._left if bodies]
        for bodies, statuses in zip(chats, await burst(self._platform, chats, bot.process), strict=True):
            taken = statuses.count(200)
            self.acknowledged |= {message_in(b"\n" + body) for body in bodies[:taken]}
            del bodies[:taken]

    @property
    def is_over(self) -> bool:
        return not any(self._left)


def acknowledged_in_spool(store: ValkeyServer, incoming: Burst) -> set[int]:
    return {message_in(payload) for payload in spooled(store)} & incoming.acknowledged


def is_done(store: ValkeyServer) -> bool:
    return not spooled(store) and is_quiet(store)


def all_is_answered_once_and_in_order(platform: FakePlatform, store: ValkeyServer) -> None:
    for number in CUSTOMERS:
        assert turns(store, number) == [(message, False) for message in asked(platform, number)]
        assert platform.conversation(number).said == said(*TEXTS)
    assert dead_letters(store) == []


@pytest.mark.parametrize(("moment", "number"), [("begun", 1), ("sorted", 1), ("sorted", 100)])
async def test_what_a_process_that_dies_in_a_burst_has_acknowledged_is_handled_by_the_next(
    store: ValkeyServer, moment: str, number: int
) -> None:
    async with FakePlatform(echo=False, user_token="a-user-token") as platform:
        incoming = Burst(platform)
        async with BotProcess(COUNTING, platform, store.url, command=sorting(moment, number), **SETTINGS) as doomed:
            await incoming.into(doomed)
            assert await doomed.process.wait() == -signal.SIGKILL
        left = acknowledged_in_spool(store, incoming)
        assert left, "it did not die too late"
        async with BotProcess(COUNTING, platform, store.url, **SETTINGS) as heir:
            assert spooled(store) == [], "what was left goes before anything new"
            await incoming.into(heir)
            assert incoming.is_over
            await until(lambda: is_done(store))
            assert "events of a burst that was interrupted go on" in heir.log
    all_is_answered_once_and_in_order(platform, store)


async def test_of_two_processes_none_is_overtaken_by_the_other(store: ValkeyServer) -> None:
    """Whatever a customer says next comes in at the other process, as soon as the first has acknowledged."""
    async with (
        FakePlatform(echo=False, user_token="a-user-token") as platform,
        BotProcess(COUNTING, platform, store.url, **SETTINGS) as one,
        BotProcess(COUNTING, platform, store.url, **SETTINGS) as other,
    ):
        texts, lines = ("a", "b", "c", "d"), []
        for bot in (one, other):
            platform.bot_url = bot.webhook
            lines.append([await Line.open(platform) for _ in CUSTOMERS])
            await all_accepted(platform)
        chats = [chat(platform, number, *texts) for number in CUSTOMERS]

        async def talk(ways: tuple[Line, Line], bodies: list[bytes]) -> None:
            for line, body in zip(itertools.cycle(ways), bodies, strict=False):
                if body is not bodies[0]:
                    line.write(line.request(platform, body))
                assert await line.status() == 200

        with frozen(one.process):
            for line, bodies in zip(lines[0], chats, strict=True):
                line.write(line.request(platform, bodies[0]))
        await asyncio.gather(*map(talk, zip(*lines, strict=True), chats))
        for line in (*lines[0], *lines[1]):
            line.close()
        await until(lambda: is_done(store))
    for number in CUSTOMERS:
        assert turns(store, number) == [(message, False) for message in asked(platform, number)]
        assert platform.conversation(number).said == said(*texts)


async def test_what_a_process_that_is_stopped_in_a_burst_has_acknowledged_is_handled_by_the_next(
    store: ValkeyServer,
) -> None:
    async with FakePlatform(echo=False, user_token="a-user-token") as platform:
        incoming = Burst(platform)
        async with (
            BotProcess(COUNTING, platform, store.url, command=sorting("slow", 60), drain=0, **SETTINGS) as ending,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(incoming.into(ending))
            await until(lambda: bool(spooled(store)))
            assert await ending.stop() == 0
        assert acknowledged_in_spool(store, incoming)
        async with BotProcess(COUNTING, platform, store.url, **SETTINGS) as heir:
            await incoming.into(heir)
            assert incoming.is_over
            await until(lambda: is_done(store))
    all_is_answered_once_and_in_order(platform, store)


async def test_a_server_that_is_killed_in_a_burst_loses_and_doubles_nothing(store: ValkeyServer) -> None:
    async with (
        FakePlatform(echo=False, user_token="a-user-token") as platform,
        BotProcess(COUNTING, platform, store.url, command=sorting("slow"), **SETTINGS) as bot,
    ):
        incoming = Burst(platform)
        async with asyncio.TaskGroup() as group:
            group.create_task(incoming.into(bot))
            await until(lambda: bool(spooled(store)))
            store.kill()
        await asyncio.to_thread(store.start)
        while not incoming.is_over:
            await incoming.into(bot)
        await until(lambda: is_done(store))
        assert "Traceback" not in bot.log
    all_is_answered_once_and_in_order(platform, store)
