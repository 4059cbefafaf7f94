"""A bot that dies in the test's own process does what a killed one does: nothing more."""

from __future__ import annotations

import asyncio
from typing import get_args

import pytest

from criabot import Bot, Message, State
from criabot.platform import ApplicationClient
from criabot.testing.bot import RunningBot, Step
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer
from tests.testing.living import living, quiet, settle, until

Digest = dict[bytes, bytes]


class Count(State):
    """How many turns were committed."""

    turns: int = 0


class Counting:
    """A bot that says how many turns it has committed; `runs` are the texts that its handler saw."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.bot = Bot("counting")
        self.bot.message()(self._count)

    async def _count(self, message: Message, count: Count) -> None:
        self.runs.append(message.text)
        count.turns += 1
        await message.answer(f"{message.text}: turn {count.turns}, one")
        await message.answer(f"{message.text}: turn {count.turns}, two")


def digest(valkey: ValkeyServer, bot: RunningBot) -> Digest:
    """All that the store holds of a bot."""
    with valkey.client() as client:
        return {key: client.dump(key) for key in client.keys(f"cb:{bot._namespace}:*")}


STEPS: tuple[Step, ...] = get_args(Step)


@pytest.mark.parametrize("user_token", [None, "a-user-token"], ids=["bot-token", "user-token"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("nth", [1, 2])
async def test_a_reply_is_sent_once_whatever_step_the_bot_dies_at(
    valkey: ValkeyServer, step: Step, nth: int, user_token: str | None
) -> None:
    counting = Counting()
    async with (
        FakePlatform(user_token=user_token) as platform,
        living(counting.bot, platform, valkey) as bot,
    ):
        bot.crash_at(step, nth)
        for text in ("a", "b"):
            await platform.customer(1, text)
            await settle(platform, bot)
            if not bot.is_alive:
                await bot.restart()
                await settle(platform, bot)
        assert bot._doom is None, "it never died"
        assert platform.conversation(1).said == [
            f"{t}: turn {n}, {k}" for n, t in ((1, "a"), (2, "b")) for k in ("one", "two")
        ]
        assert "".join(counting.runs) == {("handled", 1): "aab", ("handled", 2): "abb"}.get((step, nth), "ab")


async def test_it_dies_right_at_the_step(valkey: ValkeyServer) -> None:
    for step, (runs, said) in {"claimed": (0, 0), "handled": (1, 0), "committed": (1, 0), "posted": (1, 1)}.items():
        counting = Counting()
        async with FakePlatform() as platform, living(counting.bot, platform, valkey) as bot:
            bot.crash_at(step)  # type: ignore[arg-type]
            assert await platform.customer(1, "a") == 200
            await quiet(platform, bot)
            assert not bot.is_alive
            assert (len(counting.runs), len(platform.conversation(1).said)) == (runs, said)


class Stubborn:
    """A bot that does all it can when it is told to stop."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.cleaned = False
        self.bot = Bot("stubborn")
        self.bot.message()(self._hang)

    async def _hang(self, message: Message, client: ApplicationClient) -> None:
        self.began.set()
        try:
            await asyncio.sleep(60)
        finally:
            self.cleaned = True
            await client.messages.create(message.conversation.id, "from the grave")


@pytest.mark.parametrize("end", ["crash", "stop"])
async def test_a_dead_bot_writes_nothing_and_sends_nothing(valkey: ValkeyServer, end: str) -> None:
    stubborn = Stubborn()
    async with FakePlatform() as platform:
        async with living(stubborn.bot, platform, valkey) as bot:
            await platform.customer(1, "oi")
            await until(stubborn.began.is_set)
            before = digest(valkey, bot)
            if end == "crash":
                await bot.crash()
            else:
                bot._stop.set()  # the graceful end, to see that there is something to prevent
                await bot._life
            after = digest(valkey, bot)
        assert stubborn.cleaned
        assert (after == before, platform.conversation(1).said) == (
            (True, []) if end == "crash" else (False, ["from the grave"])
        )


async def test_a_dead_bot_takes_no_webhook(valkey: ValkeyServer) -> None:
    counting = Counting()
    async with FakePlatform() as platform, living(counting.bot, platform, valkey) as bot:
        url = bot.url
        await bot.crash()
        assert await platform.customer(1, "a") == 0
        assert await bot.next_due() is None
        await bot.restart()
        assert bot.url == url
        assert await platform.customer(1, "b") == 200
        await settle(platform, bot)
        assert counting.runs == ["b"]


async def test_what_the_dead_one_held_waits_for_its_lease(valkey: ValkeyServer) -> None:
    counting = Counting()
    async with FakePlatform() as platform, living(counting.bot, platform, valkey, lease=15) as bot:
        bot.crash_at("claimed")
        await platform.customer(1, "a")
        await quiet(platform, bot)
        await bot.restart()
        await bot.quiet()
        assert platform.conversation(1).said == []
        due = await bot.next_due()
        assert due is not None
        assert 10 < due - bot.clock() <= 15.1
        await bot.advance(15.1)
        await bot.quiet()
        assert len(platform.conversation(1).said) == 2


async def test_fault_a_restarted_container_took_itself_for_the_one_that_died(valkey: ValkeyServer) -> None:
    """Same host name, same process number, first claim: its grant was the dead one's, and the reply went out twice."""
    counting = Counting()
    async with FakePlatform() as platform, living(counting.bot, platform, valkey) as bot:
        bot.crash_at("posted")
        await platform.customer(1, "a")
        await quiet(platform, bot)
        await bot.restart()
        await settle(platform, bot)
        assert platform.conversation(1).said == ["a: turn 1, one", "a: turn 1, two"]


async def test_it_can_die_more_than_once(valkey: ValkeyServer) -> None:
    counting = Counting()
    async with FakePlatform() as platform, living(counting.bot, platform, valkey) as bot:
        await platform.customer(1, "a")
        for step in STEPS:
            bot.crash_at(step)
            while bot.is_alive and (due := await bot.next_due()) is not None:
                await bot.advance(max(0.0, due - bot.clock()))
                await quiet(platform, bot)
            await bot.restart()
        await settle(platform, bot)
        assert platform.conversation(1).said == ["a: turn 1, one", "a: turn 1, two"]
